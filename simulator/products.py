"""The seven product lines the insurer sells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """One line of cover.

    price: a typical first premium, CNY; the customer's own varies around it with age and income.
    margin: contribution of one policy in its first term, as a share of the premium.
    term: days until the policy has to be renewed. Life, pension and critical illness renew too.
    appeal: share of all first purchases, before tags and needs shift it; the shares sum to one.
    claims: claims opened per policy and year.
    habit: how much more readily this line is renewed than others (log hazard).
    """

    name: str
    price: float
    margin: float
    term: int
    appeal: float
    claims: float
    habit: float


PRODUCTS = (
    Product("student_accident", price=100.0, margin=0.20, term=365, appeal=0.26, claims=0.06, habit=-0.25),
    Product("accident", price=180.0, margin=0.35, term=365, appeal=0.17, claims=0.04, habit=-0.35),
    Product("health", price=650.0, margin=0.25, term=365, appeal=0.17, claims=0.12, habit=-0.05),
    Product("critical_illness", price=3_200.0, margin=0.40, term=365, appeal=0.08, claims=0.01, habit=0.2),
    Product("life", price=4_800.0, margin=0.45, term=365, appeal=0.06, claims=0.002, habit=0.25),
    Product("pension", price=10_000.0, margin=0.30, term=365, appeal=0.07, claims=0.0, habit=0.35),
    Product("motor", price=3_500.0, margin=0.10, term=365, appeal=0.19, claims=0.18, habit=0.45),
)
"""A product's code, everywhere inside this room, is its position here."""

NAMES = tuple(product.name for product in PRODUCTS)


def code(name: str) -> int:
    """The code of a product line.

    >>> code("pension")
    5
    """
    return NAMES.index(name)

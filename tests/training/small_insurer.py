"""A small insurer with a truth that is known: quotes lead to purchases, satisfied customers renew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from features.configuration import Configuration, checked, load
from features.home import Home
from features.lake import import_history
from leads.history import TIME, History
from training.train import TrainResult

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 330

WORKSPACE = """
name: small
title: {zh: 小公司, en: Small insurer}
half_lives: [30d]
channels: [call]
tags:
  region: {type: category, values: [north, south]}
  age: {type: number}
fields:
  product: {type: category}
  premium: {type: number}
  expires_at: {type: time}
products:
  motor: {price: 3000, margin: 300, term: 365d}
  health: {price: 600, margin: 150, term: 365d}
events:
  quote.requested: {half_lives: [30d], by: product}
  complaint.opened: {half_lives: [90d]}
  policy.purchased: {policy: purchased}
  policy.renewed: {policy: renewed}
objectives:
  conversion:
    label: {zh: 成交, en: conversion}
    population: policies_ever = 0
    moments: {every: 30d}
    target: policy.purchased
    horizon: 30d
    slices: {north: region = 'north'}
  renewal:
    label: {zh: 续保, en: renewal}
    product: expiring
    population: policy_next_expiry_days <= 60
    moments: {before_expiry: [30d]}
    target: policy.renewed
    horizon: 45d
    split: {by: customer, holdout: 0.3}
  cross_sell:
    label: {zh: 加保, en: cross-sell}
    product: each
    population: policies_active > 0 AND NOT this__active
    moments: {every: 60d}
    target: policy.purchased
    horizon: 60d
    split: {by: folds, folds: 3}
    max_rows: 4000
"""

Row = tuple[str, int, float, str | None, float | None]
"""Type, customer, day, product, day of expiry."""

Ready = Callable[[Home], Home]


@dataclass(frozen=True)
class Trained:
    """A home with a champion for each objective."""

    home: Home
    results: dict[str, TrainResult]


PRODUCTS = ("motor", "health")


def configuration_in(folder: Path, text: str = WORKSPACE) -> Configuration:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workspace.yaml").write_text(text, encoding="utf-8")
    return load(folder)


def simulated(customers: int = 1_500, seed: int = 1) -> History:
    """Everybody quotes now and then; a quote makes a purchase of that product within weeks more likely."""
    rng = np.random.default_rng(seed)
    begin = UNTIL - timedelta(days=DAYS)
    age = rng.normal(45, 12, customers)
    people = pl.DataFrame(
        {
            "customer_id": [f"c{i:05d}" for i in range(customers)],
            "at": [begin] * customers,
            "region": rng.choice(["north", "south"], customers),
            "age": np.round(age),
        },
        schema_overrides={"at": TIME},
    )
    rows: list[Row] = []
    for customer in range(customers):
        if rng.random() < 0.5:
            _holder(rng, customer, rows)
        for day in rng.uniform(0, DAYS, rng.poisson(2.0)):
            product = PRODUCTS[int(rng.integers(2))]
            rows.append(("quote.requested", customer, day, product, None))
            if rng.random() < 0.35:
                bought = day + rng.uniform(1, 25)
                rows.append(("policy.purchased", customer, bought, product, None))
        if rng.random() < 0.1:
            day = rng.uniform(0, DAYS)
            rows.append(("policy.purchased", customer, day, PRODUCTS[int(rng.integers(2))], None))
    return History(people, _events(rows, begin), UNTIL)


def _holder(rng: np.random.Generator, customer: int, rows: list[Row]) -> None:
    """A policy that expires within the record; a complaint before the expiry makes renewal unlikely."""
    bought = rng.uniform(-330, -60)
    product = PRODUCTS[int(rng.integers(2))]
    rows.append(("policy.purchased", customer, bought, product, None))
    expiry = bought + 365
    complained = rng.random() < 0.4
    if complained:
        rows.append(("complaint.opened", customer, expiry - rng.uniform(35, 90), None, None))
    if rng.random() < (0.25 if complained else 0.85):
        rows.append(("policy.renewed", customer, expiry - rng.uniform(0, 25), product, expiry + 365))


def _events(rows: list[Row], begin: datetime) -> pl.DataFrame:
    kept = [row for row in rows if row[2] <= DAYS]
    return pl.DataFrame(
        {
            "id": [str(i) for i in range(len(kept))],
            "source": ["test"] * len(kept),
            "type": [row[0] for row in kept],
            "customer_id": [f"c{row[1]:05d}" for row in kept],
            "time": [begin + timedelta(days=row[2]) for row in kept],
            "product": [row[3] for row in kept],
            "expires_at": [None if row[4] is None else begin + timedelta(days=row[4]) for row in kept],
        },
        schema_overrides={"time": TIME, "expires_at": TIME, "product": pl.String()},
    )


def home_in(folder: Path, history: History, text: str = WORKSPACE) -> Home:
    configuration = configuration_in(folder / "given", text)
    home = Home.create(folder / "home", configuration, history.observed_until)
    import_history(home, checked(configuration.workspace, history))
    return home

"""What the static tags say about needs: modestly, and for some lines more than for others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import products
from simulator import vocabulary as words
from simulator.arrays import Flags, Floats
from simulator.population import Population


@dataclass(frozen=True)
class TagEffect:
    """Customers with this value of a tag need this line more (log hazard)."""

    product: str
    tag: str
    value: str
    effect: float


EFFECTS = (
    TagEffect("student_accident", "channel", "campus", 0.7),
    TagEffect("student_accident", "child_age_band", "6-12", 1.1),
    TagEffect("student_accident", "child_age_band", "13-18", 0.9),
    TagEffect("student_accident", "child_age_band", "0-5", 0.4),
    TagEffect("student_accident", "segment", "mother", 0.4),
    TagEffect("accident", "occupation", "worker", 0.6),
    TagEffect("accident", "occupation", "self_employed", 0.3),
    TagEffect("accident", "channel", "offline", 0.2),
    TagEffect("health", "segment", "mother", 0.4),
    TagEffect("health", "child_age_band", "0-5", 0.6),
    TagEffect("health", "occupation", "medical", 0.4),
    TagEffect("critical_illness", "income_band", "upper", 0.4),
    TagEffect("critical_illness", "income_band", "high", 0.6),
    TagEffect("critical_illness", "segment", "mother", 0.3),
    TagEffect("life", "child_age_band", "0-5", 0.5),
    TagEffect("life", "income_band", "high", 0.6),
    TagEffect("life", "segment", "bank", 0.4),
    TagEffect("pension", "segment", "retirement", 0.5),
    TagEffect("pension", "segment", "bank", 0.4),
    TagEffect("pension", "income_band", "high", 0.7),
    TagEffect("pension", "income_band", "low", -0.6),
    TagEffect("pension", "occupation", "teacher", 0.3),
)

_WORDS = {
    "channel": words.CHANNELS,
    "child_age_band": words.CHILD_AGE_BANDS,
    "occupation": words.OCCUPATIONS,
    "income_band": words.INCOME_BANDS,
    "segment": words.SEGMENTS,
}

_AGES = {
    "health": ((20, 35, 55, 70), (-0.2, 0.1, 0.3, 0.2)),
    "critical_illness": ((20, 30, 45, 60, 70), (-0.5, 0.3, 0.3, -0.4, -1.2)),
    "life": ((20, 30, 45, 60, 70), (-0.7, 0.3, 0.2, -0.6, -1.4)),
    "pension": ((20, 35, 48, 60, 75), (-1.2, -0.4, 0.7, 0.5, -1.0)),
}
"""Points of a line through age (years) and log hazard."""


def affinities(people: Population) -> Floats:
    """Tag effects on the need for each line, around a mean of zero; shape (products, customers)."""
    out = np.zeros((len(products.PRODUCTS), len(people)), np.float32)
    for effect in EFFECTS:
        out[products.code(effect.product)] += effect.effect * _tagged(people, effect)
    for name, (ages, values) in _AGES.items():
        out[products.code(name)] += np.interp(people.age, ages, values).astype(np.float32)
    out[products.code("motor")] += np.where(people.car_owner, 0.9, -1.3)
    out -= out.mean(axis=1, keepdims=True)
    return out


def _tagged(people: Population, effect: TagEffect) -> Flags:
    flags: Flags = getattr(people, effect.tag) == words.code(_WORDS[effect.tag], effect.value)
    return flags

"""Of which columns scores and effects come, so that no others need be worked out for them."""

from __future__ import annotations

from collections.abc import Iterator

from leads.configuration.objective import Objective
from models.bundle import Bundle


def columns_read(bundle: Bundle, objective: Objective) -> Iterator[str]:
    """By an objective's scores and effects of contact; hints and what contact takes aside."""
    yield from bundle.manifest.encoding.names
    if objective.population is not None:
        yield from objective.population.columns
    if objective.product == "expiring":
        yield "policy_next_product"
    if bundle.effects is not None:
        yield from bundle.effects.encoding.names
        yield from bundle.effects.telling.columns

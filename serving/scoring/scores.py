"""Answers to /score: probabilities and effects of contact per objective, how old what they rest on is, and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serving.clock import microseconds, written
from serving.disk import say
from serving.events.halves import by_halves, reason_of
from serving.scoring.freshness import Freshness
from serving.scoring.reasons import reasons_of
from serving.scoring.scorer import Scored, Scorer
from serving.services import Services


@dataclass(frozen=True)
class Found:
    """Customers who are known, as they were asked for and as they are kept, and the ids nobody has."""

    asked: list[str]
    kept: list[str]
    unknown: list[str]


def find(services: Services, customer_ids: Sequence[str]) -> Found:
    """Sort out who is known; an id that was asked for twice is answered once."""
    asked = list(dict.fromkeys(customer_ids))
    kept = services.contacts.surviving(asked)
    there = services.client.hmget(services.keyspace.contacts, kept)
    known = [contact is not None for contact in there]  # type: ignore[union-attr]
    return Found(
        [a for a, is_known in zip(asked, known, strict=True) if is_known],
        [k for k, is_known in zip(kept, known, strict=True) if is_known],
        [a for a, is_known in zip(asked, known, strict=True) if not is_known],
    )


def score(
    services: Services, freshness: Freshness, customer_ids: Sequence[str], explain: int, now: datetime
) -> dict[str, Any]:
    """The body of the answer."""
    found = find(services, customer_ids)
    return answered(services, found, lambda ids: _results(services, freshness, ids, explain, now))


def answered(
    services: Services, found: Found, results: Callable[[Sequence[str]], Sequence[dict[str, Any]]]
) -> dict[str, Any]:
    """The body of an answer: a result for each who is known, but for those of whom none can be made."""
    made: list[dict[str, Any]] = []
    failed: dict[str, str] = {}

    def refuse(customer_id: str, error: BaseException) -> None:
        failed[customer_id] = reason_of(error)

    by_halves(found.kept, lambda ids: made.extend(results(ids)), refuse, services.application.is_elsewhere)
    if failed:
        say(f"{len(failed)} customers cannot be scored or decided on: {next(iter(failed.values()))}")
    return {"results": made, "unknown": found.unknown, "failed": list(failed)}


def _results(
    services: Services, freshness: Freshness, customer_ids: Sequence[str], explain: int, now: datetime
) -> list[dict[str, Any]]:
    scored = services.scorer.score(customer_ids, now)
    scores = objective_scores(services.scorer, scored)
    effects = objective_effects(services.scorer, scored)
    reasons = _reasons(services.scorer, scored, scores, explain)
    late = is_degraded(services, freshness)
    return [
        {
            "customer_id": customer_id,
            "scores": scores[row],
            "uplift": effects[row],
            "reasons": reasons[row],
            "as_of": written(now),
            "feature_age_seconds": ages(scored, row),
            "models": services.models.versions,
            "degraded": late or too_old(services, scored, row),
        }
        for row, customer_id in enumerate(customer_ids)
    ]


def objective_scores(scorer: Scorer, scored: Scored) -> list[dict[str, Any]]:
    """Per customer and objective: probability and tier, or one per product; None where it does not apply."""
    rows: list[dict[str, Any]] = [{} for _ in scored.customer_ids]
    for name, objective in scorer.configuration.workspace.objectives.items():
        bundle = scorer.models.bundles.get(name)
        columns = [scored.frame[column].to_list() for column in objective.score_columns]
        for row, values in enumerate(zip(*columns, strict=True)):
            if bundle is None:
                rows[row][name] = None
            elif objective.product == "each":
                pairs = zip(objective.products, values, strict=True)
                rows[row][name] = {product: value for product, value in pairs if value is not None}
            else:
                value = values[0]
                rows[row][name] = None if value is None else {"probability": value, "tier": bundle.tier(value)}
    return rows


def objective_effects(scorer: Scorer, scored: Scored) -> list[dict[str, Any]]:
    """Per customer and objective what each kind of contact adds to the probability: `{kind: {"effect": …}}`, or one
    such per product; None where no effect is used or the objective does not apply.
    """
    rows: list[dict[str, Any]] = [{} for _ in scored.customer_ids]
    for name, objective in scorer.configuration.workspace.objectives.items():
        kinds = () if objective.uplift is None else tuple(objective.uplift.treatments)
        columns = [scored.frame[column].to_list() for column in objective.uplift_columns]
        for row in range(len(rows)):
            values = iter([column[row] for column in columns])
            told = {product: _told(kinds, values) for product in objective.scored_products}
            found = {product: effects for product, effects in told.items() if effects}
            rows[row][name] = (found if objective.product == "each" else found.get(None)) or None
    return rows


def _told(kinds: Sequence[str], values: Iterator[float | None]) -> dict[str, dict[str, float]]:
    pairs = [(kind, next(values)) for kind in kinds]
    return {kind: {"effect": value} for kind, value in pairs if value is not None}


def ages(scored: Scored, row: int) -> dict[str, float | None]:
    """How long ago, in seconds, the profile was told and the last event happened; None for never."""
    now = microseconds(scored.now)
    return {
        "profile": _age(now, scored.state.profile_at[row]),
        "interactions": _age(now, scored.state.interactions_at[row]),
    }


def is_degraded(services: Services, freshness: Freshness) -> bool:
    """Whether every answer is worse than it should be: a model is missing, or events wait too long."""
    return not services.models.complete or freshness.late()


def too_old(services: Services, scored: Scored, row: int) -> bool:
    """Whether this customer's tags are older than the declared bound, where there is one."""
    bound = services.settings.profile_bound
    age = ages(scored, row)["profile"]
    return bound is not None and (age is None or age > bound.total_seconds())


def _age(now: int, at: float) -> float | None:
    return None if math.isnan(at) else max(0.0, (now - float(at)) / 1e6)


def _reasons(
    scorer: Scorer, scored: Scored, scores: Sequence[Mapping[str, Any]], k: int
) -> list[list[Mapping[str, Any]]]:
    """Per customer the reasons for every objective that applies; of several products, the likeliest one's."""
    found: list[list[Mapping[str, Any]]] = [[] for _ in scores]
    for name, objective in scorer.configuration.workspace.objectives.items() if k else ():
        rows = [row for row, values in enumerate(scores) if values[name]]
        each = objective.product == "each"
        products = [max(scores[row][name], key=scores[row][name].get) if each else None for row in rows]
        for row, reasons in zip(rows, reasons_of(scorer, scored, name, rows, products, k), strict=True):
            found[row] += reasons
    return found

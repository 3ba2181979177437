"""Answers to /score: probabilities and effects of contact per objective, how old what they rest on is, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from typing_extensions import TypedDict

from features.profiling import profiled
from serving.clock import written
from serving.meaning import Means, Time
from serving.scoring.degradation import Degradation
from serving.scoring.dossiers import Dossiers
from serving.scoring.known_customers import FAILED, KnownCustomers
from serving.scoring.reasons import Reason, reasons_of, refusal
from serving.scoring.scorer import FeatureAge, Scored, Scorer, ages
from serving.scoring.unprofiled import REFUSED


class ObjectiveScore(TypedDict):
    probability: float
    tier: str


ScoreOf = Annotated[
    dict[str, ObjectiveScore | dict[str, float] | None],
    Means("by objective its probability and tier, or a probability per product; null where none applies"),
]


class Effect(TypedDict):
    effect: Annotated[float, Means("what contact adds to the probability")]


EffectOf = Annotated[
    dict[str, dict[str, Effect] | dict[str, dict[str, Effect]] | None],
    Means("by objective the effect of each kind of contact, by product where there are several"),
]


class ScoreResult(TypedDict):
    customer_id: str
    scores: ScoreOf
    uplift: EffectOf
    reasons: Annotated[list[Reason], Means("as many as were asked for")]
    as_of: Time
    feature_age_seconds: FeatureAge
    models: dict[str, str]
    degraded: bool
    profiled: Annotated[bool, Means(REFUSED)]


class ScoreAnswer(TypedDict):
    results: list[ScoreResult]
    unknown: list[str]
    failed: Annotated[list[str], Means(FAILED)]


class Scores:
    """Answers for customers who are asked for."""

    def __init__(self, known_customers: KnownCustomers, scorer: Scorer, degradation: Degradation) -> None:
        self._known_customers = known_customers
        self._scorer = scorer
        self._degradation = degradation

    def answer(self, customer_ids: Sequence[str], explain: int, now: datetime) -> ScoreAnswer:
        """The body of the answer."""
        found = self._known_customers.find(customer_ids)
        answered = self._known_customers.answered(found, lambda dossiers: self._results(dossiers, explain, now))
        return {"results": answered.results, "unknown": answered.unknown, "failed": answered.failed}

    def _results(self, dossiers: Dossiers, explain: int, now: datetime) -> list[ScoreResult]:
        scored = self._scorer.score_dossiers(dossiers, now)
        scores = objective_scores(self._scorer, scored)
        effects = objective_effects(self._scorer, scored)
        reasons = score_reasons(self._scorer, scored, scores, explain)
        late, versions, as_of = self._degradation.everywhere(), self._scorer.models.versions, written(now)
        allowed = profiled(scored.sheet).tolist()
        columns = zip(scored.customer_ids, scores, effects, reasons, ages(scored), allowed, strict=True)
        return [
            {
                "customer_id": customer_id, "scores": told, "uplift": effect, "reasons": why, "as_of": as_of,
                "feature_age_seconds": age, "models": versions, "degraded": late or self._degradation.too_old(age),
                "profiled": may,
            }
            for customer_id, told, effect, why, age, may in columns
        ]  # fmt: skip


def objective_scores(scorer: Scorer, scored: Scored) -> list[ScoreOf]:
    """Per customer and objective: probability and tier, or one per product; None where it does not apply, and for
    whoever refuses profiling.
    """
    rows: list[ScoreOf] = [{} for _ in scored.customer_ids]
    allowed = profiled(scored.sheet).tolist()
    for name, objective in scorer.configuration.workspace.objectives.items():
        bundle = scorer.models.bundles.get(name)
        columns = [scored.sheet.known(column) for column in objective.score_columns]
        for row, values in enumerate(zip(*columns, strict=True)):
            if bundle is None or not allowed[row]:
                rows[row][name] = None
            elif objective.product == "each":
                pairs = zip(objective.products, values, strict=True)
                rows[row][name] = {product: value for product, value in pairs if value is not None}
            else:
                value = values[0]
                rows[row][name] = None if value is None else {"probability": value, "tier": bundle.tier(value)}
    return rows


def objective_effects(scorer: Scorer, scored: Scored) -> list[EffectOf]:
    """Per customer and objective what each kind of contact adds to the probability: `{kind: {"effect": …}}`, or one
    such per product; None where no effect is used or the objective does not apply.
    """
    rows: list[EffectOf] = [{} for _ in scored.customer_ids]
    for name, objective in scorer.configuration.workspace.objectives.items():
        kinds = () if objective.uplift is None else tuple(objective.uplift.treatments)
        told = [
            _effects(kinds, [scored.sheet.known(objective.uplift_column(kind, product)) for kind in kinds], len(rows))
            for product in objective.scored_products
        ]
        for row, found in enumerate(zip(*told, strict=True)):
            if objective.product == "each":
                products = zip(objective.products, found, strict=True)
                rows[row][name] = {product: effect for product, effect in products if effect} or None
            else:
                rows[row][name] = found[0] or None
    return rows


def _effects(
    kinds: Sequence[str], columns: Sequence[Sequence[float | None]], count: int
) -> list[dict[str, Effect]]:  # fmt: skip
    """Per row the kinds whose effect is known; nothing for any of `count` rows where there are no kinds."""
    rows: list[dict[str, Effect]] = [{} for _ in range(count)]
    for kind, column in zip(kinds, columns, strict=True):
        for row, value in zip(rows, column, strict=True):
            if value is not None:
                row[kind] = {"effect": value}
    return rows


def score_reasons(
    scorer: Scorer, scored: Scored, scores: Sequence[Mapping[str, Any]], k: int
) -> list[list[Reason]]:  # fmt: skip
    """Per customer the reasons for every objective that applies; of several products, the likeliest one's. Of whoever
    refuses profiling that they do.
    """
    found: list[list[Reason]] = [[] for _ in scores]
    for row, may in enumerate(profiled(scored.sheet).tolist() if k else ()):
        found[row] += [] if may else [refusal(None)]
    for name, objective in scorer.configuration.workspace.objectives.items() if k else ():
        rows = [row for row, values in enumerate(scores) if values[name]]
        each = objective.product == "each"
        products = [max(scores[row][name], key=scores[row][name].get) if each else None for row in rows]
        for row, reasons in zip(rows, reasons_of(scorer, scored, name, rows, products, k), strict=True):
            found[row] += reasons
    return found

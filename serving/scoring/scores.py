"""Answers to /score: probabilities and effects of contact per objective, how old what they rest on is, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from typing_extensions import TypedDict

from features.profiling import profiled
from leads.configuration.objective import Objective
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from serving.clock import written
from serving.meaning import Means, Time
from serving.scoring.degradation import Degradation
from serving.scoring.dossiers import Dossiers
from serving.scoring.known_customers import FAILED, KnownCustomers
from serving.scoring.reasons import Reason, reasons_of, refusal
from serving.scoring.scorer import FeatureAge, Scored, ScoredStates, Scorer, ages
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
        whole = self._scorer.score_dossiers(dossiers, now) if explain else None
        scored = whole or self._scorer.scores(dossiers, now)
        scores = objective_scores(self._scorer, scored)
        effects = objective_effects(self._scorer, scored)
        reasons = [[]] * len(dossiers) if whole is None else score_reasons(self._scorer, whole, scores, explain)
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


def objective_scores(scorer: Scorer, scored: ScoredStates) -> list[ScoreOf]:
    """Per customer and objective: probability and tier, or one per product; None where it does not apply, and for
    whoever refuses profiling.
    """
    allowed, objectives = profiled(scored.sheet).tolist(), scorer.configuration.workspace.objectives
    told = [_scores(objective, scorer.models.bundles.get(name), scored.sheet) for name, objective in objectives.items()]
    nothing: ScoreOf = dict.fromkeys(objectives)
    rows = zip(allowed, *told, strict=True)
    return [dict(zip(objectives, row, strict=True)) if may else nothing for may, *row in rows]


def _scores(objective: Objective, bundle: Bundle | None, sheet: Sheet) -> Sequence[Any]:
    """Per row what is said of one objective."""
    if bundle is None:
        return [None] * len(sheet)
    columns = [sheet.numbers(column).tolist() for column in objective.score_columns]
    if objective.product == "each":
        products = objective.products
        # What is missing is NaN, which equals nothing.
        return [{p: v for p, v in zip(products, row, strict=True) if v == v} for row in zip(*columns, strict=True)]
    return [{"probability": v, "tier": bundle.tier(v)} if v == v else None for v in columns[0]]


def objective_effects(scorer: Scorer, scored: ScoredStates) -> list[EffectOf]:
    """Per customer and objective what each kind of contact adds to the probability: `{kind: {"effect": …}}`, or one
    such per product; None where no effect is used or the objective does not apply.
    """
    objectives = scorer.configuration.workspace.objectives
    told = [_effects(objective, scored.sheet) for objective in objectives.values()]
    return [dict(zip(objectives, row, strict=True)) for row in zip(*told, strict=True)]


def _effects(objective: Objective, sheet: Sheet) -> Sequence[Any]:
    """Per row what is said of one objective."""
    kinds = () if objective.uplift is None else tuple(objective.uplift.treatments)
    known = [kind for kind in kinds if objective.uplift_column(kind, objective.scored_products[0]) in sheet]
    if not known:
        return [None] * len(sheet)
    told = [_of_kinds(known, objective, product, sheet) for product in objective.scored_products]
    if objective.product != "each":
        return [effect or None for effect in told[0]]
    rows = (zip(objective.products, row, strict=True) for row in zip(*told, strict=True))
    return [{product: effect for product, effect in row if effect} or None for row in rows]


def _of_kinds(
    kinds: Sequence[str], objective: Objective, product: str | None, sheet: Sheet
) -> list[dict[str, Effect]]:  # fmt: skip
    """Per row the kinds whose effect is known."""
    columns = [sheet.known(objective.uplift_column(kind, product)) for kind in kinds]
    rows = (zip(kinds, row, strict=True) for row in zip(*columns, strict=True))
    return [{kind: {"effect": value} for kind, value in row if value is not None} for row in rows]


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

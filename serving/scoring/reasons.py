"""Why a score is what it is: what moves it most, in both languages. Only for what is returned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from features.configuration import Configuration
from features.products import expand, with_product
from features.profiling import PROFILED, profiled
from leads.configuration.objective import Objective
from leads.configuration.workspace import Workspace
from leads.reasons.known import Known
from leads.reasons.telling import SpokenReason, tell
from leads.sheet.sheet import Sheet
from leads.words.bilingual import Text, Words
from serving.meaning import Means
from serving.scoring.scorer import Scored, Scorer

_REFUSED = Words(
    "客户拒绝个性化推荐：不做评分，仅按规则提供",
    "the customer asked not to be profiled: no score, offered by rules alone",
)


class Reason(TypedDict):
    objective: str | None
    about: Annotated[str, Means("interest, policy, contact or person: what reasons are grouped by")]
    feature: Annotated[str, Means("of the features that say the same, the one that adds most")]
    value: Any
    contribution: Annotated[float, Means("what all features that say the same add to the log-odds of the score")]
    text: Text


def refusal(objective: str | None) -> Reason:
    """In place of what moves a score that there is not."""
    return {
        "objective": objective,
        "about": "person",
        "feature": PROFILED,
        "value": False,
        "contribution": 0.0,
        "text": _REFUSED.text(),
    }


def reasons_of(
    scorer: Scorer,
    scored: Scored,
    objective: str,
    rows: Sequence[int],
    products: Sequence[str | None],
    k: int,
) -> list[list[Reason]]:
    """For each of the rows, up to k reasons that move the objective's score most and that an agent can use; of whoever
    refuses profiling that they do.

    products: the product each row is about, where the objective is for each product; ignored elsewhere.
    """
    bundle = scorer.models.bundles.get(objective)
    if bundle is None or k == 0 or not rows:
        return [[] for _ in rows]
    allowed = profiled(scored.sheet)[list(rows)]
    if not allowed.all():
        among = [place for place, may in enumerate(allowed) if may]
        told = reasons_of(scorer, scored, objective, [rows[i] for i in among], [products[i] for i in among], k)
        of = dict(zip(among, told, strict=True))
        return [of.get(place, [refusal(objective)]) for place in range(len(rows))]
    configuration = scorer.configuration
    sheet = _about(configuration, configuration.workspace.objectives[objective], scored.sheet.taken(rows), products)
    return [
        told_reasons(configuration, sheet, row, objective, contributions, scored.now, k)
        for row, contributions in enumerate(bundle.contributions(sheet))
    ]


def _about(configuration: Configuration, objective: Objective, sheet: Sheet, products: Sequence[str | None]) -> Sheet:
    """The rows with the product that each is about."""
    if objective.product == "each":
        return with_product(configuration.layout, sheet, products)
    return expand(configuration.layout, sheet, objective.product, objective.products)


def told_reasons(
    configuration: Configuration,
    sheet: Sheet,
    row: int,
    objective: str,
    contributions: Sequence[tuple[str, float]],
    now: datetime,
    k: int,
) -> list[Reason]:
    """Contributions to a score, which were worked out before, as up to k reasons. sheet: with the row's product."""
    known = known_of(configuration.workspace, sheet, row, now)
    told = tell(configuration.layout.repertoire, known, objective, contributions, k)
    return [_reason(objective, sheet, row, reason) for reason in told]


def _reason(objective: str, sheet: Sheet, row: int, told: SpokenReason) -> Reason:
    return {
        "objective": objective,
        "about": told.about,
        "feature": told.feature,
        "value": sheet.value(told.feature, row),
        "contribution": told.contribution,
        "text": told.words.text(),
    }


def known_of(workspace: Workspace, sheet: Sheet, row: int, now: datetime) -> Known:
    """A row as agents are told of it, about its product where it has one, in the customer's own time."""
    zone = sheet.value("timezone", row) if "timezone" in sheet else None
    product = sheet.value("product", row) if "product" in sheet else None
    return Known(workspace, sheet.row(row), product, now.astimezone(ZoneInfo(zone or workspace.timezone)))

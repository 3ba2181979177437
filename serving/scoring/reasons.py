"""Why a score is what it is: the features that move it most, in both languages. Only for what is returned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typing_extensions import TypedDict

from features.products import expand, with_product
from leads.reasons.feature import plain
from leads.reasons.feature_wording import describe
from leads.words.bilingual import Text
from serving.scoring.scorer import Scored, Scorer


class Reason(TypedDict):
    objective: str | None
    feature: str
    value: Any
    contribution: float
    text: Text


def reasons_of(
    scorer: Scorer,
    scored: Scored,
    objective: str,
    rows: Sequence[int],
    products: Sequence[str | None],
    k: int,
) -> list[list[Reason]]:
    """For each of the rows, the k features that move the objective's score most.

    products: the product each row is about, where the objective is for each product; ignored elsewhere.
    """
    bundle = scorer.models.bundles.get(objective)
    if bundle is None or k == 0 or not rows:
        return [[] for _ in rows]
    configuration = scorer.configuration
    described = configuration.layout.described
    declared = configuration.workspace.objectives[objective]
    sheet = scored.sheet.taken(rows)
    if declared.product == "each":
        sheet = with_product(configuration.layout, sheet, products)
    else:
        sheet = expand(configuration.layout, sheet, declared.product, declared.products)
    return [
        [
            {
                "objective": objective,
                "feature": name,
                "value": value,
                "contribution": contribution,
                "text": describe(
                    configuration.workspace, described.get(name) or plain(name), value, contribution, objective
                ),
            }
            for name, value, contribution in found
        ]
        for found in bundle.contributions(sheet, k)
    ]

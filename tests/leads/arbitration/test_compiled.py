"""A catalogue is worked out the same for one customer and for many."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from features.configuration import Configuration
from leads.arbitration.compiled import plan_of
from leads.sheet.columns import Columns
from tests.frames import arbitrate
from tests.leads.conftest import MORNING


def test_every_rule_of_the_sample_insurer_is_worked_out_without_polars(insurer: Configuration) -> None:
    beside = {name: pl.Boolean() for name in ("has_phone", "has_wechat", "has_email", "number_rests")}
    scores = (*insurer.score_columns, *insurer.effect_columns, *insurer.catalogue.effects.tolls)
    due = {name: pl.Boolean() for name in ("callback_due", "retry_due")}
    numbers = dict.fromkeys((*scores, *insurer.catalogue.refusals.columns), pl.Float64())
    found = plan_of(insurer.catalogue).program.compiled(Columns({**numbers, **insurer.layout.schema, **beside, **due}))
    assert len(found) > 50
    assert all(found)


def test_one_customer_is_decided_as_among_many(
    insurer: Configuration, random_frame: Callable[[int, int], pl.DataFrame]
) -> None:
    frame = random_frame(300, 11)
    whole = arbitrate(frame, insurer.catalogue, MORNING, limit=3)
    for row in range(0, 300, 7):
        one = arbitrate(frame[row], insurer.catalogue, MORNING, limit=3)
        np.testing.assert_array_equal(one.rejected[0], whole.rejected[row])
        np.testing.assert_array_equal(one.priority[0], whole.priority[row])

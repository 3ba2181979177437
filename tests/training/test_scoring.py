from __future__ import annotations

import numpy as np
import pytest

from leads.errors import NotFound
from tests.training.small_insurer import Trained
from training.batch import features_of
from training.registry import Registry
from training.scoring import objective_of, score_frame


def test_scores_stand_beside_the_features_and_are_null_outside_the_population(trained: Trained) -> None:
    home = trained.home
    layout = home.configuration.layout
    frame = features_of(home, home.observed_until)
    bundles = {name: Registry(home).require_champion(name) for name in trained.results}
    scored = score_frame(bundles, layout, frame)
    added = set(scored.columns) - set(frame.columns)
    assert added == {
        "score_conversion",
        "score_renewal",
        "score_cross_sell__motor",
        "score_cross_sell__health",
    }
    outside = frame["policies_ever"] > 0
    assert scored["score_conversion"].is_null().equals(outside.alias("score_conversion"))
    assert scored.filter(frame["policy_motor_active"])["score_cross_sell__motor"].null_count() > 0
    assert scored.filter(frame["policies_active"] == 0)["score_renewal"].is_not_null().sum() == 0


def test_a_score_does_not_depend_on_who_else_is_scored(trained: Trained) -> None:
    home = trained.home
    frame = features_of(home, home.observed_until)
    bundles = {name: Registry(home).require_champion(name) for name in trained.results}
    whole = score_frame(bundles, home.configuration.layout, frame)
    for position in (0, 7, 100):
        alone = score_frame(bundles, home.configuration.layout, frame[position : position + 1])
        columns = [name for name in alone.columns if name.startswith("score_")]
        for left, right in zip(
            alone.select(columns).row(0), whole.select(columns).row(position), strict=True
        ):
            assert left == right or np.isclose(left, right, rtol=1e-12)


def test_an_objective_that_does_not_exist_is_named(trained: Trained) -> None:
    with pytest.raises(NotFound, match="conversion, renewal, cross_sell"):
        objective_of(trained.home.configuration.layout, "churn")

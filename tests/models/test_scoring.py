from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.errors import NotFound
from models.scoring import objective_of
from tests.frames import expand, in_population, score_frame, scores_of
from tests.training.small_insurer import Trained
from training.batch import features_of
from training.registry import Registry


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
        assert columns
        for left, right in zip(alone.select(columns).row(0), whole.select(columns).row(position), strict=True):
            assert left == right or np.isclose(left, right, rtol=1e-12)


@given(taken=st.lists(st.integers(0, 1_499), min_size=0, max_size=90))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_scores_are_those_of_the_rows_put_together_whoever_is_asked_for(trained: Trained, taken: list[int]) -> None:
    home = trained.home
    layout = home.configuration.layout
    frame = features_of(home, home.observed_until)[taken]
    for name in trained.results:
        objective, bundle = objective_of(layout, name), Registry(home).require_champion(name)
        rows = expand(layout, frame, objective.product, objective.products)
        inside = in_population(objective, rows).to_numpy()
        expected = np.full(len(rows), np.nan)
        expected[inside] = bundle.predict(rows.filter(inside))
        np.testing.assert_array_equal(scores_of(bundle, objective, layout, frame).reshape(-1), expected)
        alone = [scores_of(bundle, objective, layout, frame[i : i + 1]) for i in range(len(frame))]
        np.testing.assert_array_equal(np.concatenate([*alone, np.empty((0, 1))], axis=None), expected)


def test_scores_that_are_there_already_are_replaced(trained: Trained) -> None:
    home = trained.home
    frame = features_of(home, home.observed_until)
    bundles = {name: Registry(home).require_champion(name) for name in trained.results}
    scored = score_frame(bundles, home.configuration.layout, frame)
    assert score_frame(bundles, home.configuration.layout, scored).equals(scored)


def test_an_objective_that_does_not_exist_is_named(trained: Trained) -> None:
    with pytest.raises(NotFound, match="conversion, renewal, cross_sell"):
        objective_of(trained.home.configuration.layout, "churn")

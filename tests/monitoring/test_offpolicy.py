"""Off-policy estimators against known truth, and on logs of two policies that ran side by side."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from leads.errors import InvalidInput
from monitoring.offpolicy.estimators import doubly_robust, evaluate, ips, snips
from monitoring.offpolicy.log import Log
from tests.public_data import DATA

BANDIT = DATA / "open_bandit"
TRUTH = np.array([[0.1, 0.3, 0.05], [0.4, 0.1, 0.2]])
"""Reward rates by kind of customer and action."""
TARGET = np.array([[0.1, 0.8, 0.1], [0.7, 0.1, 0.2]])
LOGGING = np.array([[0.5, 0.2, 0.3], [0.2, 0.6, 0.2]])
VALUE = float((TARGET * TRUTH).sum(axis=1).mean())


def logged(seed: int, rows: int = 4000, model: np.ndarray = TRUTH, wrong: float = 1.0) -> Log:
    """Decisions of the logging policy. model: rates a model predicts; wrong: a factor on the logged probabilities."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, rows)
    action = np.array([rng.choice(3, p=LOGGING[k]) for k in kind])
    reward = (rng.random(rows) < TRUTH[kind, action]).astype(float)
    expected = (TARGET[kind] * model[kind]).sum(axis=1)
    probability = np.minimum(LOGGING[kind, action] * wrong, 1.0)
    return Log(reward, probability, TARGET[kind, action], model[kind, action], expected)


@pytest.mark.parametrize("estimator", [ips, snips, doubly_robust])
def test_intervals_cover_the_truth_about_as_often_as_they_say(estimator: object) -> None:
    assert callable(estimator)
    covered = sum(estimator(logged(seed, 1000)).covers(VALUE) for seed in range(120))
    assert 105 <= covered <= 120


def test_the_mean_of_many_estimates_is_the_truth() -> None:
    logs = [logged(seed, 1000) for seed in range(60)]
    for estimator in (ips, snips, doubly_robust):
        assert np.mean([estimator(log).value for log in logs]) == pytest.approx(VALUE, abs=0.008)


def test_a_good_model_narrows_the_interval() -> None:
    log = logged(1)
    width = {name: getattr(evaluate(log), name) for name in ("ips", "dr")}
    assert width["dr"].high - width["dr"].low < width["ips"].high - width["ips"].low


def test_doubly_robust_is_right_when_either_part_is() -> None:
    assert doubly_robust(logged(2, 40_000, model=np.full((2, 3), 0.9))).covers(VALUE)
    assert doubly_robust(logged(3, 40_000, wrong=1.5)).value == pytest.approx(VALUE, abs=0.01)
    assert not ips(logged(3, 40_000, wrong=1.5)).covers(VALUE)


def test_the_log_of_a_policy_itself_gives_its_own_mean() -> None:
    log = logged(4)
    own = Log.without_model(log.reward, log.logged, log.logged)
    found = evaluate(own)
    assert found.ips == found.snips == found.dr == found.logged
    assert found.effective == pytest.approx(len(log.reward))


def test_clipping_cuts_the_weights_and_says_so() -> None:
    whole, cut = evaluate(logged(5)), evaluate(logged(5), clip=2.0)
    assert cut.clipped > 0 == whole.clipped
    assert cut.effective > whole.effective
    assert cut.mean_weight < whole.mean_weight == pytest.approx(1, abs=0.05)
    assert cut.ips is not None and whole.ips is not None
    assert cut.ips.value < whole.ips.value


def test_a_target_that_was_never_tried_shows_in_the_weights() -> None:
    log = logged(6, 100)
    found = evaluate(Log.without_model(log.reward, log.logged, np.zeros(100)))
    assert (found.mean_weight, found.effective) == (0, 0)
    assert (found.ips, found.snips, found.dr) == (None, None, None)
    assert "no overlap" in found.doubts[0]


def test_a_log_that_is_worth_a_few_decisions_of_the_target_gives_no_number() -> None:
    reward, logged = np.ones(1000), np.full(1000, 0.5)
    target = np.where(np.arange(1000) < 8, 1.0, 0.0)
    logged[:8] = 8 / 1000
    found = evaluate(Log.without_model(reward, logged, target))
    assert found.ips is None
    assert "worth 8.0 decisions" in found.doubts[0]


def test_a_target_that_does_what_was_never_tried_gives_no_number() -> None:
    log = logged(8)
    kept = np.arange(len(log.reward)) % 10 < 6
    found = evaluate(Log.without_model(log.reward, log.logged, np.where(kept, log.logged, 0.0)))
    assert found.mean_weight == pytest.approx(0.6, abs=0.03)
    assert found.dr is None
    assert "never tried" in found.doubts[0]


@pytest.mark.parametrize(
    ("logged_with", "target", "field"),
    [([0.5, 0.0], [1.0, 1.0], "logged"), ([0.5, 1.2], [1.0, 1.0], "logged"), ([0.5, 0.5], [-0.1, 1.0], "target"),
     ([0.5], [1.0, 1.0], "logged"), ([0.5, np.nan], [1.0, 1.0], "logged")],
)  # fmt: skip
def test_what_is_no_probability_is_refused(logged_with: list[float], target: list[float], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Log.without_model(np.array([0.0, 1.0]), np.array(logged_with), np.array(target))
    assert refused.value.errors[0].field == field


@pytest.mark.parametrize(("clip", "level"), [(0.0, 0.95), (np.nan, 0.95), (1.0, 1.0)])
def test_a_wrong_clip_or_level_is_refused(clip: float, level: float) -> None:
    with pytest.raises(InvalidInput):
        evaluate(logged(7, 100), clip, level)


def bandit(name: str) -> pl.DataFrame:
    columns = ["item_id", "position", "click", "propensity_score"]
    return pl.read_csv(BANDIT / f"{name}_all.csv.gz", columns=columns)


@pytest.mark.skipif(not BANDIT.is_dir(), reason="the Open Bandit logs are not there")
def test_two_policies_that_ran_side_by_side_agree_on_each_other() -> None:
    """Open Bandit (Saito et al. 2021): a random policy and Thompson sampling on the same traffic. The log tells how
    likely Thompson sampling was to show what it showed, not what it did not; how often it showed an item in a position
    stands for that.
    """
    random, thompson = bandit("random"), bandit("bts")
    shown = thompson.group_by("item_id", "position").len("shown").with_columns(
        target=pl.col("shown") / pl.col("shown").sum().over("position")
    )  # fmt: skip
    joined = random.join(shown, on=["item_id", "position"], how="left").with_columns(pl.col("target").fill_null(0.0))
    reward = joined["click"].to_numpy().astype(float)
    forth = Log.without_model(reward, joined["propensity_score"].to_numpy(), joined["target"].to_numpy())
    uniform = np.full(len(thompson), 1 / 80)
    clicks = thompson["click"].to_numpy().astype(float)
    back = Log.without_model(clicks, thompson["propensity_score"].to_numpy(), uniform)
    assert evaluate(forth, clip=100).mean_weight == pytest.approx(1, abs=0.1)
    for log, own in ((forth, evaluate(back).logged), (back, evaluate(forth).logged)):
        found = evaluate(log, clip=100)
        plain, normed, robust = (estimator(log, 100, 0.95) for estimator in (ips, snips, doubly_robust))
        assert plain.covers(own.value)
        assert normed.covers(own.value)
        assert robust.value == pytest.approx(plain.value)
        # Of forty clicks too few are of the other policy for an interval that holds what it says.
        assert found.ips is None and any("something came of about" in doubt for doubt in found.doubts)
        assert found.effective < found.rows

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.configuration.objective import Objective, parse_objective
from leads.configuration.section import Section
from leads.errors import InvalidInput
from tests.training.small_insurer import configuration_in
from training.data.splits import Part, split
from training.model import Learner, Rows, Settings
from training.ranking import auc

T0 = datetime(2026, 1, 1, tzinfo=UTC)

LAW = parse_objective(
    "win",
    Section("workspace.yaml", "objectives.win", {"moments": {"every": "30d"}, "target": "sale", "horizon": "30d"}),
    ("sale",),
    (),
)


@pytest.fixture
def objective(tmp_path: Path) -> Objective:
    return configuration_in(tmp_path).workspace.objectives["conversion"]


def rows(days: list[int]) -> pl.DataFrame:
    names = [f"c{i}" for i in range(len(days))]
    return pl.DataFrame({"customer_id": names, "at": [T0 + timedelta(days=number) for number in days]})


def with_split(objective: Objective, **changes: object) -> Objective:
    return replace(objective, split=replace(objective.split, **changes))


def test_a_time_split_keeps_the_latest_rows_behind_an_embargo(objective: Objective) -> None:
    data = rows(list(range(100)))
    (part,) = split(with_split(objective, embargo=timedelta(days=10)), data)
    days = data["at"].dt.ordinal_day().to_numpy() - 1
    assert days[part.holdout].tolist() == list(range(80, 100))
    assert days[part.validation].max() == 70
    assert days[part.train].max() + 10 == days[part.validation].min()


def test_a_holdout_in_blocks_is_judged_block_by_block_from_the_rows_before_each(objective: Objective) -> None:
    data = rows(list(range(100)))
    parts = split(with_split(objective, holdout=0.6, folds=3, embargo=timedelta(days=5)), data)
    days = np.arange(100)
    assert [days[part.holdout].tolist() for part in parts] == [list(range(b, b + 20)) for b in (40, 60, 80)]
    for part, begin in zip(parts, (40, 60, 80), strict=True):
        assert days[part.known].tolist() == list(range(begin - 4))
        assert days[part.train].max() + 5 <= days[part.validation].min()


def test_one_block_is_the_plain_split_by_time_and_the_last_of_several_ends_like_it(objective: Objective) -> None:
    data = rows(list(range(100)))
    (plain,) = split(with_split(objective, holdout=0.2, embargo=timedelta()), data)
    *_, last = split(with_split(objective, holdout=0.6, folds=3, embargo=timedelta()), data)
    for name in ("train", "validation", "holdout"):
        assert (getattr(plain, name) == getattr(last, name)).all()


def settling(objective: Objective, took: int, **changes: object) -> tuple[Objective, pl.DataFrame]:
    """A row a day for a hundred days, of which every other settles after `took` days and the rest after ten."""
    data = rows(list(range(100)))
    days = pl.Series([timedelta(days=took if row % 2 else 10) for row in range(100)])
    data = data.with_columns((pl.col("at") + days).alias("settled"), pl.lit(1.0).alias("weight"))
    split = {"holdout": 0.4, "folds": 2, "embargo": timedelta(days=10)} | changes
    return replace(with_split(objective, **split), ends=("complaint.opened",), horizon=timedelta(days=10)), data


def test_a_block_learns_from_the_rows_of_the_embargo_that_had_settled_before_it_begins(objective: Objective) -> None:
    goal, data = settling(objective, took=3)
    days = np.arange(100)
    for part, begin in zip(split(goal, data), (60, 80), strict=True):
        assert part.early is not None and part.factor is not None
        assert days[part.tuned].tolist() == list(range(begin - 9))
        assert days[part.early].tolist() == [day for day in range(begin - 9, begin - 2) if day % 2]
        assert part.factor[part.known].sum() == pytest.approx(begin, abs=1.5)


def test_what_lies_before_a_shorter_embargo_counts_as_settled(objective: Objective) -> None:
    goal, data = settling(objective, took=3, embargo=timedelta())
    for part in split(goal, data):
        assert part.early is not None and part.factor is not None
        assert not part.early.any()
        assert (part.factor[part.train | part.validation] == 1).all()


def test_rows_whose_horizon_is_not_over_are_judged_by_nobody_and_tune_nothing(objective: Objective) -> None:
    goal, data = settling(objective, took=3)
    over = data["at"] < T0 + timedelta(days=90)
    whole = split(goal, data[:90])
    for part, plain in zip(split(goal, data, over), whole, strict=True):
        for name in ("train", "validation", "holdout", "early"):
            mask = getattr(part, name)
            assert not mask[90:].any()
            assert (mask[:90] == getattr(plain, name)).all()


def test_blocks_never_part_rows_of_one_time_nor_hold_a_row_twice(objective: Objective) -> None:
    data = rows([day for day in range(0, 100, 10) for _ in range(7)])
    parts = split(with_split(objective, holdout=0.5, folds=2, embargo=timedelta()), data)
    times = [set(data["at"].to_numpy()[part.holdout]) for part in parts]
    assert not times[0] & times[1]
    assert sum(int(part.holdout.sum()) for part in parts) == sum(parts[0].holdout | parts[1].holdout)


def test_more_blocks_than_times_are_refused_with_their_number(objective: Objective) -> None:
    data = rows([day for day in (0, 10, 20) for _ in range(20)])
    with pytest.raises(InvalidInput, match=r"leaves rows for .*take fewer folds") as refused:
        split(with_split(objective, holdout=0.6, folds=4, embargo=timedelta()), data)
    assert refused.value.errors[0].value["folds"] == 4


def test_rows_of_one_time_are_never_parted(objective: Objective) -> None:
    data = rows([day for day in range(0, 100, 10) for _ in range(7)])
    (part,) = split(with_split(objective, holdout=0.33, embargo=timedelta()), data)
    times = data["at"].to_numpy()
    assert not set(times[part.train]) & set(times[part.validation])
    assert not set(times[part.validation]) & set(times[part.holdout])


def test_a_customer_is_in_one_part_only_whatever_the_order(objective: Objective) -> None:
    data = pl.concat([rows(list(range(200)))] * 3)
    objective = with_split(objective, by="customer")
    (part,) = split(objective, data)
    (again,) = split(objective, data.reverse())
    assert (part.holdout == again.holdout[::-1]).all()
    held = set(data["customer_id"].to_numpy()[part.holdout])
    assert not held & set(data["customer_id"].to_numpy()[part.train | part.validation])
    assert 0.1 < part.holdout.mean() < 0.3


def test_folds_hold_every_row_out_once(objective: Objective) -> None:
    parts = split(with_split(objective, by="folds", folds=4), rows(list(range(100))))
    assert (sum(part.holdout.astype(int) for part in parts) == 1).all()
    assert not any((part.train & part.holdout).any() or (part.validation & part.holdout).any() for part in parts)


def test_a_split_that_leaves_nothing_to_learn_from_is_refused(objective: Objective) -> None:
    with pytest.raises(InvalidInput, match=r"objectives.conversion.split.*shorten the embargo"):
        split(with_split(objective, embargo=timedelta(days=365)), rows(list(range(100))))
    with pytest.raises(InvalidInput, match="leaves rows for train"):
        split(objective, rows([3] * 50))


def policies(count: int, seed: int = 4) -> tuple[pl.DataFrame, np.ndarray]:
    """Rows 30, 14 and 3 days before expiries spread over a year, and the number of the policy of each."""
    expiry = np.random.default_rng(seed).uniform(40, 365, count)
    policy, lead = (part.ravel() for part in np.meshgrid(np.arange(count), [30.0, 14.0, 3.0], indexing="ij"))
    at = [T0 + timedelta(days=float(day)) for day in expiry[policy] - lead]
    data = pl.DataFrame({"customer_id": [f"c{number}" for number in policy], "at": at, "policy": policy}).sort("at")
    return data.drop("policy"), data["policy"].to_numpy().astype(np.intp)


def test_features_that_only_name_the_policy_tell_the_validation_nothing(objective: Objective) -> None:
    """A label that belongs to the policy, by chance, and features that are the policy's numbers: nothing to learn."""
    data, policy = policies(1_500)
    (part,) = split(replace(with_split(objective, embargo=timedelta(days=45)), horizon=timedelta(days=45)), data)
    rng = np.random.default_rng(9)
    names = np.column_stack([rng.permutation(1_500)[policy] for _ in range(4)]).astype(np.float32)
    label = (np.random.default_rng(8).random(1_500) < 0.5)[policy].astype(np.float64)
    rows = Rows(names, label, np.ones(len(label)))
    keen = Settings(127, 2, learning_rate=0.1, feature_fraction=1.0, bagging_fraction=1.0, lambda_l2=0.1)
    (fitted,) = Learner(list("abcd"), [], 3, 1).fit(rows.where(part.train), rows.where(part.validation), (keen,))
    said = Learner(list("abcd"), [], 3, 1).predict(fitted, rows.matrix[part.validation])
    assert auc(label[part.validation], said) == pytest.approx(0.5, abs=0.05)
    assert fitted.rounds <= 80


def assert_apart(part: Part, episode: np.ndarray) -> None:
    early = np.zeros(len(episode), bool) if part.early is None else part.early
    held, validated = set(episode[part.holdout]), set(episode[part.validation])
    assert not held & set(episode[part.tuned | early])
    assert not validated & set(episode[part.train])
    between = part.tuned & ~part.train & ~part.validation
    for one, other in ((part.train, part.validation), (part.tuned, part.holdout), (between, part.train)):
        assert not (one & other).any()


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400)), min_size=60, max_size=150),
    embargo=st.sampled_from([0, 5, 30, 60]),
    folds=st.integers(1, 3),
    holdout=st.sampled_from([0.2, 0.4]),
    span=st.integers(1, 60),
)
def test_in_no_split_by_time_is_an_episode_on_two_sides_or_does_a_label_reach_over_a_boundary(
    days: list[tuple[int, int]], embargo: int, folds: int, holdout: float, span: int
) -> None:
    data = rows([day for _, day in days]).with_columns(pl.Series("customer_id", [f"c{who}" for who, _ in days]))
    episode = np.array([who * 1_000 + day // span for who, day in days])
    goal = with_split(LAW, embargo=timedelta(days=embargo), folds=folds, holdout=holdout)
    try:
        parts = split(goal, data, None, episode)
    except InvalidInput as refused:
        assert "leaves rows for" in str(refused)
        return
    day = np.array([when for _, when in days])
    for part in parts:
        assert_apart(part, episode)
        assert day[part.tuned].max() + embargo <= day[part.holdout].min() - (embargo == 0)
        by_time = day[part.train].max() < day[part.validation].min()
        customers = data["customer_id"].to_numpy()
        if by_time:
            assert day[part.train].max() + embargo <= day[part.validation].min() - (embargo == 0)
        else:
            assert not set(customers[part.train]) & set(customers[part.validation])


def test_an_episode_longer_than_the_embargo_gives_up_its_early_rows_alone(objective: Objective) -> None:
    data, policy = policies(400)
    short = with_split(objective, embargo=timedelta(days=5))
    (part,), (blind,) = split(short, data, None, policy), split(short, data)
    assert_apart(part, policy)
    assert (part.holdout == blind.holdout).all()
    assert set(policy[blind.tuned]) & set(policy[blind.holdout])
    lost = blind.tuned & ~part.tuned
    assert set(policy[lost]) <= set(policy[part.holdout])


def test_rows_settled_early_are_not_learned_from_where_their_episode_is_held_out(objective: Objective) -> None:
    goal, data = settling(objective, took=3)
    episode = np.arange(100) // 4
    for part in split(goal, data, None, episode):
        assert part.early is not None and part.early.any()
        assert_apart(part, episode)


def test_a_record_too_short_for_a_gap_before_validation_is_validated_on_other_customers(objective: Objective) -> None:
    data = rows([day for day in range(90) for _ in range(5)])
    (part,) = split(with_split(objective, embargo=timedelta(days=30), holdout=0.4), data)
    days = data["at"].dt.ordinal_day().to_numpy() - 1
    assert part.between is not None and not part.between.any()
    assert days[part.tuned].max() == 24
    assert 0.1 < part.validation.sum() / part.tuned.sum() < 0.35
    assert days[part.train].max() > days[part.validation].min()


def test_two_folds_are_not_tuned_on_what_they_learned_from(objective: Objective) -> None:
    parts = split(with_split(objective, by="folds", folds=2), rows(list(range(100))))
    for part in parts:
        assert not (part.train & part.validation).any()
        assert (part.train | part.validation | part.holdout).all()

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from leads.errors import InvalidInput
from leads.objective import Objective
from tests.training.small_insurer import configuration_in
from training.splits import split

T0 = datetime(2026, 1, 1, tzinfo=UTC)


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
    assert days[part.validation].max() == 69
    assert days[part.train].max() < days[part.validation].min()


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

from __future__ import annotations

import polars as pl

from training.data.sampling import capped


def rows(positives: int, others: int) -> pl.DataFrame:
    return pl.DataFrame({"label": [1] * positives + [0] * others, "row": range(positives + others)})


def test_fewer_rows_than_the_cap_stay_as_they_are() -> None:
    assert capped(rows(3, 5), 8, seed=1)["weight"].to_list() == [1.0] * 8


def test_rare_successes_are_kept_and_weights_restore_the_rate() -> None:
    kept = capped(rows(30, 9_970), 1_000, seed=1)
    assert len(kept) == 1_000
    assert kept["label"].sum() == 30
    assert kept.select(pl.col("weight").sum()).item() == 10_000


def test_common_successes_take_half_of_the_cap() -> None:
    assert capped(rows(900, 900), 100, seed=1)["label"].sum() == 50


def test_the_same_seed_keeps_the_same_rows_in_their_order() -> None:
    first, second = (capped(rows(30, 970), 100, seed=3)["row"].to_list() for _ in range(2))
    assert first == second == sorted(first)


def test_weights_multiply() -> None:
    twice = capped(capped(rows(0, 1_000), 100, seed=1), 10, seed=2)
    assert twice["weight"].to_list() == [100.0] * 10

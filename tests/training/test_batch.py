from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leads.errors import InvalidInput
from tests.training.small_insurer import UNTIL, Trained
from training.batch import score
from training.data.dataset import Record, full_sets
from training.registry import Registry

COLUMNS = ["customer_id", "objective", "product", "probability"]


@pytest.mark.parametrize("name", ["scores.csv", "scores.parquet"])
def test_everyone_in_a_population_gets_a_row(trained: Trained, tmp_path: Path, name: str) -> None:
    result = score(trained.home, out=tmp_path / "deep" / name)
    written = (pl.read_csv if name.endswith("csv") else pl.read_parquet)(tmp_path / "deep" / name)
    assert written.columns == result.columns == COLUMNS
    assert len(written) == len(result)
    assert set(result["objective"]) == set(trained.results)
    assert result["probability"].is_between(0, 1).all()
    assert set(result.filter(pl.col("objective") == "cross_sell")["product"]) == {"motor", "health"}


@pytest.mark.parametrize("objective", ["conversion", "cross_sell"])
def test_scores_of_a_past_day_are_those_of_the_history_join(trained: Trained, objective: str) -> None:
    home = trained.home
    at = UNTIL - timedelta(days=60)
    record = Record.of(home)
    bundle = Registry(home).require_champion(objective)
    (part,) = full_sets(record, home.configuration.objective(objective), since=at)
    here = part.keys["at"] == at
    joined = part.keys.filter(here).select("customer_id", "product")
    joined = joined.with_columns(pl.Series("joined", bundle.predict(part.rows.filter(here))))
    folded = score(home, [objective], at=at)
    both = folded.join(joined, on=["customer_id", "product"], nulls_equal=True)
    assert len(both) == len(folded) == len(joined) > 100
    np.testing.assert_allclose(both["probability"], both["joined"], rtol=1e-6)


def test_an_unknown_objective_and_an_unknown_kind_of_file_are_refused(trained: Trained, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="conversion, renewal, cross_sell"):
        score(trained.home, ["churn"])
    with pytest.raises(InvalidInput, match=r"scores\.txt"):
        score(trained.home, out=tmp_path / "scores.txt")

"""`nextlead uplift` on a small home with tossed calls."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from commands.main import application
from features.home import Home
from leads.errors import InvalidInput
from tests.training.small_insurer import home_in
from tests.training.small_trials import WORKSPACE, tossed


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("uplift")
    return home_in(folder, tossed(), WORKSPACE.replace(", sms: [sms.sent]", ""))


def ask(home: Home, *arguments: object) -> None:
    application()(["uplift", str(home.folder), *map(str, arguments)], standalone_mode=False)


def test_learners_are_compared_and_every_row_gets_its_effect(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ("--folds", 2, "--divisions", 1, "--placebos", 1)
    ask(home, "--objective", "conversion", *few, "--json", tmp_path / "u.json", "--out", tmp_path / "u.csv")
    told = json.loads((tmp_path / "u.json").read_text())["conversion"]["call"]
    assert told["learners"].keys() == {"s", "t", "x", "dr", "r", "blend"}
    assert told["learners"]["t"]["gain"] > 0.05
    written = pl.read_csv(tmp_path / "u.csv")
    assert {"customer_id", "at", "treatment", "effect", "objective"} <= set(written.columns)
    assert written["effect"].is_between(-1, 1).all()
    shown = capsys.readouterr().out
    assert "平均效果" in shown and "On average contact adds" in shown


def test_an_objective_that_asks_for_no_effect_is_refused_with_those_that_do(home: Home) -> None:
    with pytest.raises(InvalidInput, match="conversion, interest"):
        ask(home, "--objective", "renewal")

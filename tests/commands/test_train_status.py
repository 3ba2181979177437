"""What `nextlead train` ends with: a gate that fails is a failure, a challenger that is no better is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.home import Home
from tests.training.small_insurer import WORKSPACE, Ready, home_in, simulated
from training.registry import CHALLENGER, CHAMPION, Registry


@pytest.fixture
def strict(tmp_path: Path, ready: Ready) -> Home:
    """A home whose renewals ask for an AUC that nothing reaches, and whose conversions may lose nothing at all."""
    text = WORKSPACE.replace("    target: policy.renewed\n", "    target: policy.renewed\n    gate_auc: 0.96\n")
    text = text.replace("    slices: {north", "    gate_margin: 0\n    gate_calibration: 0.2\n    slices: {north")
    return ready(home_in(tmp_path, simulated(700), text))


def status(home: Home, *arguments: str) -> int:
    from commands.main import application

    found = application()(["train", str(home.folder), *arguments], standalone_mode=False)
    return int(found or 0)


def test_a_first_version_whose_gate_fails_leaves_no_champion_and_ends_with_1(
    strict: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert status(strict, "--objective", "renewal", "--json", str(tmp_path / "t.json")) == 1
    assert Registry(strict).aliases()["renewal"] == {CHALLENGER: "1"}
    told = capsys.readouterr().err
    assert "renewal: version 1 fails auc is 0." in told
    assert "bound 0.960" in told
    assert (tmp_path / "t.json").is_file()


def test_a_later_version_that_passes_and_is_no_match_for_the_champion_is_an_ordinary_outcome(
    strict: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(strict, "--objective", "conversion") == 0
    assert status(strict, "--objective", "conversion", "--seed", "8") == 0
    assert Registry(strict).aliases()["conversion"] == {CHAMPION: "1", CHALLENGER: "2"}
    assert "version 2 passes its gates and is no match for the champion, which stays" in capsys.readouterr().err

"""The command line: what it does, what it says to mistakes, and with which status it ends."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from commands.main import main
from experiments.sample import working_morning
from features.configuration import load
from features.home import Home
from features.ready_workspaces import READY
from serving.http.keys import KeyFile
from tests.training.small_insurer import Ready


def nextlead(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run the command in this process; its exit status."""
    monkeypatch.setattr(sys, "argv", ["nextlead", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def result(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written history of 800 synthetic customers."""
    folder = tmp_path_factory.mktemp("source")
    with pytest.MonkeyPatch.context() as patch:
        status = nextlead(patch, "synthesize", folder, "--customers", 800, "--until", "2026-03-02T02:00:00Z")
    assert status == 0
    return folder


@pytest.fixture(scope="module")
def home(source: Path, ready: Ready, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history, imported."""
    folder = tmp_path_factory.mktemp("homes") / "insurer"
    with pytest.MonkeyPatch.context() as patch:
        files = sorted(source.glob("*.parquet"))
        status = nextlead(patch, "import", "insurer", "--into", folder, *files, "--json", folder.parent / "import.json")
    assert status == 0
    return ready(Home.open(folder)).folder


def test_import_makes_a_home_and_says_what_is_in_it(home: Path) -> None:
    told = result(home.parent / "import.json")
    assert told["customers"] == 800
    assert told["observed_until"] == "2026-03-02T02:00:00Z"
    assert Home.open(home).configuration.workspace.name == "insurer"


def test_an_unknown_workspace_fails_and_names_the_ready_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nextlead(monkeypatch, "import", "no_such", "--into", tmp_path / "h", "x.csv") == 1
    assert "bpi2012" in capsys.readouterr().err


def test_a_missing_file_fails_and_makes_no_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nextlead(monkeypatch, "import", "insurer", "--into", tmp_path / "h", tmp_path / "gone.csv") == 1
    assert "gone.csv" in capsys.readouterr().err
    assert not (tmp_path / "h").exists()


def test_a_folder_that_is_no_home_is_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nextlead(monkeypatch, "train", tmp_path) == 1
    assert "nextlead import" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "train", "models", "rebuild", "queue"])
def test_a_workspace_in_the_place_of_a_home_is_told_apart_from_one(
    monkeypatch: pytest.MonkeyPatch, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nextlead(monkeypatch, command, "insurer") == 1
    told = capsys.readouterr().err
    assert "insurer is a workspace" in told
    assert "`nextlead import insurer --into DIR FILE…`" in told


def test_a_written_history_is_not_written_over(
    monkeypatch: pytest.MonkeyPatch, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (source / "events.parquet").read_bytes()
    assert nextlead(monkeypatch, "synthesize", source, "--customers", 10) == 1
    assert "customers.parquet" in capsys.readouterr().err
    assert (source / "events.parquet").read_bytes() == before


def test_an_unknown_objective_names_the_declared_ones(
    monkeypatch: pytest.MonkeyPatch, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nextlead(monkeypatch, "train", home, "--objective", "upsell") == 1
    assert "cross_sell" in capsys.readouterr().err


@pytest.mark.parametrize("until", ["yesterday", "2026-01-01T00:00:00"])
def test_a_time_that_cannot_be_read_is_wrong_usage(monkeypatch: pytest.MonkeyPatch, home: Path, until: str) -> None:
    assert nextlead(monkeypatch, "train", home, "--until", until) == 2


def test_scores_without_a_model_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nextlead(monkeypatch, "score", home, "--out", tmp_path / "s.csv") == 1
    assert "nextlead train" in capsys.readouterr().err


def bare(folder: Path) -> Path:
    """A home of a workspace that predicts nothing, in which nothing has happened."""
    document = yaml.safe_load((READY / "health_cross_sell" / "workspace.yaml").read_text("utf-8"))
    folder.mkdir()
    (folder / "workspace.yaml").write_text(yaml.safe_dump(document | {"objectives": {}}), "utf-8")
    return Home.create(folder / "home", load(folder), datetime(2026, 1, 1, tzinfo=UTC)).folder


def test_where_there_is_no_model_yet_the_list_says_what_makes_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = bare(tmp_path / "w")
    assert nextlead(monkeypatch, "models", folder) == 0
    assert capsys.readouterr().out.strip() == f"There is no model yet. Next: nextlead train {folder}"


@pytest.mark.parametrize("command", [["train"], ["evaluate"], ["score", "--out", "s.csv"]])
def test_a_workspace_that_predicts_nothing_is_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert nextlead(monkeypatch, command[0], bare(tmp_path / "w"), *command[1:]) == 1
    assert "objectives = []: at least one" in capsys.readouterr().err


def test_train_evaluate_and_score_work_on_an_imported_home(
    monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path
) -> None:
    told, scores, rows = tmp_path / "e.json", tmp_path / "s.parquet", tmp_path / "p.csv"
    status = nextlead(monkeypatch, "train", home, "--objective", "renewal", "--json", tmp_path / "t.json")
    promoted = result(tmp_path / "t.json")["renewal"]["promoted"]
    assert status == (0 if promoted else 1)
    if not promoted:
        assert nextlead(monkeypatch, "promote", home, "renewal", "1") == 0
    evaluate = ("evaluate", home, "--objective", "renewal", "--since", "2026-01-01T00:00:00Z")
    assert nextlead(monkeypatch, *evaluate, "--predictions", rows, "--json", told) == 0
    assert nextlead(monkeypatch, "score", home, "--objective", "renewal", "--out", scores) == 0
    metrics = result(told)["renewal"]
    assert {
        "rows",
        "positives",
        "auc",
        "average_precision",
        "brier",
        "ece",
        "lift_at_10pct",
        "baseline_auc",
    } <= set(metrics)
    assert pl.read_csv(rows).columns[:5] == ["customer_id", "at", "product", "probability", "label"]
    written = pl.read_parquet(scores)
    assert written.columns == ["customer_id", "objective", "product", "probability"]
    assert written["probability"].is_between(0, 1).all()


def test_a_backtest_tells_every_window_and_rival_on_the_screen_and_in_files(
    monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("backtest", home, "--objective", "renewal", "--windows", 2, "--out", tmp_path / "out")
    assert nextlead(monkeypatch, *asked, "--json", tmp_path / "b.json") == 0
    told = result(tmp_path / "b.json")["renewal"]
    assert [window["window"] for window in told["windows"]] == [1, 2]
    assert {"model", "static_tags", "constant", "logistic_regression"} < told["overall"]["methods"].keys()
    shown = capsys.readouterr().out
    assert "逻辑回归 logistic regression" in shown and "Over 2 windows in time" in shown
    assert (tmp_path / "out" / "renewal" / "backtest.md").read_text("utf-8").startswith("# ")


def test_a_key_is_shown_once_and_only_its_digest_is_kept(
    monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path
) -> None:
    assert nextlead(monkeypatch, "keys", "create", home, "--scope", "dialer", "--json", tmp_path / "k.json") == 0
    created = result(tmp_path / "k.json")
    assert set(created) == {"id", "key", "scope"}
    kept = KeyFile(Home.open(home).keys)
    assert kept.check(created["key"]) is not None
    assert created["key"] not in Home.open(home).keys.read_text(encoding="utf-8")
    assert nextlead(monkeypatch, "keys", "revoke", home, created["id"]) == 0
    assert kept.check(created["key"]) is None


def test_a_scope_that_does_not_exist_is_refused(
    monkeypatch: pytest.MonkeyPatch, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nextlead(monkeypatch, "keys", "create", home, "--scope", "boss") == 1
    assert "dialer" in capsys.readouterr().err


def test_a_demo_leaves_other_folders_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert nextlead(monkeypatch, "demo", "--dir", tmp_path) == 1
    assert (tmp_path / "thesis.txt").exists()


def test_the_demo_starts_on_a_morning_when_calls_are_allowed() -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert working_morning(late) == datetime(2026, 11, 22, 2, tzinfo=UTC)
    early = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert working_morning(early) == datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_an_unknown_benchmark_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    assert nextlead(monkeypatch, "bench", "speed") == 2


def test_without_a_command_the_help_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nextlead(monkeypatch) == 2
    assert "synthesize" in capsys.readouterr().err


def test_a_home_is_encrypted_once_and_reports_and_scores_as_before(
    monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, key = Path(shutil.copytree(home, tmp_path / "own")), tmp_path / "key"
    assert nextlead(monkeypatch, "report", "funnel", own, "--json", tmp_path / "open.json") == 0
    assert nextlead(monkeypatch, "keys", "encrypt", own, "--key-file", own / "key") == 1
    assert "outside the home" in capsys.readouterr().err
    for _ in range(2):
        assert nextlead(monkeypatch, "keys", "encrypt", own, "--key-file", key, "--json", tmp_path / "e.json") == 0
    assert key.stat().st_mode & 0o077 == 0
    assert result(tmp_path / "e.json")["files"] == len(list((own / "lake").rglob("*.parquet")))
    assert not [path for path in (own / "lake").rglob("*.parquet") if path.read_bytes().startswith(b"PAR1")]
    assert nextlead(monkeypatch, "report", "funnel", own, "--json", tmp_path / "sealed.json") == 0
    assert result(tmp_path / "sealed.json") == result(tmp_path / "open.json")
    assert nextlead(monkeypatch, "rebuild", own) == 0

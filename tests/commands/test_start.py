"""What a command imports before it can begin: only what it needs, counted in modules rather than in seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.configuration import load
from features.home import Home

LEARNING = {"lightgbm", "mlflow", "evidently", "feast", "bentoml", "matplotlib", "sklearn", "scipy", "pandas"}
FRAMES = {"polars", "numpy", "yaml", "duckdb", "pyarrow", "redis"}
BESIDE = {"pyarrow", "opentelemetry", "psutil", "valkey", "fastapi", "starlette"}
"""What others bring along, which no answer on the command line needs."""
JUDGING = {"serving.composition", "serving.live.rebuild", "serving.scoring.scorer", "models.bundle"}
RUN = """
import atexit, json, sys
sys.argv = ["nextlead", *sys.argv[1:]]
def loaded():
    return sorted(name for name, module in sys.modules.items() if module is not None)
atexit.register(lambda: print(json.dumps(loaded()), file=sys.stderr))
from commands.main import main
main()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which nothing has happened yet."""
    folder = tmp_path_factory.mktemp("homes") / "insurer"
    return Home.create(folder, load("insurer"), datetime(2026, 3, 2, tzinfo=UTC)).folder


def imported(*arguments: object) -> set[str]:
    """The modules that are loaded when the command ends, which it does well, and the packages that they are of."""
    ended = subprocess.run([sys.executable, "-c", RUN, *map(str, arguments)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    names = json.loads(ended.stderr.splitlines()[-1])
    return {part for name in names for part in (name, name.partition(".")[0])}


def test_help_needs_no_package_of_the_data_path() -> None:
    assert not imported("--help") & (LEARNING | FRAMES)


def test_the_help_of_a_command_needs_none_either() -> None:
    assert not imported("simulate", "--help") & (LEARNING | FRAMES)


def test_models_and_keys_are_listed_without_what_learns_or_serves(home: Path) -> None:
    for command in (("models", home), ("keys", "list", home)):
        assert not imported(*command) & (LEARNING | BESIDE | {"redis", "duckdb"})


def test_keys_are_listed_without_a_table_or_a_rule(home: Path) -> None:
    assert not imported("keys", "list", home) & FRAMES


def test_the_queue_is_shown_and_lines_are_taken_in_without_what_scores_and_decides(home: Path) -> None:
    """Whoever asks first folds the hot state, for which it takes all of that."""
    assert imported("queue", home) & JUDGING
    for command in (("queue", home), ("aside", home), ("tail", home, "/dev/null")):
        found = imported(*command)
        assert not found & (LEARNING | BESIDE | JUDGING), command
        assert "redis" in found

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
RUN = """
import atexit, json, sys
sys.argv = ["nextlead", *sys.argv[1:]]
atexit.register(lambda: print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr))
from commands.main import main
main()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which nothing has happened yet."""
    folder = tmp_path_factory.mktemp("homes") / "insurer"
    return Home.create(folder, load("insurer"), datetime(2026, 3, 2, tzinfo=UTC)).folder


def imported(*arguments: object) -> set[str]:
    """The packages that are loaded when the command ends, which it does well."""
    ended = subprocess.run([sys.executable, "-c", RUN, *map(str, arguments)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return set(json.loads(ended.stderr.splitlines()[-1]))


def test_help_needs_no_package_of_the_data_path() -> None:
    assert not imported("--help") & (LEARNING | FRAMES)


def test_the_help_of_a_command_needs_none_either() -> None:
    assert not imported("simulate", "--help") & (LEARNING | FRAMES)


def test_models_and_keys_are_listed_without_what_learns_or_serves(home: Path) -> None:
    for command in (("models", home), ("keys", "list", home)):
        assert not imported(*command) & (LEARNING | {"redis", "duckdb", "pyarrow"})


def test_a_few_lines_are_taken_in_without_what_learns(home: Path) -> None:
    assert not imported("tail", home, "/dev/null") & LEARNING

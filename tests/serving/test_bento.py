"""What is built holds code, and nothing of a home."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pathspec import PathSpec

ROOT = Path(__file__).parent.parent.parent
HOME = ("keys.json", "secret", "lake/events/date=2026-03-04/part.parquet", "hot/appendonlydir/a.aof", "home.json")
CODE = (
    "serving/service.py",
    "console/wings.py",
    "leads/errors.py",
    "serving/store/lua/claim.lua",
    "workspaces/insurer/workspace.yaml",
)


@pytest.fixture(scope="module")
def taken() -> PathSpec:
    """What `bentoml build` takes along by the bento's file."""
    return PathSpec.from_lines("gitignore", yaml.safe_load((ROOT / "bentofile.yaml").read_text())["include"])


@pytest.mark.parametrize("name", HOME)
def test_a_home_that_stands_beside_the_code_does_not_travel_with_it(taken: PathSpec, name: str) -> None:
    assert not taken.match_file(f"home/{name}")


@pytest.mark.parametrize("name", CODE)
def test_the_code_of_the_service_travels(taken: PathSpec, name: str) -> None:
    assert taken.match_file(name)
    assert (ROOT / name).is_file()

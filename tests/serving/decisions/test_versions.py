"""What a decision says that it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.home import Home
from leads.errors import NotFound
from serving.decisions import versions
from tests.serving.small_home import NOW, write_workspace


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of where decisions are written, with a file in each room."""
    for room in ("leads", "features", "models", "serving", "training", "tests"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "code.py").write_text("x = 1\n")
    monkeypatch.setattr(versions, "__file__", str(tmp_path / "serving" / "decisions" / "versions.py"))
    return tmp_path


@pytest.mark.parametrize("room", ["leads", "features", "models", "serving"])
def test_code_that_decides_is_another_version_once_it_changes(source: Path, room: str) -> None:
    before = versions.code_version.__wrapped__()
    (source / room / "code.py").write_text("x = 2\n")
    assert versions.code_version.__wrapped__() != before


@pytest.mark.parametrize("room", ["training", "tests"])
def test_code_that_decides_nothing_leaves_the_version(source: Path, room: str) -> None:
    before = versions.code_version.__wrapped__()
    (source / room / "code.py").write_text("x = 2\n")
    assert versions.code_version.__wrapped__() == before


def test_files_that_somebody_is_in_the_middle_of_changing_are_not_kept_and_stop_nobody(tmp_path: Path) -> None:
    configuration = write_workspace(tmp_path / "ready")
    home = Home.create(tmp_path / "home", configuration, NOW)
    serves = home.configuration
    (home.workspace_folder / "actions.yaml").write_text("actions: [", "utf-8")
    versions.keep(home, serves)
    with pytest.raises(NotFound):
        versions.configuration_of(home, serves.workspace.digest, serves.catalogue.digest)

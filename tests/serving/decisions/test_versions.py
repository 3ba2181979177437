"""What a decision says that it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.decisions import versions


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

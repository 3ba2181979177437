"""`nextlead people`: who shares what, and a person's word on who is who."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from commands.hot import composed
from commands.main import main
from features.home import Home
from tests.serving.small_home import make_home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine_url: str) -> Home:
    """A small home whose hot state holds two customers with one phone."""
    made = make_home(tmp_path / "small", 12)
    monkeypatch.setenv("NEXTLEAD_REDIS_URL", engine_url)
    with composed(made.folder) as parts:
        parts.client.flushall()
    with composed(made.folder) as parts:
        for name in ("ann", "bob"):
            parts.people.tell(name, {"phone": "+8613900009001"}, 1)
    return made


def run(monkeypatch: pytest.MonkeyPatch, home: Home, command: str, *arguments: str) -> tuple[int, Any]:
    """The exit status and the JSON result."""
    path = home.folder / "result.json"
    path.unlink(missing_ok=True)
    given = ["nextlead", "people", command, str(home.folder), *arguments, "--json", str(path)]
    monkeypatch.setattr(sys, "argv", given)
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), json.loads(path.read_text("utf-8")) if path.is_file() else None


def test_a_merge_is_taken_back_listed_and_made_again_on_the_command_line(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = ("--by", "lin", "--reason", "sisters")
    assert run(monkeypatch, home, "conflicts") == (0, [])
    assert run(monkeypatch, home, "unmerge", "bob", "--from", "ann", *word) == (
        0, {"customer_id": "ann", "unmerged": "bob"},
    )  # fmt: skip
    listed = {"identity": "phone:+8613900009001", "reason": "unmerged", "customers": ["ann", "bob"], "count": 2}
    assert run(monkeypatch, home, "conflicts") == (0, [listed])
    assert run(monkeypatch, home, "merge", "bob", "--with", "ann", *word) == (
        0, {"customer_id": "ann", "merged": ["bob"]},
    )  # fmt: skip


def test_what_cannot_be_taken_back_ends_with_status_1_and_the_reason(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, home, "unmerge", "c001", "--from", "ann", "--by", "lin", "--reason", "no") == (1, None)
    assert "ann and c001 are not one customer" in capsys.readouterr().err

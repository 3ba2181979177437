"""Looks as they were kept, the newest apart, so that what changed can be told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from features.home import Home, write_json

LATEST = "drift.json"
"""The last look, in the home's reports."""

MOST = 400
"""Looks kept; older ones go."""


def keep_answer(home: Home, answer: Mapping[str, Any]) -> None:
    """Keep a look beside those before it."""
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / f"{answer['at'].replace(':', '-')}.json", answer)
    write_json(home.reports / LATEST, answer)
    for old in _files(home)[:-MOST]:
        old.unlink(missing_ok=True)


def latest(home: Home) -> Any | None:
    """The last look, as it was kept; None where there was none."""
    return _read(home.reports / LATEST)


def looks(home: Home, most: int = MOST) -> Sequence[Mapping[str, Any]]:
    """The newest, the oldest of them first; one that cannot be read is left out."""
    found = (_read(path) for path in _files(home)[-most:])
    return [look for look in found if look is not None]


def _folder(home: Home) -> Path:
    return home.reports / "looks"


def _files(home: Home) -> list[Path]:
    return sorted(_folder(home).glob("*.json"))


def _read(path: Path) -> Any | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None

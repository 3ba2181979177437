"""What was found last of challengers, as the home keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from features.home import Home, write_json

LATEST = "shadow.json"
"""In the home's reports."""


def keep(home: Home, answer: Mapping[str, Any]) -> None:
    """In place of what was found before."""
    home.reports.mkdir(parents=True, exist_ok=True)
    write_json(home.reports / LATEST, answer)


def latest(home: Home) -> Mapping[str, Any]:
    """By objective; empty where nobody asked, or what is there cannot be read."""
    try:
        found: Mapping[str, Any] = json.loads((home.reports / LATEST).read_text(encoding="utf-8"))["objectives"]
    except (FileNotFoundError, ValueError, KeyError):
        return {}
    return found

"""What stands where in the catalogue's file: kind, name and help of each place, and what is allowed in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from features.yaml_text import read_yaml
from leads.words.bilingual import Text
from serving.catalogue.written import Path


@dataclass(frozen=True)
class Place:
    """kind: of value, see `catalogue_fields.yaml`. name: what it is called; help: what it is for."""

    kind: str
    name: Text
    help: Text


@cache
def places() -> dict[Path, Place]:
    """By pattern: `*` is any name, `#` the place in a list."""
    return {
        tuple(pattern.split(".")): Place(kind, {"zh": zh, "en": en}, {"zh": help_zh, "en": help_en})
        for pattern, (kind, zh, en, help_zh, help_en) in _document()["fields"].items()
    }


def place_of(path: Path) -> Place | None:
    """What is known of a place."""
    found = [pattern for pattern in places() if _fits(pattern, path)]
    return places()[min(found, key=lambda pattern: pattern.count("*"))] if found else None


def keys_of(path: Path) -> list[str]:
    """The names of entries that a place takes; `*` among them where it takes any."""
    deeper = [pattern for pattern in places() if len(pattern) > len(path) and _fits(pattern[: len(path)], path)]
    return list(dict.fromkeys(pattern[len(path)] for pattern in deeper))


def group_name(name: str) -> Text | None:
    """What a group of fields is called that has no name of its own."""
    found = _document()["groups"].get(name)
    return None if found is None else {"zh": found[0], "en": found[1]}


def beginning(path: Path) -> str:
    """What an entry of a place begins with, as YAML writes it; nothing where that is not known."""
    return str(_document()["mappings"].get(".".join(path), ""))


def allowed(reason: str) -> Text:
    """What is allowed, as the reader of the file says it, in both languages as far as there are words."""
    for pattern, zh in _document()["refusals"]:
        match = re.match(pattern, reason, re.DOTALL)
        if match is not None:
            return {"zh": zh.format(*match.groups("")), "en": reason}
    return {"zh": reason, "en": reason}


def _fits(pattern: Path, path: Path) -> bool:
    return len(pattern) == len(path) and all(
        asked in ("*", step) or (asked == "#" and step.isdigit()) for asked, step in zip(pattern, path, strict=True)
    )


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml((resources.files("console") / "catalogue_fields.yaml").read_text("utf-8"))
    return found

"""The language of a page: as somebody chose it, or as their browser asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

from fastapi import Request

from features.yaml_text import read_yaml

Language = Literal["zh", "en"]

LANGUAGE_COOKIE = "nextlead-language"


def language_of(request: Request) -> Language:
    """Chinese, but for who chose English or whose browser prefers it."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in ("zh", "en"):
        return "en" if chosen == "en" else "zh"
    preferred = request.headers.get("accept-language", "")
    return "en" if preferred.lower().startswith("en") else "zh"


@cache
def words(language: Language) -> Mapping[str, str]:
    """What pages say, by key. Raises KeyError for a key that is not told in both languages."""
    told = read_yaml((resources.files("console") / "words.yaml").read_text("utf-8"))
    return {key: both[language] for key, both in told.items()}

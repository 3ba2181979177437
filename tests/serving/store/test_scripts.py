"""The queue's scripts say nothing that Python says too: keys, fields, words and limits are filled in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from serving.store import scripts
from serving.store.filling import UndeclaredName, filled
from serving.store.keyspace import Keyspace
from serving.store.scripts import source

FOLDER = Path(scripts.__file__).parent / "lua"
TEXTS = {path.stem: re.sub(r"^ *--.*\n", "", path.read_text("utf-8"), flags=re.M) for path in FOLDER.glob("*.lua")}
ALONE = sorted(TEXTS.keys() - {"common", "lanes", "places", "outcomes", "leases", "lease_token", "walks"})

OF_REDIS = re.compile(r"[A-Z]+|[-+]inf|\*|\(")
"""Commands and their options."""

OF_LUA = re.compile(r"[ -]?|%S\+|%\.\d+[fg]|string|1|/\w+|%s/recalled/%\.0f")
"""Separators, patterns and formats; what is written into the ids of the scripts' own events."""

POSITIONED = {
    "ARGV",
    "call",
    "clock",
    "walks",
    "best",
    "least",
    "read",
    "cells",
    "item_of",
    "facts_of",
    "known",
    "facts",
}
"""Lists and the store's answers, of which a place means nothing more."""


@pytest.mark.parametrize("name", ALONE)
def test_a_script_is_filled_in_with_names_that_are_declared(name: str) -> None:
    text = source(name, Keyspace("{other}"))

    assert "{other}:" in text
    assert not re.search(r"\b[A-Z]{3,}\.\w", text)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_script_writes_a_word_that_python_knows(name: str) -> None:
    quoted = re.findall(r"'([^']*)'", TEXTS[name])

    assert [text for text in quoted if not OF_REDIS.fullmatch(text) and not OF_LUA.fullmatch(text)] == []


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_script_counts_the_places_of_a_record(name: str) -> None:
    counted = re.findall(r"(\w+)(?:\([^()]*\))?\[\d+\]", TEXTS[name])

    assert set(counted) <= POSITIONED


@pytest.mark.parametrize("text", ["KEY.itms", "LANE.tap", "ITEM.fones", "LIMIT.ever", "NOBODY.knows", "lease.custmer"])
def test_a_name_that_is_not_declared_is_refused_when_a_script_is_loaded(text: str) -> None:
    with pytest.raises(UndeclaredName):
        filled(f"return {text}", Keyspace())


def test_a_customer_may_be_called_whatever_lua_would_read_otherwise() -> None:
    assert filled("return KEY.items", Keyspace("{it's}")) == "return '{it\\'s}:items'"

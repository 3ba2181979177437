"""Typed reading of configuration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from leads.configuration.section import Section
from leads.errors import InvalidWorkspace


def section(**values: Any) -> Section:
    return Section.of("file.yaml", "top", values)


def test_values_are_read_by_their_type() -> None:
    read = section(t="x", n=3, f=True, d="7d", ds=["1d", "2h"], ts=["a", "b"], c="red")
    assert read.text("t") == "x"
    assert read.number("n") == 3.0
    assert read.flag("f", False) is True
    assert read.duration("d") == timedelta(days=7)
    assert read.durations("ds") == (timedelta(days=1), timedelta(hours=2))
    assert read.texts("ts") == ("a", "b")
    assert read.choice("c", ["red", "blue"]) == "red"


def test_defaults_stand_in_for_what_is_absent() -> None:
    read = section()
    assert read.text("t", "x") == "x"
    assert read.number("n", 2) == 2.0
    assert read.flag("f", True) is True
    assert read.durations("ds", ("1d",)) == (timedelta(days=1),)
    assert read.choices("cs", ["a"], ["a"]) == ("a",)
    assert read.label("l", "name") == {"zh": "name", "en": "name"}
    assert not read.has("t")


@pytest.mark.parametrize(
    ("read", "values", "allowed"),
    [
        (lambda s: s.text("k"), {"k": 3}, "a text"),
        (lambda s: s.text("k"), {"k": ""}, "a text"),
        (lambda s: s.number("k"), {"k": "3"}, "a number"),
        (lambda s: s.number("k"), {"k": True}, "a number"),
        (lambda s: s.number("k", least=0), {"k": -1}, "at least 0"),
        (lambda s: s.flag("k", True), {"k": "yes"}, "true or false"),
        (lambda s: s.duration("k"), {"k": "soon"}, "such as 24h"),
        (lambda s: s.durations("k"), {"k": "7d"}, "a list"),
        (lambda s: s.texts("k"), {"k": ["a", 1]}, "a list of texts"),
        (lambda s: s.choice("k", ["a", "b"]), {"k": "c"}, "one of a, b"),
        (lambda s: s.choices("k", ["a", "b"]), {"k": ["a", "c"]}, "one of a, b"),
        (lambda s: s.choices("k", []), {"k": ["a"]}, "(none declared)"),
        (lambda s: s.label("k", "x"), {"k": {"zh": "一", "de": "eins"}}, "texts zh and en"),
        (lambda s: s.label("k", "x"), {"k": {}}, "texts zh and en"),
        (lambda s: s.label("k", "x"), {"k": "text"}, "texts zh and en"),
        (lambda s: s.section("k"), {"k": [1]}, "a mapping"),
        (lambda s: s.only("a", "b"), {"k": 1}, "one of a, b"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_file_and_key(
    read: Callable[[Section], object], values: dict[str, Any], allowed: str
) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        read(section(**values))
    assert refused.value.file == "file.yaml"
    assert refused.value.key == "top.k"
    assert allowed in str(refused.value)


def test_nested_sections_know_their_path() -> None:
    inner = section(a={"b": {"c": 1}})
    ((name, deeper),) = inner.sections("a")
    assert (name, deeper.path, deeper.key("c")) == ("b", "top.a.b", "top.a.b.c")


def test_an_absent_section_is_empty() -> None:
    assert section().section("k").values == {}
    assert list(section(k=None).sections("k")) == []


def test_a_document_that_is_not_a_mapping_is_refused() -> None:
    with pytest.raises(InvalidWorkspace, match="a mapping of keys to values"):
        Section.of("file.yaml", "", ["a"])


@pytest.mark.parametrize("told", [{"en": "age"}, {"zh": "age"}])
def test_a_label_in_one_language_stands_in_for_the_other(told: dict[str, str]) -> None:
    assert section(k=told).label("k", "x") == {"zh": "age", "en": "age"}

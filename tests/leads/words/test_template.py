"""Texts with facts in them."""

from __future__ import annotations

import pytest

from leads.words.bilingual import Words
from leads.words.template import bare, filled, misbuilt, names_in, unbracketed

TEXT = {"zh": "您的[{policy}|保单][，{left}]", "en": "your [{policy}|policy][, {left}]"}


@pytest.mark.parametrize(
    ("known", "zh", "en"),
    [
        ({}, "您的保单", "your policy"),
        ({"policy": Words("车险", "motor")}, "您的车险", "your motor"),
        ({"left": Words(" 3 天", "3 days")}, "您的保单，3 天", "your policy, 3 days"),
    ],
)
def test_what_is_in_brackets_is_said_where_it_is_known(known: dict[str, Words], zh: str, en: str) -> None:
    assert filled(TEXT, known.get) == {"zh": zh, "en": en}  # type: ignore[arg-type]


def test_without_any_fact_what_needs_one_is_left_out() -> None:
    assert bare(TEXT)["en"] == "your policy"  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["[a", "a]", "[a[b]]", "{a", "a}", "{a{b}}"])
def test_brackets_that_do_not_close_are_found(text: str) -> None:
    assert misbuilt(text) and not misbuilt("a [{b}|c] {d}")


def test_the_facts_of_a_text_are_found_by_where_they_stand() -> None:
    assert names_in("{a} [{b}]") == ["a", "b"]
    assert unbracketed("{a} [{b}]") == ["a"]

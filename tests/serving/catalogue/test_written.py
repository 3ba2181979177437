"""The insurer's own catalogue, changed: exactly what is meant is another, and every comment stays."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.errors import InvalidInput, NotFound
from serving.catalogue.written import Written

TEXT = (Path(__file__).parents[3] / "workspaces" / "insurer" / "actions.yaml").read_text("utf-8")
INSURER = Written(TEXT)


def leaves(found: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(found, dict) and found:
        return [leaf for key, value in found.items() for leaf in leaves(value, (*path, str(key)))]
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return [leaf for place, value in enumerate(found) for leaf in leaves(value, (*path, str(place)))]
    return [path]


SHORT = Written(TEXT[: TEXT.index("  gift_sms:")])
"""The beginning of it, with something of every kind."""

LEAVES = leaves(SHORT.document)


def changed(made: Written, before: str = TEXT) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    lines = list(difflib.unified_diff(before.splitlines(), made.text.splitlines(), n=0, lineterm=""))[2:]
    return [line[1:] for line in lines if line[0] == "-"], [line[1:] for line in lines if line[0] == "+"]


LINES = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\u0085\ufeff")
VALUES = st.one_of(
    st.integers(-9, 9), st.floats(-9, 9), st.booleans(), st.text(LINES, max_size=30),
    st.lists(st.text("ab,: ]#", max_size=5), max_size=3),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(LEAVES), VALUES)
def test_any_value_anywhere_changes_that_place_alone_and_no_comment(path: tuple[str, ...], value: Any) -> None:
    made = SHORT.with_value(path, value)
    assert made.value(path) == value
    went, _ = changed(made, SHORT.text)
    assert not any(line.lstrip().startswith("#") for line in went)
    assert made.with_value(path, SHORT.value(path)).document == SHORT.document


def test_a_number_between_braces_is_the_only_thing_that_changes_in_its_line() -> None:
    made = INSURER.with_value(("contact", "caps", "weekly_calls", "most"), 3)
    assert changed(made) == (
        ["    weekly_calls: {channels: [call], within: 7d, most: 2}"],
        ["    weekly_calls: {channels: [call], within: 7d, most: 3}"],
    )


def test_a_condition_that_others_repeat_changes_for_one_of_them_alone() -> None:
    path = ("actions", "recommend_health_call", "suitability", "renewal_first")
    assert INSURER.text.count("*renewal_first") > 1
    made = INSURER.with_value(path, "age > 60")
    assert made.text.count("&renewal_first") == 1
    repeats = ("actions", "recommend_pension_wecom", "suitability", "renewal_first")
    assert (made.value(path), made.value(repeats)) == ("age > 60", INSURER.value(repeats))
    assert changed(INSURER.with_value(repeats, "age > 61"))[1] == ["      renewal_first: age > 61"]


@pytest.mark.parametrize("path", [("actions", "gift_wecom"), ("contact", "caps", "weekly_sms"), ("scenes", "renewal"),
                                  ("actions", "recommend_health_call")])  # fmt: skip
def test_a_copy_stands_beside_what_it_is_a_copy_of_and_goes_again(path: tuple[str, ...]) -> None:
    made = INSURER.with_copy(path, "another")
    beside = (*path[:-1], "another")
    assert made.value(beside) == INSURER.value(path)
    assert changed(made)[0] == [] or "{" in changed(made)[0][0]
    assert made.without(beside).text == TEXT
    with pytest.raises(InvalidInput, match="a name that is not taken"):
        made.with_copy(path, "another")


def test_what_goes_leaves_the_lines_about_it_and_all_else() -> None:
    for path in (("actions", "gift_sms"), ("levers", "action"), ("plays", "first_days", "steps", "0"),
                 ("contact", "caps", "weekly_calls", "most"), ("actions", "recommend_health_call")):  # fmt: skip
        made = INSURER.without(path)
        assert not any(line.lstrip().startswith("#") for line in changed(made)[0])
        assert not changed(made)[1] or len(changed(made)[1]) <= 2


def test_an_entry_is_added_at_the_end_of_its_mapping() -> None:
    made = INSURER.with_entry(("contact", "caps", "weekly_sms", "scenes"), ["renewal"])
    assert changed(made)[1] == ["    weekly_sms: {channels: [sms], within: 7d, most: 2, scenes: [renewal]}"]
    made = INSURER.with_entry(("actions", "gift_wecom", "suitability"), {"adult": "age >= 18"})
    assert changed(made) == ([], ["    suitability: {adult: age >= 18}"])
    with pytest.raises(InvalidInput, match="not taken"):
        made.with_entry(("actions", "gift_wecom", "suitability"), {})


def test_what_is_not_there_is_not_changed() -> None:
    with pytest.raises(NotFound):
        INSURER.with_value(("actions", "nobody", "value"), 1)
    with pytest.raises(yaml.YAMLError):
        Written("a: [1")


def test_every_line_break_and_what_only_looks_like_an_alias_stay() -> None:
    made = Written("a: {b: '*x', c: 1}\n# *x\nd:\n  - e: 1 # one\n  - e: 2\n").with_value(("d", "1", "e"), 3)
    assert made.text == "a: {b: '*x', c: 1}\n# *x\nd:\n  - e: 1 # one\n  - e: 3\n"

"""A number beyond what its workspace declares is refused at the live door too."""

from __future__ import annotations

import pytest

from features.configuration import load
from leads.errors import InvalidInput
from serving.events.values import parse_fields, parse_tags


@pytest.mark.parametrize("age", [-1, 350])
def test_an_age_that_nobody_has_is_refused(age: int) -> None:
    with pytest.raises(InvalidInput, match="a number from 0 to 120"):
        parse_tags(load("insurer").workspace, {"age": age})
    assert parse_tags(load("insurer").workspace, {"age": 0}) == {"age": 0.0}


def test_a_talk_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"data\.talk_seconds"):
        parse_fields(load("insurer").workspace, {"talk_seconds": -1})

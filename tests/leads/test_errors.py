"""The one family of errors."""

from __future__ import annotations

import pickle

import pytest

from leads import errors
from leads.errors import FieldError, InvalidInput, InvalidWorkspace, NextleadError, NotFound, TooBusy


def test_a_refused_value_names_the_field_the_value_and_what_is_allowed() -> None:
    error = InvalidInput("limit", 0, "at least 1")
    assert str(error) == "limit = 0: at least 1"
    assert error.errors == (FieldError("limit", 0, "at least 1"),)
    assert str(error.errors[0]) == "limit = 0: at least 1"


def test_several_refused_fields_travel_in_one_error() -> None:
    refused = [FieldError("a", 1, "no"), FieldError("b", 2, "neither")]
    error = InvalidInput.of(refused)
    assert error.errors == tuple(refused)
    assert error.detail == "a = 1: no"


def test_a_refused_configuration_names_its_file_and_key() -> None:
    error = InvalidWorkspace("actions.yaml", "actions.x.scene", "nowhere", "one of here")
    assert (error.file, error.key) == ("actions.yaml", "actions.x.scene")
    assert str(error) == "actions.yaml: actions.x.scene = 'nowhere': one of here"


def test_invalid_input_is_a_value_error() -> None:
    assert isinstance(InvalidInput("a", 1, "no"), ValueError)


def test_what_does_not_exist_is_named_with_a_hint() -> None:
    assert NotFound("workspace", "x", "one of a, b").detail == "workspace 'x' does not exist; one of a, b"
    assert NotFound("workspace", "x").detail == "workspace 'x' does not exist"


def test_being_busy_says_when_to_try_again() -> None:
    assert TooBusy("full", retry_after=7).retry_after == 7


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("InvalidInput", 422), ("InvalidWorkspace", 422), ("NotFound", 404), ("Unauthorized", 401),
        ("Forbidden", 403), ("StaleToken", 409), ("TooLarge", 413), ("TooBusy", 429), ("Unavailable", 503),
        ("TimedOut", 504), ("CorruptBundle", 503), ("NextleadError", 500),
    ],
)  # fmt: skip
def test_every_error_knows_its_http_status(name: str, status: int) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, NextleadError)
    assert kind.status == status
    assert kind.title


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput("age", -1, "0 or more"),
        InvalidInput.of([FieldError("age", -1, "0 or more"), FieldError("zone", "Mars", "a time zone")]),
        InvalidWorkspace("workspace.yaml", "zone", "Mars", "a time zone"),
        NotFound("customer", "c1"),
    ],
)
def test_an_error_of_another_process_is_the_same_error(error: NextleadError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))

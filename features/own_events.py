"""What the product's own events tell: of each kind its shape, so that live, rebuild and every reader agree on what says
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from leads.contact.callback import CALLBACK
from leads.errors import FieldError, InvalidInput

MERGED, UNMERGED = "customer.merged", "customer.unmerged"
"""The own events by which a customer id leads to another one from then on, or to itself again."""

CHANGED, ERASED = "customer.changed", "customer.erased"
"""The own events that tell of a customer, or that there is none any more."""

CONSENTED = "customer.consented"
"""The own event that keeps how a word on a consent can be shown (`said`), of an event that told it (`of`) too."""

RESTS = "lead.number_rests"
"""The own event that keeps what a dialer's call (`of`: source and id) lets rest: digests of numbers, since when."""

DIALLED = "lead.number_dialled"
"""The own event that keeps at which number (`phone`) somebody else was found by a call (`of`: source and id) that does
not say so: what the customer tells later does not change that.
"""

NUMBER_WRONG = "lead.number_wrong"
"""The own event that keeps what a call (`of`: source and id) said of wrong numbers, where somebody who is erased by now
was one with who was called: at `phone` somebody else than this customer was found, or it said nothing of them.
"""

SET_ASIDE = "event.set_aside"
"""The own event that says of another (`of`: source, id, place of arrival) that it is set aside and changes nothing."""

COMPLETED = "lease.completed"
"""The own event that tells what came of a call."""

FOLDED = (MERGED, UNMERGED, ERASED, RESTS, DIALLED, NUMBER_WRONG, COMPLETED)
"""Those that say what states, people and queue are: a rebuild is made of them."""

Name = Annotated[str, msgspec.Meta(pattern=r"\S")]
"""A text with something in it, such as an id."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone."""

_Pairs = list[tuple[Name, Name]]
_Numbers = dict[str, int]


class _Told(msgspec.Struct, frozen=True):
    """What an event tells beside what is declared here is kept as it is."""


class _Merged(_Told, frozen=True):
    into: Name
    same: _Pairs = []
    apart: _Pairs = []


class _Unmerged(_Told, frozen=True):
    left: Name = msgspec.field(name="from")
    same: _Pairs = []
    apart: _Pairs = []


class _Changed(_Told, frozen=True):
    contact: dict[str, Any]


class _Erased(_Told, frozen=True):
    digests: list[Name]
    identities: list[Name] = []
    numbers: _Numbers = {}
    name: Name | None = None


class _Word(_Told, frozen=True):
    purpose: Name
    at: Moment
    given: bool | None = None
    by: str | None = None
    source: str | None = None
    text: str | None = None


class _Consented(_Told, frozen=True):
    said: list[_Word]
    told_by: Name | None = None
    of: tuple[Name, Name] | None = None


class _Rests(_Told, frozen=True):
    of: list[Name]
    numbers: _Numbers


class _Wrong(_Told, frozen=True):
    of: tuple[Name, Name]
    phone: Name | None = None


class _Dialled(_Told, frozen=True):
    of: tuple[Name, Name]
    phone: Name


class _Lease(_Told, frozen=True):
    """Of a lease. All is optional: records of versions before tell less."""

    lease_id: Name | None = None
    queue: Name | None = None
    agent_id: Name | None = None
    decision_id: Name | None = None
    by: Name | None = None
    why: str | None = None
    token: int | None = None
    expires_at: Moment | None = None


class _Completed(_Lease, frozen=True, kw_only=True):
    disposition: Name
    action: Name | None = None
    product: Name | None = None
    dialer: Name | None = None
    call_id: Name | None = None
    status: str | None = None
    user: Name | None = None
    note: str | None = None
    talk_seconds: float | None = None
    callback_at: Moment | None = None
    next_try_at: Moment | None = None
    phone: Name | None = None
    day: Name | None = None
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = None


class _Lead(_Told, frozen=True):
    """Of a lead that is pushed or recalled."""

    queue: Name | None = None
    agent_id: Name | None = None
    by: Name | None = None
    why: str | None = None


class _Decision(_Told, frozen=True):
    decision_id: Name | None = None
    arm: Name | None = None
    actions: list[Name] = []


_SHAPES: Mapping[str, type[_Told]] = {
    MERGED: _Merged, UNMERGED: _Unmerged, CHANGED: _Changed, ERASED: _Erased, RESTS: _Rests, DIALLED: _Dialled,
    NUMBER_WRONG: _Wrong, COMPLETED: _Completed, CONSENTED: _Consented,
}  # fmt: skip

_GROUPS: Mapping[str, type[_Told]] = {"lease.": _Lease, "lead.": _Lead, "decision.": _Decision}
"""By how their types begin, for those without a shape of their own."""

_OWN = ("customer.", "event.", *_GROUPS)


def is_own(kind: str) -> bool:
    """Whether a type is one of the product's own events."""
    return kind.startswith(_OWN)


def check(kind: str, customer_id: str, data: Any) -> None:
    """Raises InvalidInput, which repeats no value, for data of an own event of which nothing can be made."""
    told = shaped(data, _shape(kind))
    if isinstance(told, _Merged) and told.into == customer_id:
        raise InvalidInput("into", "(withheld)", "must be another customer")
    if isinstance(told, _Completed) and told.disposition == CALLBACK and told.callback_at and told.agent_id is None:
        raise InvalidInput("agent_id", "(withheld)", "is missing: somebody must have promised the call")
    if isinstance(told, _Completed) and told.hour is not None and told.day is None:
        raise InvalidInput("day", "(withheld)", "is missing, where there is an hour")


def fault_of(
    kind: str, event_id: str | None, source: str | None, customer_id: str | None, text: str | None
) -> InvalidInput | None:
    """Why nothing can be made of a row of the lake, whose data stand there as JSON; None where something can."""
    names = {"id": event_id, "source": source}
    try:
        check_names(names if kind == SET_ASIDE else {**names, "customer_id": customer_id})
        check(kind, customer_id or "", msgspec.json.decode(text or "null"))
    except msgspec.DecodeError:
        return InvalidInput("data", "(withheld)", "is no JSON")
    except InvalidInput as error:
        return error
    return None


def check_names(names: Mapping[str, str | None]) -> None:
    """Raises InvalidInput that names all that is missing or empty of what says which and whose an event is."""
    empty = [FieldError(name, "(withheld)", "is empty") for name, text in names.items() if not (text and text.strip())]
    if empty:
        raise InvalidInput.of(empty)


Shape = TypeVar("Shape")


def shaped(data: Any, shape: type[Shape]) -> Shape:
    """Data in their shape. Raises InvalidInput, which repeats no value."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise InvalidInput(*_in_words(str(error))) from error


def _shape(kind: str) -> type[_Told]:
    found = _SHAPES.get(kind)
    return found or next((shape for start, shape in _GROUPS.items() if kind.startswith(start)), _Told)


_NAMED = {
    "str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "an object", "datetime": "a time", "null": "null",
}  # fmt: skip

_MISMATCH = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_PLACE = re.compile(r" - at `\$\.?(?P<field>[^`]*)`")


def _in_words(message: str) -> tuple[str, str, str]:
    """Which field a checker's message is about, and what is wrong with it.

    >>> _in_words("Expected `str | null`, got `int` - at `$.lease_id`")
    ('lease_id', '(withheld)', 'is a whole number and must be a text or null')
    >>> _in_words("Object missing required field `into`")
    ('into', '(withheld)', 'is missing')
    """
    place = _PLACE.search(message)
    field = (place["field"] if place else "").strip(".") or "data"
    missing, mismatch = _MISSING.search(message), _MISMATCH.search(message)
    if missing is not None:
        inside = "" if field == "data" else f"{field}."
        return f"{inside}{missing['name']}", "(withheld)", "is missing"
    if mismatch is None:
        return field, "(withheld)", "is empty" if "regex" in message else "has a value that is not allowed"
    wanted = " or ".join(_NAMED.get(name, name) for name in mismatch["wanted"].split(" | "))
    return field, "(withheld)", f"is {_NAMED.get(mismatch['got'], mismatch['got'])} and must be {wanted}"

"""The one error family. Each child carries data and knows the HTTP status and exit status it maps to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One refused value: which field, what it was, and why (what would have been allowed)."""

    field: str
    value: Any
    reason: str

    def __str__(self) -> str:
        return f"{self.field} = {shown(self.value)}: {self.reason}"


_SHOWN = 100
"""Characters of a refused value that are repeated at most."""


def shown(value: Any) -> str:
    """A refused value as a message repeats it: not all of one that is refused for its length."""
    if isinstance(value, str | bytes) and len(value) > _SHOWN:
        return f"{value[:_SHOWN]!r}…"
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # Too deep, or too many digits.
        return type(value).__name__
    return text if len(text) <= 2 * _SHOWN else f"{text[:_SHOWN]}…"


class NextleadError(Exception):
    """Base of everything this product raises on purpose.

    `status` is the HTTP status of the error, `title` its short name; `errors` lists refused fields, possibly none.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process raises it with all it carries, however it is constructed."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[NextleadError], args: tuple[Any, ...], carried: dict[str, Any]) -> NextleadError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(carried)
    return error


class InvalidInput(NextleadError, ValueError):
    """A value that breaks its schema or limits."""

    status = 422
    title = "Invalid input"

    def __init__(self, field: str, value: Any, reason: str) -> None:
        super().__init__(f"{field} = {shown(value)}: {reason}", [FieldError(field, value, reason)])

    @classmethod
    def of(cls, errors: Sequence[FieldError]) -> InvalidInput:
        """One error that carries several refused fields."""
        first = errors[0]
        error = cls(first.field, first.value, first.reason)
        error.errors = tuple(errors)
        return error


class InvalidWorkspace(InvalidInput):
    """A configuration that is refused at load: names the file, the key, the value and what is allowed."""

    title = "Invalid workspace"

    def __init__(self, file: str, key: str, value: Any, allowed: str) -> None:
        super().__init__(f"{file}: {key}", value, allowed)
        self.file = file
        self.key = key


class NotFound(NextleadError):
    """What was asked for does not exist."""

    status = 404
    title = "Not found"

    def __init__(self, kind: str, name: str, hint: str = "") -> None:
        super().__init__(f"{kind} {name!r} does not exist{'; ' + hint if hint else ''}")
        self.kind = kind
        self.name = name


class Unauthorized(NextleadError):
    """No valid key."""

    status = 401
    title = "Unauthorized"


class Forbidden(NextleadError):
    """A valid key whose scope does not reach this."""

    status = 403
    title = "Forbidden"


class StaleToken(NextleadError):
    """A lease that is no longer held with this token."""

    status = 409
    title = "Stale token"


class Conflicting(NextleadError):
    """What was asked for does not go with how things stand."""

    status = 409
    title = "Conflict"


class TooLarge(NextleadError):
    """More than one call may carry."""

    status = 413
    title = "Too much"


class TooBusy(NextleadError):
    """Not now: try again after `retry_after` seconds."""

    status = 429
    title = "Too busy"

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(NextleadError):
    """Something this needs cannot be reached; nothing was done."""

    status = 503
    title = "Unavailable"


class DamagedFiles(Unavailable):
    """Files of a home that cannot be read, by their names in it."""

    def __init__(self, names: Sequence[str]) -> None:
        listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        super().__init__(
            f"{listed} cannot be read: put back a copy, or move it out of the home and do without what it held"
        )
        self.names = tuple(names)


class TimedOut(NextleadError):
    """The wait was longer than its bound; nothing is lost."""

    status = 504
    title = "Timed out"


class AdapterFailed(NextleadError):
    """A workspace's adapter that cannot be loaded or fails: where, what happened, and with which file."""

    title = "The workspace's adapter failed"


class NothingImported(NextleadError):
    """Files of which no row could be taken. told: why, most frequent first; nothing where the files hold no row. file:
    where each row is told of.
    """

    title = "Nothing was imported"

    def __init__(self, told: Sequence[str], file: str | None = None) -> None:
        where = f". Row by row in {file}" if file else ""
        super().__init__(f"{'; '.join(told) or 'the files have no row with anything in it'}{where}")
        self.file = file


class CorruptBundle(NextleadError):
    """A model bundle that does not match its own manifest, or the workspace it is used with."""

    status = 503
    title = "Corrupt model bundle"

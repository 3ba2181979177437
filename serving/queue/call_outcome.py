"""The outcome of a call, as the queue's scripts read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from serving.calls.attempt_records import AttemptRecord, pack
from serving.calls.promise import Promise, row_of
from serving.clock import microseconds, milliseconds
from serving.store.records import CallOutcome, RestingNumber
from serving.store.words import NEVER


def call_outcome(
    disposition: str, rest_until: datetime | None, page: AttemptRecord | None, promise: Promise | None,
    number: str | None, now: datetime, alias: Callable[[str], str] = str,
) -> tuple[bytes, bytes, bytes]:  # fmt: skip
    """What comes after a call, as the scripts read it, and the attempt records before and with it, numbers under an
    alias.
    """
    outcome = CallOutcome(
        disposition=disposition,
        rest=NEVER if rest_until is None else milliseconds(rest_until),
        promise=None if promise is None else row_of(promise, alias),
        number=None if number is None else RestingNumber(number, microseconds(now)),
        hour=None if page is None else page.hour,
        reached=None if page is None else page.reached,
    )
    return _encode(outcome), *((b"", b"") if page is None else (page.before, pack(page.after, alias)))


_encode = msgspec.json.Encoder().encode

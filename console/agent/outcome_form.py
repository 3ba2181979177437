"""The form with which an agent says what came of a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from leads.configuration.vocabulary import DISPOSITIONS
from leads.contact.callback import CALLBACK
from leads.errors import InvalidInput
from serving.queue.completions import Outcome

UNSUITED = ("wrong_time", "wrong_product", "has_it_elsewhere", "wrong_person", "other")
"""Why a suggestion was not a good one, as what decides next can learn from it."""


KEYS: Mapping[str, str] = {
    "sale": "s", "renewed": "r", "interested": "i", "not_interested": "x", "no_answer": "a", "busy": "b",
    "voicemail": "v", "wrong_number": "w", "do_not_call": "q", "callback": "c",
}  # fmt: skip
"""The letter that says each outcome."""

KINDS: Mapping[str, str] = dict.fromkeys(("sale", "renewed", "interested"), "good") | dict.fromkeys(
    ("not_interested", "wrong_number", "do_not_call"), "bad"
)
"""How each outcome looks; the others are plain."""


def outcome_of(form: Mapping[str, str], zone: str) -> Outcome:
    """What came of the call. zone: in which the time of a callback is meant, the customer's.

    Raises InvalidInput naming the field.
    """
    promised = any(form.get(name) for name in ("callback_at", "callback_own"))
    disposition = CALLBACK if promised else form.get("disposition", "")
    if disposition not in DISPOSITIONS:
        raise InvalidInput("disposition", disposition, f"one of {', '.join(DISPOSITIONS)}")
    talked = _seconds(form.get("talk_seconds", ""))
    note = form.get("note", "").strip()[:4000]
    unsuited = form.get("unsuited", "")
    if unsuited and unsuited not in UNSUITED:
        raise InvalidInput("unsuited", unsuited, f"one of {', '.join(UNSUITED)}")
    told = {"talk_seconds": talked, "note": note or None, "outcome": {"unsuited": unsuited} if unsuited else None}
    details = {name: value for name, value in told.items() if value is not None}
    return Outcome(disposition, talked, callback_time(form, zone) if disposition == CALLBACK else None, details)


def callback_time(form: Mapping[str, str], zone: str) -> datetime:
    """When to call back, as the customer's clock has it. Raises InvalidInput."""
    given = form.get("callback_at") or form.get("own_time", "")
    try:
        return datetime.fromisoformat(given).replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise InvalidInput("callback_at", given, "a day and a time") from error


def _seconds(given: str) -> float | None:
    if not given:
        return None
    try:
        seconds = float(given)
    except ValueError as error:
        raise InvalidInput("talk_seconds", given, "a number of seconds") from error
    if not 0 <= seconds <= 86_400:
        raise InvalidInput("talk_seconds", given, "between 0 and 86400")
    return seconds


def proposed_times(
    now: datetime, zone: str, hours: tuple[int, int], best_hours: tuple[int, ...] = ()
) -> list[datetime]:
    """Times at which a callback could be promised, by the customer's clock: in two hours, this evening, and tomorrow
    morning and afternoon, within the hours in which they may be called; at their best hours first.
    """
    local = now.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    opens, closes = hours
    tomorrow = local.replace(minute=0) + timedelta(days=1)
    found = [(local + timedelta(hours=2)).replace(minute=0 if local.minute < 30 else 30)]
    found += [local.replace(hour=18, minute=30)]
    found += [tomorrow.replace(hour=hour) for hour in (*best_hours[:1], 10, 15)]
    found += [(local + timedelta(days=3)).replace(hour=10, minute=0)]
    kept = [time for time in found if time > local + timedelta(minutes=20) and opens <= time.hour < closes]
    return sorted(dict.fromkeys(kept))

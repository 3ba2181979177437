"""The sample insurer's rules once more, by hand: one customer, one action, from the raw events. Slow, and on purpose
written from the text of the rules alone, so that it shares no mistake with what it checks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Happened = tuple[datetime, str, Mapping[str, Any]]
"""When, what, and the fields that came with it."""

HOURS = {"call": (9 * 60, 20 * 60), "wecom": (8 * 60 + 30, 21 * 60), "sms": (9 * 60, 20 * 60)}
SENT = {"call": "call.attempted", "wecom": "wecom.message_sent", "sms": "sms.sent"}
SELLING = ("recommendation", "cross_sell")
IN_GRACE = ("win_back_wecom", "grace_call", "grace_sms")
BEFORE = ("expiry_care_wecom", "expiry_care_sms", "expiry_care_call", "renewal_call", "renewal_offer_wecom",
          "renewal_offer_sms", "motor_renewal_call")  # fmt: skip
PASSED = {
    "callback": ("dialled", "talked", "unreached", "weekly calls", "weekly contacts"),
    "retry": ("dialled", "weekly calls"),
}
UNREACHED = ("no_answer", "busy", "voicemail")


@dataclass(frozen=True)
class Person:
    """All that is known of one customer, in no particular order. consents: as told with the profile, before events.

    due: calls that are due, of `callback` (promised) and `retry` (the last call reached nobody).
    """

    tags: Mapping[str, Any]
    consents: Mapping[str, bool | None]
    zone: str | None
    happened: Sequence[Happened]
    due: Collection[str] = ()

    def times(self, *kinds: str, **fields: Any) -> list[datetime]:
        """When events of these kinds happened that carry one of the given values, in order."""
        return sorted(
            time
            for time, kind, data in self.happened
            if kind in kinds and all(data.get(name) in values for name, values in fields.items())
        )

    def within(self, now: datetime, days: float, *kinds: str, **fields: Any) -> int:
        return sum(now - time < timedelta(days=days) for time in self.times(*kinds, **fields))


@dataclass(frozen=True)
class Offer:
    """What is offered."""

    action: str
    channel: str
    scene: str
    product: str | None


def violations(person: Person, offer: Offer, now: datetime) -> list[str]:
    """The rules that the offer breaks, by name; none where all is well."""
    broken = [] if offer.channel not in SENT else _contact(person, offer, now)
    return broken + _good_for(person, offer, now)


def _contact(person: Person, offer: Offer, now: datetime) -> list[str]:
    channel = offer.channel
    checks = {
        "consent": not _consents(person, channel),
        "hours": not _open(person.zone, channel, now),
        "complaint": _is_open(person, "complaint.opened", "complaint.closed"),
        "claim": _is_open(person, "claim.opened", "claim.closed"),
        "weekly contacts": person.within(now, 7, *SENT.values()) >= 5,
        "monthly contacts": person.within(now, 30, *SENT.values()) >= 10,
    }
    said_no = {"disposition": ("not_interested",)}
    if channel == "call":
        checks |= {
            "minor": (person.tags.get("age") or 18) < 18,
            "dialled": person.within(now, 1, "call.attempted") >= 1,
            "weekly calls": person.within(now, 7, "call.attempted") >= 2,
            "monthly calls": person.within(now, 30, "call.attempted") >= 5,
            "refused": person.within(now, 14, "call.completed", **said_no) > 0,
            "unreached": _unreached(person, now),
            "talked": _talked(person, now),
        }
    if channel == "wecom":
        checks |= {
            "not on WeCom": not (person.tags.get("wecom_added") or person.times("wecom.added")),
            "messaged": person.within(now, 2, "wecom.message_sent") >= 1,
            "weekly messages": person.within(now, 7, "wecom.message_sent") >= 2,
        }
    if channel == "sms":
        checks |= {"SMS": person.within(now, 3, "sms.sent") >= 1, "weekly SMS": person.within(now, 7, "sms.sent") >= 2}
    if offer.scene in SELLING:
        checks["monthly selling"] = person.within(now, 30, *SENT.values(), scene=SELLING) >= 4
    if offer.scene in ("activation", "first_conversion", *SELLING):
        checks["offered after a no"] = person.within(now, 30, "call.completed", **said_no) > 0
    if offer.scene in ("activation", *SELLING):
        checks["complained"] = person.within(now, 14, "complaint.closed") >= 1
    passed = {name for call in person.due for name in PASSED[call]} if channel == "call" else set()
    return [name for name, is_broken in checks.items() if is_broken and name not in passed]


def _consents(person: Person, channel: str) -> bool:
    """What was said last; of two at the same moment the no stands."""
    said: list[tuple[datetime, bool]] = []
    for time, kind, data in person.happened:
        if kind == "consent.changed" and data.get("channel") in (channel, "all") and data.get("consent") is not None:
            said.append((time, not data["consent"]))
        if kind == "call.completed" and data.get("disposition") == "do_not_call" and channel == "call":
            said.append((time, True))
    return not max(said)[1] if said else bool(person.consents.get(channel))


def _open(zone: str | None, channel: str, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(zone or "Asia/Shanghai"))
    opens, closes = HOURS[channel]
    return opens <= local.hour * 60 + local.minute < closes


def _is_open(person: Person, opened: str, closed: str) -> bool:
    """Whether one was opened since the last closing, which ends all that were opened by then."""
    openings, closings = person.times(opened), person.times(closed)
    return bool(openings) and (not closings or max(openings) > max(closings))


def _unreached(person: Person, now: datetime) -> bool:
    """Three in less than seven days, and less than fourteen days since the third."""
    times = person.times("call.completed", disposition=UNREACHED)
    return any(
        third - first < timedelta(days=7) and now - third < timedelta(days=14)
        for first, third in zip(times, times[2:], strict=False)
    )


def _talked(person: Person, now: datetime) -> bool:
    talks = [(time, data["talk_seconds"]) for time, kind, data in person.happened
             if kind == "call.completed" and data.get("talk_seconds") is not None]  # fmt: skip
    return bool(talks) and max(talks)[1] >= 20 and person.within(now, 5, "call.completed") >= 1


def _between(left: timedelta | None, first: float, last: float) -> bool:
    return left is not None and timedelta(days=first) <= left <= timedelta(days=last)


def _good_for(person: Person, offer: Offer, now: datetime) -> list[str]:
    """Eligibility and suitability, by what the action is."""
    tags, due = person.tags, _due(person, now)
    held = [product for product, left in due.items() if left > timedelta()]
    age, income = tags.get("age"), tags.get("income_band") or "middle"
    selling = offer.scene in SELLING and offer.product is not None
    expiring = offer.scene in ("expiry_care", "renewal")
    nearest = min(due.values(), default=None)
    checks = {
        "held already": selling and offer.product in held,
        "nothing expires": expiring and not any(left <= timedelta(days=60) for left in due.values()),
        "nothing in grace": offer.action in IN_GRACE and (nearest is None or nearest > timedelta()),
        "expired already": offer.action in BEFORE and nearest is not None and nearest < timedelta(),
        "a renewal comes first": selling and nearest is not None and nearest <= timedelta(days=45),
        "no expiry near": offer.action == "listening_call" and not _between(nearest, -13, 30),
        "another expires first": offer.action == "motor_renewal_call" and _next(due) != "motor",
        "no car": offer.product == "motor" and selling and not tags.get("car_owner"),
        "no children": offer.product == "student_accident" and not (tags.get("children") or 0) > 0,
        "too poor": selling and offer.product in ("critical_illness", "life", "pension") and income == "low",
        "no age": offer.action.startswith("recommend_") and age is None,
    }
    spans = {
        "recommend_health_call": (18, 65), "recommend_critical_illness_call": (18, 55),
        "recommend_pension_wecom": (30, 60), "cross_sell_pension_call": (25, 60),
        **{f"cross_sell_call_{p}": (18, 65) for p in ("accident", "health", "critical_illness", "life")},
    }  # fmt: skip
    if offer.action in spans and age is not None:
        low, high = spans[offer.action]
        checks["wrong age"] = not low <= age <= high
    return [name for name, is_broken in checks.items() if is_broken]


def _due(person: Person, now: datetime) -> dict[str, timedelta]:
    """The products that can be renewed, and how long each still runs: a year from the latest purchase or renewal and
    two weeks of grace, unless it lapsed after that.
    """
    due = {}
    for product in {data.get("product") for _, kind, data in person.happened if kind.startswith("policy.")}:
        bought = person.times("policy.purchased", "policy.renewed", product=(product,))
        lapsed = person.times("policy.lapsed", product=(product,))
        if bought and not (lapsed and lapsed[-1] > bought[-1]):
            left = bought[-1] + timedelta(days=365) - now
            if left > timedelta(days=-14):
                due[str(product)] = left
    return due


def _next(due: Mapping[str, timedelta]) -> str | None:
    return min(due, key=lambda product: due[product]) if due else None


START = datetime(2025, 1, 1, tzinfo=UTC)
"""When everybody's profile was told."""

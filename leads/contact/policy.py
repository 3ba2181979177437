"""Contact policy: by which channels, at what hours and how often a customer may be contacted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from leads.configuration.rules import Rule, parse_rule
from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from leads.contact.cost import FATIGUE, MESSAGE
from leads.contact.do_not_call import kept_anyway
from leads.contact.limits import Limit, parse_limits
from leads.errors import InvalidInput

CALL = "call"
"""The channel of callbacks."""

CALLBACK_DUE, RETRY_DUE = "callback_due", "retry_due"
DUE = (CALLBACK_DUE, RETRY_DUE)
"""Columns that say whether a callback that the customer was promised is due, and whether the next try is after a call
that reached nobody; where one is absent, nothing is due.
"""

NEEDS = {"call": "phone", "sms": "phone", "wecom": "wechat", "wechat": "wechat", "email": "email"}
"""What a customer is reached at by a channel of this name, where the policy does not say."""

NOTHING_NEEDED = "none"

NUMBER_RESTS = "number_rests"
"""The column that says whether whoever answers at a customer's numbers asked not to be called; where it is absent,
nobody did. No policy passes it.
"""

FLAGS = (*DUE, NUMBER_RESTS)
"""Columns of the decision frame that are false where they are absent."""

REACHED = {"phone": "has_phone", "wechat": "has_wechat", "email": "has_email"}
"""By kind of address the column, and the rule, that say whether one is known; where a column is absent, one is."""

_EASES = {"callbacks": CALLBACK_DUE, "retries": RETRY_DUE}
"""What passes the rules that are listed under a key."""

CONSENTS = ("required", "unless_refused", "none")
"""What a channel needs: a yes, the absence of a no, or nothing. Who said no to calls is not called in any case."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

SALES_HOURS = (time(9), time(21))
"""Local times between which customers are called where a contact policy says nothing."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ChannelPolicy:
    """One channel's policy.

    opens, closes: local times between which it may be used, the closing time excluded; None means at any
        hour.
    days: weekdays on which it may be used, 0 is Monday.
    rules: what must hold of the customer: consent first, then those common to all channels, then the
        channel's own.
    sent: the event that says it was used, None where no event does.
    fatigue: how a contact by it weighs on the customer; a call is 1.
    address: that there is one to reach the customer at, None where the channel needs none.
    """

    opens: time | None
    closes: time | None
    days: tuple[int, ...]
    rules: tuple[Rule, ...]
    sent: str | None = None
    fatigue: float = MESSAGE
    address: Rule | None = None

    @property
    def always_open(self) -> bool:
        return self.opens is None and len(self.days) == len(DAYS)

    def is_open(self, local: datetime) -> bool:
        """Whether it may be used at this local time."""
        return local.weekday() in self.days and _within(self.opens, self.closes, local.time())

    def open_hours(self, day: int) -> tuple[int, ...]:
        """The local hours at whose beginning it may be used on a weekday, 0 being Monday."""
        return _hours_within(self.opens, self.closes) if day in self.days else ()

    def next_opening(self, local: datetime) -> datetime:
        """This local time when open, else the next at which it opens; `local` carries its zone."""
        if self.is_open(local):
            return local
        start = self.opens or time()
        for ahead in range(len(DAYS) + 1):
            day = local.date() + ahead * _DAY
            opening = datetime.combine(day, start, tzinfo=local.tzinfo)
            if opening > local and day.weekday() in self.days:
                return opening
        return local


def _within(opens: time | None, closes: time | None, at: time) -> bool:
    return opens is None or closes is None or opens <= at < closes


@cache
def _hours_within(opens: time | None, closes: time | None) -> tuple[int, ...]:
    return tuple(hour for hour in range(24) if _within(opens, closes, time(hour)))


@dataclass(frozen=True)
class ContactPolicy:
    """When customers may be contacted. `timezone` is for those whose own is not known or not an IANA zone.

    channels: policies of the channels that reach out; content that customers find by themselves has none.
    limits: caps, rests and open cases, each over the channels and scenes that it names.
    eased: by name, the rules that let a promised callback or a retry pass when it is due, as they then stand for calls.
    """

    timezone: str
    channels: Mapping[str, ChannelPolicy]
    limits: tuple[Limit, ...] = ()
    eased: Mapping[str, Rule] = field(default_factory=dict)

    @property
    def fatigue(self) -> dict[str, float]:
        """By channel how a contact weighs on the customer."""
        return {name: policy.fatigue for name, policy in self.channels.items()}

    @property
    def sent(self) -> dict[str, str]:
        """By channel the event that says it was used, where one does."""
        return {name: policy.sent for name, policy in self.channels.items() if policy.sent is not None}

    def rules(self, channel: str, scene: str | None = None) -> tuple[Rule, ...]:
        """What must hold of a customer before the channel is used in a scene, in order; without a scene, what must
        hold in every one.
        """
        if channel not in self.channels:
            return ()
        limits = (limit.rule for limit in self.limits if limit.covers(channel, scene))
        rules = (*self.channels[channel].rules, *limits)
        return tuple(self.eased.get(rule.name, rule) for rule in rules) if channel == CALL else rules


def open_at(
    policy: ContactPolicy, channel: str, timezones: Sequence[str | None] | pl.Series, now: datetime
) -> np.ndarray:
    """Whether the channel's hours are open where each customer is: (n,) bool.

    timezones: an IANA name per customer, None where not known. `now` carries its zone.
    """
    hours = policy.channels.get(channel)
    if hours is None or hours.always_open:
        return np.ones(len(timezones), dtype=bool)
    names, local = _local_times(policy, timezones, now)
    answers = {name: hours.is_open(time) for name, time in local.items()}
    return np.fromiter((answers[name] for name in names), dtype=bool, count=len(names))


def next_opening(
    policy: ContactPolicy, channel: str, timezones: Sequence[str | None] | pl.Series, now: datetime
) -> list[datetime]:
    """From when the channel may be used where each customer is, in UTC: `now` itself where it is open."""
    hours = policy.channels.get(channel)
    if hours is None or hours.always_open:
        return [now.astimezone(UTC)] * len(timezones)
    names, local = _local_times(policy, timezones, now)
    answers = {name: hours.next_opening(time).astimezone(UTC) for name, time in local.items()}
    return [answers[name] for name in names]


def _local_times(
    policy: ContactPolicy, timezones: Sequence[str | None] | pl.Series, now: datetime
) -> tuple[list[str | None], dict[str | None, datetime]]:
    """Each customer's zone, and what time it is in every zone named."""
    if now.tzinfo is None:
        raise InvalidInput("now", now.isoformat(), "a time with a zone")
    names = list(timezones)
    return names, {name: now.astimezone(zone_of(name, policy.timezone)) for name in set(names)}


@lru_cache(maxsize=1024)
def zone_of(name: str | None, default: str) -> tzinfo:
    """The zone of that name, or the default zone where the name is missing or unknown."""
    try:
        return ZoneInfo(name or default)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(default)


def parse_contact(section: Section, workspace: Workspace, scenes: Sequence[str] = ()) -> ContactPolicy:
    """The contact policy from its section; a channel it does not mention needs a customer's consent.

    scenes: those of the catalogue. Raises InvalidWorkspace for an unknown key, channel, scene or event, or hours
    that are not hours.
    """
    section.only("rules", "channels", "cases", "rests", "caps", *_EASES)
    section.section("channels").only(*workspace.channels)
    common = _rules(section.section("rules"))
    inner = section.section("channels")
    channels = {name: _channel(name, inner.section(name), common, workspace) for name in workspace.channels}
    sent = {name: policy.sent for name, policy in channels.items() if policy.sent is not None}
    limits = parse_limits(section, workspace, sent, scenes)
    rules = [*(channels[CALL].rules if CALL in channels else ()), *(limit.rule for limit in limits)]
    return ContactPolicy(workspace.timezone, channels, limits, _eased(section, rules))


def _eased(section: Section, rules: Sequence[Rule]) -> dict[str, Rule]:
    """The rules under `callbacks` and `retries`, which hold too when such a call is due; never one of consent."""
    named = {rule.name: rule for rule in rules if rule.name != "consent"}
    passing: dict[str, list[str]] = {}
    for key in _EASES:
        for name in dict.fromkeys(section.choices(key, named)):
            passing.setdefault(name, []).append(key)
    return {name: _easier(named[name], keys, section) for name, keys in passing.items()}


def _easier(rule: Rule, keys: Sequence[str], section: Section) -> Rule:
    due = " OR ".join(f"coalesce({_EASES[key]}, false)" for key in keys)
    return replace(parse_rule(rule.name, f"{due} OR ({rule.sql})", section, keys[0]), where=rule.where)


def number_free() -> Rule:
    """What must hold before anybody is called: not all of their numbers rest."""
    sql = f"NOT coalesce({NUMBER_RESTS}, false)"
    return parse_rule(NUMBER_RESTS, sql, Section.of("actions.yaml", "contact", {}), "channels")


def open_policy(workspace: Workspace) -> ContactPolicy:
    """The policy of a workspace without one: anyone who can be reached and did not refuse the channel; calls within
    `SALES_HOURS`, all else at any hour.

    A call needs a number, whether or not the workspace keeps consents to calls.
    """
    refusable = Section.of("actions.yaml", "contact", {"consent": "unless_refused"})
    channels = {name: _channel(name, refusable, (), workspace) for name in workspace.channels}
    if CALL in channels:
        return ContactPolicy(workspace.timezone, channels)
    unasked = Section.of("actions.yaml", "contact", {"consent": "none"})
    calls = {CALL: _channel(CALL, unasked, (), workspace)}
    return ContactPolicy(workspace.timezone, calls | channels, kept_anyway(workspace, CALL))


def _channel(name: str, section: Section, common: tuple[Rule, ...], workspace: Workspace) -> ChannelPolicy:
    section.only("consent", "needs", "hours", "days", "rules", "sent", "fatigue")
    consent = {
        "required": f"consent_{name}",
        "unless_refused": f"coalesce(consent_{name}, true)",
        "none": f"coalesce(consent_{name}, true)" if name == CALL and CALL in workspace.channels else None,
    }[section.choice("consent", CONSENTS, "required")]
    asked = () if consent is None else (parse_rule("consent", consent, section, "consent"),)
    opens, closes = parse_hours(section) if section.has("hours") or name != CALL else SALES_HOURS
    days = section.choices("days", DAYS, DAYS)
    return ChannelPolicy(
        opens=opens,
        closes=closes,
        days=tuple(DAYS.index(day) for day in days),
        rules=(*asked, *common, *_rules(section.section("rules"))),
        sent=section.choice("sent", workspace.events) if section.has("sent") else None,
        fatigue=section.number("fatigue", FATIGUE.get(name, MESSAGE), least=0),
        address=_address(name, section),
    )


def _address(name: str, section: Section) -> Rule | None:
    needs = section.choice("needs", (*REACHED, NOTHING_NEEDED), NEEDS.get(name, NOTHING_NEEDED))
    if needs == NOTHING_NEEDED:
        return None
    column = REACHED[needs]
    return parse_rule(column, f"coalesce({column}, true)", section, "needs")


def parse_hours(section: Section) -> tuple[time | None, time | None]:
    """The local times of `hours`, None for both where it is not given. Raises InvalidWorkspace."""
    if not section.has("hours"):
        return None, None
    value: Any = section.values["hours"]
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in value.split("-"))
    except (ValueError, AttributeError) as error:
        raise section.refuse("hours", "local hours such as 09:00-20:00") from error
    if opens >= closes:
        raise section.refuse("hours", "local hours such as 09:00-20:00, the first before the second")
    return opens, closes


def _rules(section: Section) -> tuple[Rule, ...]:
    return tuple(parse_rule(str(name), sql, section, str(name)) for name, sql in section.values.items())

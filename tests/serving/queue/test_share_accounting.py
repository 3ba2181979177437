"""Sums of accounts are those of all accounts added up one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.distribution.fair_shares import Part
from serving.queue.share_accounting import ShareAccount, ShareAccounts, share_of
from serving.store.keyspace import Keyspace
from serving.store.scripts import Scripts

NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = count()
"""One for every example, as they share a store."""

accounts = st.builds(
    ShareAccount, st.sampled_from([0.1, 0.3, 1.0, 2.5]), st.integers(0, 40), st.booleans(), st.integers(0, 40)
)  # fmt: skip
claims = st.lists(st.tuples(st.sampled_from(["top:a", "top:b", "top:c", "team:a"]), st.integers(0, 50), accounts))


def added(noted: Mapping[str, tuple[datetime, ShareAccount]], name: str, now: datetime, content: bool) -> Part:
    """The others of the kind who are at work, without those who are content unless they are asked for."""
    kind = name.partition(":")[0]
    found = [
        account
        for other, (at, account) in noted.items()
        if other != name and other.startswith(f"{kind}:") and at >= now - HOUR and (content or not account.content)
    ]
    return Part(sum(account.weight for account in found), sum(account.start + account.had for account in found))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=claims, asked=st.sampled_from(["top:a", "top:d", "team:a", "team:b"]))
def test_what_others_have_had_is_what_all_their_turns_add_up_to(
    engine: redis.Redis, steps: list[tuple[str, int, ShareAccount]], asked: str
) -> None:
    scripts, day, now = Scripts(engine, Keyspace()), f"day {next(DAYS)}", NOW
    noted: dict[str, tuple[datetime, ShareAccount]] = {}
    for name, minutes, account in steps:
        now += timedelta(minutes=minutes)
        ShareAccounts(scripts, day, now - HOUR).note(name, account, now)
        noted[name] = (now, account)
    found = ShareAccounts(scripts, day, now - HOUR).standing(asked)
    for part, content in ((found.others, True), (found.waiting, False)):
        expected = added(noted, asked, now, content)
        assert part.had == expected.had
        assert part.weight == pytest.approx(expected.weight)
        assert (part.weight == 0) == (expected.weight == 0), "nobody is left without a rounding error"
    assert found.at_work == (asked in noted and noted[asked][0] >= now - HOUR)
    assert found.start == (noted[asked][1].start if asked in noted else 0)


def test_who_comes_later_starts_from_where_the_others_are(engine: redis.Redis) -> None:
    today = ShareAccounts(Scripts(engine, Keyspace()), "today", NOW - HOUR)
    for name in ("top:a", "top:b"):
        today.note(name, ShareAccount(1.0, 0, False, 6), NOW)
    share = share_of("top:c", 1.0, 1, today.standing("top:c"))
    assert (share.start, share.most) == (6, 1)
    today.note("top:c", share.account(1, False), NOW)
    assert share_of("top:c", 1.0, 1, today.standing("top:c")).most == 1

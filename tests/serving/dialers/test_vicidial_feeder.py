"""VICIdial's hopper holds leads that are leased to it, and no others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from leads.errors import Unavailable
from serving.clock import milliseconds
from serving.composition import Composition
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.vicidial.api import NonAgentApi
from serving.dialers.vicidial.lead_records import LeadRecords
from serving.dialers.vicidial.pace import Pace
from serving.dialers.vicidial.replies import Refused
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from tests.serving.dialers.conftest import Fed
from tests.serving.dialers.servers import PASSWORD
from tests.serving.small_home import NOW


def await_hopper(fed: Fed, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(fed.dialer.hopper) < count:
        assert time.monotonic() < deadline, fed.told
        time.sleep(0.01)


def head(parts: Composition, limit: int) -> list[str]:
    return [item.customer_id for item in parts.queue.waiting.head("all", limit, NOW)]


def test_the_best_leads_wait_in_the_hopper_in_order(parts: Composition, fed: Fed) -> None:
    best = head(parts, 8)
    fed.feeder.round()
    assert fed.names == best
    assert parts.queue.leases.count() == 8


def test_leads_that_vicidial_does_not_know_are_added_with_our_code(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    lead = fed.dialer.by_code(fed.names[0])
    assert (lead["phone_code"], lead["list_id"]) == ("86", "101")
    assert len(fed.dialer.called("add_lead")) == 8


def test_a_lead_that_is_known_is_changed_and_not_added_again(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    fed.feeder.give_back()
    fed.feeder.round()
    assert len(fed.dialer.called("add_lead")) == 8
    assert len(fed.dialer.hopper) == 8


def test_agents_are_told_why_in_custom_fields(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    assert fed.dialer.by_code(fed.names[0])["deed"] == "call_first"


def test_who_has_an_extension_is_dialled_at_their_line_and_stays_in_the_hopper(parts: Composition, fed: Fed) -> None:
    (first,) = head(parts, 1)
    parts.people.tell(first, {"phone": "+862112345678;ext=801"}, int(NOW.timestamp() * 1e6))
    fed.feeder.round()
    fed.feeder.round()
    lead = fed.dialer.by_code(first)
    assert (lead["phone_code"], lead["phone_number"], lead["inner"]) == ("86", "2112345678", "801")
    assert first in fed.names


def test_no_agent_gets_whom_vicidial_holds(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    taken = parts.claims.claim("all", Wanted("wang", 50, 120), parts.clock.now())["leases"]
    assert not {lease["customer_id"] for lease in taken} & set(fed.names)


def test_a_full_hopper_is_left_alone(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    fed.feeder.round()
    assert parts.queue.leases.count() == 8


def test_a_hopper_that_runs_low_is_filled_again(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    for _ in range(4):
        fed.dialer.dial()
    fed.feeder.round()
    assert len(fed.dialer.hopper) == 4 + 8


def test_what_nobody_here_has_put_in_is_taken_out(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    held = fed.names
    LeadRecords(parts.client, parts.keyspace, "main").end(held[0])
    fed.feeder.round()
    lead = fed.dialer.by_code(held[0])
    assert held[0] not in fed.names
    assert (lead["status"], lead["rank"]) == ("NLHOLD", "0")


def test_who_refuses_calls_leaves_the_hopper(parts: Composition, fed: Fed, apply: Callable[[], None]) -> None:
    fed.feeder.round()
    name = fed.names[2]
    at = int(parts.clock.now().timestamp() * 1_000_000)
    parts.people.tell(name, {"consent:call": False}, at)
    apply()
    fed.feeder.round()
    assert name not in fed.names
    assert fed.dialer.by_code(name)["status"] == "NLHOLD"
    assert name not in LeadRecords(parts.client, parts.keyspace, "main").held()


def test_leases_of_waiting_leads_are_renewed(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    book = LeadRecords(parts.client, parts.keyspace, "main")
    before = book.held_for(fed.names[0])
    assert before is not None
    soon = parts.clock.now() + timedelta(minutes=1)
    parts.queue.leases.renew(before.lease_id, before.token, soon, parts.clock.now())
    book.hold([type(before)(before.customer_id, before.lease_id, before.token, milliseconds(soon), before.since,
                            before.seen, before.lead_id)])  # fmt: skip
    fed.feeder.round()
    after = parts.queue.leases.find(before.lease_id)
    assert after is not None
    assert after.expires_at > parts.clock.now() + timedelta(minutes=14)


def test_stopping_gives_back_all_that_waits(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    fed.feeder.give_back()
    assert fed.dialer.hopper == []
    assert parts.queue.leases.count() == 0


def test_a_lead_on_a_call_stays_leased_when_feeding_stops(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    fed.dialer.dial()
    fed.feeder.give_back()
    assert parts.queue.leases.count() == 1


def test_a_lead_that_is_not_taken_rests_and_is_told(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    name = fed.names[0]
    fed.feeder.give_back()
    fed.dialer.by_code(name)["outside"] = "Y"
    fed.feeder.round()
    letters = DeadLetters(parts.client, parts.keyspace, "vicidial:main").list()
    assert [letter.customer_id for letter in letters] == [name]
    assert "OUTSIDE OF LOCAL TIME" in letters[0].reason
    assert name not in head(parts, 240)


def test_nothing_is_claimed_while_vicidial_does_not_answer(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    fed.feeder.give_back()
    fed.dialer.faults = [500]
    with pytest.raises(Unavailable):
        fed.feeder.round()
    assert parts.queue.leases.count() == 0


def test_a_hand_over_that_is_cut_short_gives_back_what_was_not_tried(parts: Composition, fed: Fed) -> None:
    real, count = fed.dialer.answer, 0

    def failing(asked: dict[str, str]) -> str:
        nonlocal count
        count += asked["function"] == "add_lead"
        return "<html>" if count == 3 and asked["function"] == "add_lead" else real(asked)

    fed.dialer.answer = failing  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        fed.feeder.round()
    assert len(fed.names) == 2
    assert parts.queue.leases.count() == 3


def test_a_wrong_password_is_told_without_the_password(parts: Composition, fed: Fed) -> None:
    with NonAgentApi(fed.settings, "let me in", Pace(1000)) as api, pytest.raises(Refused) as refused:
        parts.feeding.feeder(fed.settings, api, threading.Event(), fed.told.append).round()
    assert "Invalid Username/Password" in refused.value.detail
    assert "let me in" not in refused.value.detail


def test_feeding_until_stopped_leaves_nothing_behind(parts: Composition, fed: Fed) -> None:
    stopped = threading.Event()
    feeding = threading.Thread(target=parts.feeding.feed, args=(fed.settings, {}, stopped, fed.told.append))
    feeding.start()
    await_hopper(fed, 8)
    stopped.set()
    feeding.join(timeout=20)
    assert fed.dialer.hopper == []
    assert parts.queue.leases.count() == 0


def test_a_second_feeder_takes_over_when_the_first_one_is_gone(parts: Composition, fed: Fed) -> None:
    stops = [threading.Event(), threading.Event()]
    feeders = [
        threading.Thread(target=parts.feeding.feed, args=(fed.settings, {}, stop, fed.told.append)) for stop in stops
    ]
    feeders[0].start()
    await_hopper(fed, 8)
    feeders[1].start()
    while not any(text.startswith("another process feeds main") for text in fed.told):
        time.sleep(0.01)
    stops[0].set()
    feeders[0].join(timeout=20)
    await_hopper(fed, 8)
    assert parts.queue.leases.count() == 8
    stops[1].set()
    feeders[1].join(timeout=20)
    assert parts.queue.leases.count() == 0


def test_after_a_feeder_was_killed_the_next_one_goes_on_with_what_it_had_handed_over(
    parts: Composition, fed: Fed, apply: Callable[[], None]
) -> None:
    fed.feeder.round()
    handed, at = fed.names, int(parts.clock.now().timestamp() * 1_000_000)
    parts.people.tell(handed[2], {"consent:call": False}, at)
    apply()
    fed.dialer.hopper = [
        place for place in fed.dialer.hopper if fed.dialer.leads[place[1]]["vendor_lead_code"] != handed[0]
    ]
    with NonAgentApi(fed.settings, PASSWORD, Pace(fed.settings.per_second)) as api:
        following = parts.feeding.feeder(fed.settings, api, threading.Event(), fed.told.append)
        following.round()
        assert fed.names == [name for name in handed if name not in (handed[0], handed[2])]
        following.give_back()
    held = LeadRecords(parts.client, parts.keyspace, "main").held()
    assert list(held) == [handed[0]], "on a call, for all that is known"


def test_ranks_follow_priorities_and_only_changes_are_sent(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    fed.feeder.give_back()
    fed.feeder.tell_ranks()
    ranks = [int(fed.dialer.by_code(name)["rank"]) for name in head(parts, 8)]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[-1] > 0
    before = len(fed.dialer.asked)
    fed.feeder.tell_ranks()
    assert len(fed.dialer.asked) == before


def test_whom_our_own_agent_holds_gets_the_lowest_rank(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    fed.feeder.give_back()
    fed.feeder.tell_ranks()
    lease = parts.claims.claim("all", Wanted("wang", 1, 120), parts.clock.now())["leases"][0]
    fed.feeder.tell_ranks()
    assert fed.dialer.by_code(lease["customer_id"])["rank"] == "0"
    done = Outcome("no_answer", None, None, {})
    parts.completions.complete(lease["lease_id"], lease["token"], done, parts.clock.now())
    fed.feeder.tell_ranks()
    assert fed.dialer.by_code(lease["customer_id"])["rank"] == "0"


def test_an_outcome_whose_url_was_lost_is_asked_for(parts: Composition, fed: Fed, apply: Callable[[], None]) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    lead["status"] = "NI"
    book = LeadRecords(parts.client, parts.keyspace, "main")
    held = book.held_for(lead["vendor_lead_code"])
    assert held is not None
    book.hold([type(held)(held.customer_id, held.lease_id, held.token, held.ends, held.since, 0, held.lead_id)])
    fed.feeder.round()
    apply()
    timeline = parts.client.zrange(parts.keyspace.timeline(held.customer_id), 0, -1)
    assert sum(b'"lease.completed"' in event for event in timeline) == 1
    assert parts.queue.leases.find(held.lease_id) is None

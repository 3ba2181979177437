"""Who is next is decided on ahead: a claim hands them out as it would have decided, or decides anew what changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from features.home import Home
from leads.arbitration.evidence import Evidence, Response
from serving.clock import exact, from_milliseconds, milliseconds, written
from serving.composition import Composition, compose
from serving.desk.desk import Doing
from serving.events.stream import Event
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.store.filling import filled
from serving.store.keyspace import Keyspace
from serving.store.scripts import _FOLDER
from tests.serving.rebuilt_store import put_back, taken
from tests.serving.small_home import NOW, changed, promote, save_bundle

LATER = NOW + timedelta(minutes=1)
NIGHT = datetime(2026, 3, 3, 22, tzinfo=UTC)
"""Six in the morning in Shanghai."""


@pytest.fixture
def home(home: Home) -> Home:
    """With chance in all its forms: exploration, a ramp, an experiment and a control group."""
    learning = {"exploration": 0.5, "new": ["call_first"], "ramp_from": 0.5}
    arms = {"gentle": {"share": 0.3, "levers": {"scene": {"renew": 0.2}}}}
    changed(home, "actions.yaml", lambda told: told.update(learning=learning, arms=arms, control_share=0.1))
    return Home.open(home.folder)


def prepared(parts: Composition, now: datetime = NOW) -> set[str]:
    """Whoever is next is decided on ahead, where somebody claims; who was."""
    queues = ("all", *parts.configuration.workspace.objectives)
    parts.client.hset(parts.keyspace.claimed, mapping=dict.fromkeys(queues, milliseconds(now)))
    while parts.preparing.step(now):
        pass
    return {name.decode() for name in parts.client.hkeys(parts.keyspace.prepared)}


def claimed(parts: Composition, limit: int = 40, now: datetime = NOW, queue: str = "all") -> list[Any]:
    return list(parts.claims.claim(queue, Wanted("wang", limit, 60), now)["leases"])


def decided_at(parts: Composition, leases: list[Any]) -> dict[str, str]:
    """By customer when the decision behind their lease was made."""
    return {lease["customer_id"]: parts.ledger.read(lease["decision_id"])["at"] for lease in leases}


def handed_out(parts: Composition, leases: list[Any]) -> list[Any]:
    """All that is answered and kept of leases, but for the names that each gets."""
    found = []
    for lease in leases:
        number, decision = lease["lease_id"].rpartition("-")[2], lease["decision_id"]
        line = parts.client.zrange(parts.keyspace.timeline(lease["customer_id"]), 0, -1, withscores=True)
        purpose = json.loads(parts.client.get(parts.keyspace.lease_purpose(lease["lease_id"])) or b"{}")
        kept = json.loads(parts.client.get(parts.keyspace.purpose(decision)) or b"{}")
        texts = [lease, purpose, kept, parts.ledger.read(decision), [(json.loads(text), at) for text, at in line]]
        plain = json.dumps(texts, ensure_ascii=False)
        found.append(json.loads(plain.replace(lease["lease_id"], f"lease {number}").replace(decision, "decision")))
    return found


def granted(parts: Composition) -> list[dict[str, Any]]:
    """What the record says of leases that were granted, but for names."""
    events = [entry.event for number in range(8) for entry in parts.stream.read(number, "0-0")]
    names = ("lease_id", "decision_id")
    return sorted(
        (
            {"customer": event.customer_id, "time": event.time, "source": event.source}
            | {name: value for name, value in event.data.items() if name not in names}
            for event in events
            if event.type == "lease.granted"
        ),
        key=lambda row: int(row["token"]),
    )  # fmt: skip


@pytest.mark.parametrize("queue", ["all", "conversion", "cross_sell", "renewal"])
def test_a_lead_that_was_decided_on_ahead_is_handed_out_as_it_would_be_decided_now(
    parts: Composition, queue: str
) -> None:
    parts.experience.keep(Evidence({"call_first": Response(40, 3.0, 5), "call_renew": Response(90, 60.0, 50)}))
    parts.queue.pushed.push("c004", "all", "boss", "why", NOW)
    before = taken(parts.client)
    ahead = prepared(parts)
    assert len(ahead) > 100
    first = claimed(parts, queue=queue)
    assert {lease["customer_id"] for lease in first} <= ahead
    by_ahead, events = handed_out(parts, first), granted(parts)
    parts.client.flushall()
    put_back(parts.client, before)
    anew = claimed(parts, queue=queue)
    assert by_ahead == handed_out(parts, anew)
    assert events == granted(parts)
    assert len(events) == len(first) >= 20


def test_decisions_that_were_made_ahead_are_the_same_when_they_are_made_again(parts: Composition) -> None:
    prepared(parts)
    for lease in claimed(parts, 20, LATER):
        assert parts.replay.of(lease["decision_id"]).differences == {}


def test_what_was_decided_ahead_is_handed_out_once(parts: Composition) -> None:
    prepared(parts)
    (lease,) = claimed(parts, 1, LATER)
    parts.queue.leases.release(lease["lease_id"], lease["token"], LATER)
    (again,) = claimed(parts, 1, LATER)
    assert again["customer_id"] == lease["customer_id"]
    assert again["decision_id"] != lease["decision_id"]
    assert decided_at(parts, [lease, again]) == {lease["customer_id"]: exact(LATER)}


def best(parts: Composition) -> str:
    """Who is handed out first."""
    (lease,) = claimed(parts, 1)
    parts.queue.leases.release(lease["lease_id"], lease["token"], NOW)
    prepared(parts)
    return str(lease["customer_id"])


def tell(**news: Any) -> Callable[[Composition, str], None]:
    """The customer says something, which no worker has applied yet."""
    named = {name.replace("__", ":"): value for name, value in news.items()}
    return lambda parts, name: parts.people.tell(name, named, milliseconds(LATER) * 1000) and None


def happens(parts: Composition, name: str) -> None:
    event = Event("e", "web", "quote.requested", name, milliseconds(NOW) * 1000, {"product": "motor", "premium": 9.0})
    parts.stream.accept([event], NOW)
    worker = parts.stream_worker()
    worker.tend()
    assert worker.step()


def number_rests(parts: Composition, name: str) -> None:
    (reach,) = parts.contacts.reach([name])
    assert reach is not None
    parts.contacts.numbers.rest({parts.contacts.numbers.digest(phone): 1 for phone in reach.phones[:1]})


def is_called(parts: Composition, name: str) -> None:
    """Somebody who holds the customer in another queue tells of a call, and gives them back at once."""
    parts.client.hset(parts.keyspace.attempts, name, parts.client.hget(parts.keyspace.attempts, name) or PAGE)


PAGE = b"\x96\xaa2026-03-04\x01\x01\x01\x80\x80"
"""One call today that reached nobody."""


def new_models(parts: Composition, name: str) -> None:
    for objective in parts.configuration.workspace.objectives:
        save_bundle(parts.home, objective, "2")
    promote(parts.home, "2")
    parts.models.refresh()


def learned(parts: Composition, name: str) -> None:
    parts.experience.keep(Evidence({"call_first": Response(40, 3.0, 5)}))


@pytest.mark.parametrize(
    "change",
    [
        tell(consent__call=True), tell(consent__sms=False), tell(phone="+8613900000901"), tell(tag__age=41.0),
        tell(timezone="Asia/Tokyo"), happens, number_rests, is_called, new_models, learned,
    ],
    ids=["consent", "other consent", "phone", "tag", "zone", "event", "number", "call", "models", "evidence"],
)  # fmt: skip
def test_whoever_something_changed_of_is_decided_on_anew(
    parts: Composition, change: Callable[[Composition, str], None]
) -> None:
    taken_first = best(parts)
    assert decided_at(parts, claimed(parts, 1, LATER)) == {taken_first: exact(NOW)}
    name = best(parts)
    change(parts, name)
    parts.queue.pushed.push(name, "all", "boss", "why", LATER)
    leases = claimed(parts, 1, LATER)
    assert name not in decided_at(parts, leases) or decided_at(parts, leases)[name] == exact(LATER)


def test_whoever_refused_calls_since_is_not_handed_out(parts: Composition) -> None:
    name = best(parts)
    parts.people.tell(name, {"consent:call": False}, milliseconds(LATER) * 1000)
    assert name not in {lease["customer_id"] for lease in claimed(parts, 40, LATER)}


def test_whoever_has_no_number_left_that_may_be_dialled_is_not_handed_out(parts: Composition) -> None:
    name = best(parts)
    number_rests(parts, name)
    assert name not in {lease["customer_id"] for lease in claimed(parts, 40, LATER)}


@pytest.mark.parametrize(("minutes", "stands"), [(4.9, True), (5.1, False)])
def test_what_was_decided_ahead_stands_for_as_long_as_the_workspace_says(
    parts: Composition, minutes: float, stands: bool
) -> None:
    prepared(parts)
    now = NOW + timedelta(minutes=minutes)
    assert set(decided_at(parts, claimed(parts, 10, now)).values()) == {exact(NOW if stands else now)}


@pytest.mark.parametrize("change", ["month", "day", "bucket"])
def test_nothing_stands_past_the_time_at_which_chance_or_the_day_changes(parts: Composition, change: str) -> None:
    # In Shanghai it is two minutes before midnight, or in the draws' time, which is UTC, eight hours later.
    end = {
        "month": datetime(2026, 3, 31, 16, tzinfo=UTC), "day": datetime(2026, 3, 4, 16, tzinfo=UTC),
        "bucket": datetime(2026, 3, 5, 0, tzinfo=UTC),
    }[change]  # fmt: skip
    (reach,) = parts.contacts.reach(["c001"])
    assert reach is not None
    ends = parts.preparing._ends(reach, end - timedelta(minutes=2))
    assert ends == end


def test_a_home_that_says_so_decides_at_each_claim(home: Home, parts: Composition) -> None:
    changed(home, "actions.yaml", lambda told: told.update(queue={"decided_ahead": "0s"}))
    other = compose(parts.settings, parts.url)
    assert prepared(other) == set()
    assert set(decided_at(other, claimed(other, 10, LATER)).values()) == {exact(LATER)}


def test_nobody_is_decided_on_ahead_where_it_is_night(parts: Composition) -> None:
    assert prepared(parts, NIGHT) == set()
    assert len(prepared(parts, NOW)) > 100


def test_only_who_is_next_where_somebody_claims_is_decided_on_ahead(parts: Composition) -> None:
    while parts.preparing.step(NOW):
        pass
    assert not parts.client.exists(parts.keyspace.prepared)
    (lease,) = claimed(parts, 1, NOW, "renewal")
    while parts.preparing.step(NOW):
        pass
    renewals = {item.customer_id for item in parts.queue.waiting.head("renewal", 1000, NOW)}
    assert {name.decode() for name in parts.client.hkeys(parts.keyspace.prepared)} == renewals
    assert lease["customer_id"] not in renewals
    for now, count in ((NOW + timedelta(minutes=50), len(renewals)), (NOW + timedelta(minutes=65), 0)):
        while parts.preparing.step(now):
            pass
        assert parts.client.hlen(parts.keyspace.prepared) == count


def test_who_is_next_after_a_claim_is_decided_on_then(parts: Composition) -> None:
    ahead = prepared(parts)
    handed = {lease["customer_id"] for lease in claimed(parts, 40, LATER)}
    waiting = {item.customer_id for item in parts.queue.waiting.head("all", 40, LATER)}
    assert prepared(parts, LATER) >= waiting
    assert not prepared(parts, LATER) & handed
    assert ahead > handed


def test_with_whom_something_happened_is_decided_on_again_before_the_time(parts: Composition) -> None:
    name = best(parts)
    happens(parts, name)
    prepared(parts, LATER)
    leases = claimed(parts, 40, LATER + timedelta(seconds=1))
    assert decided_at(parts, leases)[name] == exact(LATER)


def test_a_decision_that_took_longer_than_something_that_happened_is_not_kept(parts: Composition) -> None:
    name = best(parts)
    now = NOW + timedelta(minutes=6)
    drawn = parts.queue.prepared.draw(1000, now)
    assert name in drawn.queues
    happens(parts, name)
    parts.client.delete(parts.keyspace.prepared)
    parts.queue.prepared.keep(drawn, {}, now, now)
    assert name in parts.queue.prepared.draw(1000, now).queues


def test_of_whoever_is_erased_nothing_is_kept_that_was_decided_ahead(parts: Composition) -> None:
    name = best(parts)
    drawn = parts.queue.prepared.draw(1000, NOW + timedelta(minutes=6))
    parts.queue.people.forget(name, LATER)
    assert not parts.client.hexists(parts.keyspace.prepared, name)
    parts.queue.prepared.keep(drawn, {}, LATER, LATER)
    assert not parts.client.zscore(parts.keyspace.next, name)


def test_whoever_waits_for_a_promise_is_decided_on_at_the_claim(parts: Composition) -> None:
    (lease,) = claimed(parts, 1, NOW)
    due = NOW + timedelta(minutes=2)
    parts.completions.complete(lease["lease_id"], lease["token"], Outcome("callback", 3.0, due, {}), NOW)
    now = NOW + timedelta(minutes=3)
    parts.queue.time.settle(now)
    assert lease["customer_id"] not in prepared(parts, now)
    (again,) = claimed(parts, 1, now)
    assert again["customer_id"] == lease["customer_id"]
    assert again["promise"] is not None
    assert again["reasons"][0]["feature"] == "callback"


def test_a_paused_objective_is_not_handed_out_though_it_was_decided_ahead(parts: Composition) -> None:
    prepared(parts)
    objective = parts.configuration.catalogue.actions.named(claimed(parts, 1, LATER)[0]["action"]["action"]).objective
    prepared(parts, LATER)
    parts.desk.pause("queue", Doing("pause", str(objective), "boss", "why", "key"), LATER)
    actions = {lease["action"]["action"] for lease in claimed(parts, 40, LATER)}
    assert objective not in {parts.configuration.catalogue.actions.named(name).objective for name in actions}


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
def test_scripts_write_times_as_answers_do(moment: datetime) -> None:
    value = milliseconds(moment.replace(tzinfo=UTC))
    assert SCRIPTED(value) == written(from_milliseconds(value))


class _Scripted:
    """The store's own way to write a time."""

    def __init__(self) -> None:
        self.engine: redis.Redis | None = None

    def __call__(self, value: int) -> str:
        assert self.engine is not None
        text = filled((_FOLDER / "common.lua").read_text("utf-8"), Keyspace()) + "return written(tonumber(ARGV[1]))"
        found: Any = self.engine.eval(text, 0, value)
        return str(found.decode())


SCRIPTED = _Scripted()


@pytest.fixture(autouse=True)
def _engine(engine: redis.Redis) -> None:
    SCRIPTED.engine = engine

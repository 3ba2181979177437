"""People in the hot store: merged by the rule, kept apart by proof, whoever tells it at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.people import unite
from serving.calls.attempt_records import AttemptRecords
from serving.composition import Composition
from serving.events.stream import Stream
from serving.live.worker import StreamWorker
from serving.people.circle import Circles
from serving.people.contact import Contact
from serving.people.contacts import Contacts
from serving.people.merging import Merging
from serving.people.pasts import Pasts
from serving.people.people import People
from serving.people.settling import Settling
from serving.queue.lease import Wanted
from serving.queue.queued_people import QueuedPeople
from serving.store.keyspace import Keyspace
from serving.store.scripts import Scripts
from serving.wiring.queueing import Queueing
from tests.serving.small_home import NOW
from tests.serving.small_service import Served

PHONES = ("+8613800009001", "+8613800009002")
_run = count()

telling = st.tuples(
    st.sampled_from(["u1", "u2", "u3", "u4"]),
    st.sampled_from(PHONES),
    st.sampled_from(["wx1", "wx2", "wx3", None]),
)


def people_of(parts: Composition, prefix: str) -> People:
    """People of a keyspace of their own."""
    keys = Keyspace(prefix)
    contacts = Contacts(parts.client, keys, parts.digests)
    stream = Stream(parts.client, keys, 8, parts.pressure)
    hot, workspace = type(parts.hot)(parts.configuration.layout, prefix), parts.configuration.workspace
    circles = Circles(parts.client, keys, workspace, contacts)
    queue = QueuedPeople(Scripts(parts.client, keys), AttemptRecords(parts.client, keys), 8)
    pasts = Pasts(parts.client, hot, queue)
    settling = Settling(keys, workspace, contacts, hot, stream, pasts)
    return People(parts.client, keys, workspace, contacts, circles, settling)


def merging_of(people: People) -> Merging:
    """The word of a person on these people."""
    return Merging(people._client, people._keys, people._contacts, people._circles, people._settling, people)


def news_of(phone: str, wechat: str | None) -> dict[str, Any]:
    return {"phone": phone} | ({"wechat": wechat} if wechat else {})


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(telling, min_size=1, max_size=6, unique_by=lambda t: t[0]), st.randoms(use_true_random=False))
def test_people_are_the_same_in_whatever_order_and_however_often_they_are_told(
    parts: Composition, tellings: list[tuple[str, str, str | None]], random: Any
) -> None:
    everyone = [Contact(name, 0).told(5, news_of(phone, wechat)).known({}, {}) for name, phone, wechat in tellings]
    expected = unite(everyone).into
    arrived = [*tellings, *tellings[:2]]
    random.shuffle(arrived)
    prefix = f"{{people{next(_run)}}}"
    people = people_of(parts, prefix)
    for name, phone, wechat in arrived:
        people.tell(name, news_of(phone, wechat), 5)
    contacts = Contacts(parts.client, Keyspace(prefix), parts.digests)
    found = dict(zip(expected, contacts.surviving(list(expected)), strict=True))
    assert found == expected
    kept = {contact.customer_id for contact in contacts.read(list(expected.values())) if contact is not None}
    assert kept == set(expected.values())
    assert sorted(name for chunk in contacts.ids(10) for name in chunk) == sorted(kept)
    for name, phone, _ in tellings:
        assert contacts.surviving([contacts.owners([f"phone:{phone}"])[0] or ""])[0] == expected[name]


def test_one_phone_of_two_national_ids_is_kept_apart_and_listed_until_it_is_cleared(parts: Composition) -> None:
    people = people_of(parts, "{apart}")
    people.tell("ann", {"phone": PHONES[0], "tag:national_id": "id 1"}, 1)
    assert people.tell("bob", {"phone": PHONES[0], "tag:national_id": "ＩＤ 2"}, 2).customer_id == "bob"
    (conflict,) = people.conflicts()
    assert (conflict.identity, conflict.customers) == (f"phone:{PHONES[0]}", ("ann", "bob"))
    assert people.tell("bob", {"tag:national_id": "ID 1"}, 3).customer_id == "ann"
    assert people.conflicts() == []


def test_a_conflict_ends_when_one_of_them_has_another_phone(parts: Composition) -> None:
    people = people_of(parts, "{moved}")
    people.tell("ann", {"phone": PHONES[0], "tag:national_id": "1"}, 1)
    people.tell("bob", {"phone": PHONES[0], "tag:national_id": "2"}, 2)
    people.tell("ann", {"phone": PHONES[1]}, 3)
    assert people.conflicts() == []
    contacts = Contacts(parts.client, Keyspace("{moved}"), parts.digests)
    assert contacts.owners([f"phone:{phone}" for phone in PHONES]) == ["bob", "ann"]


def test_two_who_tell_of_one_phone_at_once_are_one(parts: Composition) -> None:
    several = [people_of(parts, "{race}") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: several[i % 4].tell(f"r{i}", {"phone": PHONES[0]}, i), range(5)))
    contacts = Contacts(parts.client, Keyspace("{race}"), parts.digests)
    assert set(contacts.surviving([f"r{i}" for i in range(5)])) == {"r0"}
    assert contacts.count() == 1


@pytest.mark.parametrize("feature", ["quote_requested__count_7d", "any__count_7d"])
def test_features_after_a_merge_are_those_of_one_customer(served: Served, feature: str) -> None:
    phone = {"identities": {"phone": "+8613800000004"}}
    events = [served.event("x", "twin"), served.event("y", "c004"), served.event("z", "one")]
    served.crm.post("/events?wait=scored", json=[*events, served.event("w", "one")])
    served.crm.put("/customers/twin?wait=scored", json=phone)
    merged, one = (served.parts.hot.read(served.parts.client, [name]) for name in ("c004", "one"))
    column = served.parts.configuration.layout.interactions.offsets[feature]
    before = 2.0 ** -((NOW.timestamp() * 1e6 - quoted(served, "c004")) / (7 * 86_400e6))
    assert merged.interactions[0][column] == pytest.approx(one.interactions[0][column] + before, rel=1e-9)


def quoted(served: Served, customer_id: str) -> float:
    """When the customer asked for a quote before today, in microseconds."""
    from features.lake import read_events

    events = read_events(served.parts.home)
    return float(
        events.filter(customer_id=customer_id, type="quote.requested", source="history")["time"].to_physical()[0]
    )


def test_whoever_holds_a_customer_holds_the_person_they_turn_out_to_be(parts: Composition) -> None:
    queue: Queueing = parts.queue
    parts.people.tell("twin", {"phone": "+8613800009009"}, int(NOW.timestamp() * 1e6))
    worker = parts.stream_worker()
    work(worker)
    lease = next(
        lease
        for lease in queue.leases.claim("all", Wanted("wang", 1000), NOW, "2026-03-04")
        if lease.customer_id == "twin"
    )
    release_all(parts, but=lease.id)
    parts.people.tell("c004", {"phone": "+8613800009009"}, int(NOW.timestamp() * 1e6) + 1)
    work(worker)
    assert "c004" not in [item.customer_id for item in queue.waiting.head("all", 1000, NOW)]
    assert queue.leases.complete(lease.id, lease.token, None, [], NOW).customer_id == "c004"


def work(worker: StreamWorker) -> None:
    worker.tend()
    while worker.step():
        pass


def release_all(parts: Composition, but: str) -> None:
    for name in parts.client.hkeys(parts.keyspace.leased):  # type: ignore[union-attr]
        held = parts.queue.leases.find(name.decode())
        if held is not None and held.id != but:
            parts.queue.leases.release(held.id, held.token, NOW)

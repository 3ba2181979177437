"""What stays of whoever was erased: nothing that anybody can try out, and nothing that keeps a number for ever."""

from __future__ import annotations

import stat
from datetime import timedelta

import pytest

from features.digest import Digests, digest_of
from features.forgotten import forgotten
from features.lake import read_own, read_records
from features.own_events import ERASED
from leads.errors import InvalidInput
from serving.clock import Clock, microseconds
from serving.composition import Composition
from serving.people.customers import Telling
from serving.people.erased_customers import ErasedCustomers
from tests.serving.small_home import NOW
from tests.serving.small_service import Served
from tests.serving.working import work

PHONE = "+8613955551234"
TOLD = Telling(identities={"phone": PHONE})
HELD = timedelta(days=180)


@pytest.fixture
def patience(request: pytest.FixtureRequest) -> timedelta:
    """No worker runs beside tests without a service."""
    return timedelta(seconds=5 if "served" in request.fixturenames else 0)


def cleaned(parts: Composition) -> None:
    work(parts)
    parts.recorder.drain()
    parts.cleaning.step()


@pytest.fixture
def erased(parts: Composition) -> Composition:
    """c004, who had a number of their own."""
    parts.people.tell("c004", {"phone": PHONE}, microseconds(NOW))
    cleaned(parts)
    parts.erasure.erase("c004", NOW)
    cleaned(parts)
    return parts


def later(parts: Composition, span: timedelta) -> ErasedCustomers:
    """As they are asked after that span."""
    clock = Clock(parts.clock.offset + span)
    holds = parts.configuration.workspace.erased_holds
    return ErasedCustomers(parts.client, parts.keyspace, parts.digests, clock, holds)


def test_a_number_cannot_be_tried_out_of_what_stays(erased: Composition) -> None:
    public = [digest_of(text)[:16] for text in ("c004", f"phone:{PHONE}")]
    hot = b"".join(erased.client.zrange(erased.keyspace.tombstones, 0, -1)).decode()
    lake = "".join(map(str, read_own(erased.home, ERASED).row(0)))
    assert len(hot) > 60 and "numbers" in lake
    assert not [digest for digest in public if digest in hot + lake]
    assert stat.S_IMODE((erased.home.folder / "secret").stat().st_mode) == 0o600


def test_another_home_keeps_other_digests(erased: Composition, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert Digests(tmp_path_factory.mktemp("other")).of("c004") != erased.digests.of("c004")


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_numbers_next_owner_is_taken_in_once_it_is_held_no_longer(erased: Composition, rebuilt: bool) -> None:
    if rebuilt:
        erased.client.flushall()
        erased.rebuild.run(NOW)
    assert later(erased, HELD - timedelta(days=1)).among(["c004", f"phone:{PHONE}"]) == [True, True]
    assert later(erased, HELD + timedelta(days=1)).among(["c004", f"phone:{PHONE}"]) == [True, False]


def test_an_import_takes_the_next_owner_in_too(erased: Composition) -> None:
    folder = erased.home.folder
    found = [forgotten(folder, NOW + HELD + timedelta(days=days)) for days in (-1, 1)]
    assert [(f"phone:{PHONE}" in each, "c004" in each) for each in found] == [(True, True), (False, True)]


def test_what_a_version_before_kept_counts_and_is_brought_under_the_secret(parts: Composition) -> None:
    client, keys = parts.client, parts.keyspace
    client.sadd(keys.erased, digest_of("c004"), digest_of(f"phone:{PHONE}"))
    client.zadd(keys.numbers, {digest_of(f"phone:{PHONE}"): 7.0})
    parts.rebuild.run(NOW)
    assert parts.erased_customers.among(["c004", f"phone:{PHONE}", "c005"]) == [True, True, False]
    assert parts.contacts.numbers.resting([PHONE]) == {parts.digests.of_number(PHONE): 7}
    assert not client.exists(keys.erased) and client.zscore(keys.numbers, digest_of(f"phone:{PHONE}")) is None
    with pytest.raises(InvalidInput, match="erased"):
        parts.customers.tell("new", TOLD, NOW)


def test_a_dialer_is_not_told_who_was_erased_and_what_it_tells_of_them_goes_nowhere(served: Served) -> None:
    parts, call = served.parts, "call.completed"
    parts.people.tell("c004", {"phone": PHONE}, microseconds(NOW))
    assert served.crm.delete("/customers/c004").json()["erased"] is True
    events = [
        served.event(name, subject, call, data={"disposition": "no_answer"})
        for name, subject in (("1", "c004"), ("2", f"phone:{PHONE}"), ("3", "c005"))
    ]
    answers = [served.dialer.post("/events?wait=scored", json=[event]).json() for event in events]
    assert [(answer["accepted"], answer["rejected"]) for answer in answers] == [(1, [])] * 3
    again = [served.dialer.post("/events", json=[event]).json()["duplicates"] for event in events]
    assert again == [1, 1, 1]
    there = [entry.event.customer_id for at in range(parts.stream.partitions) for entry in parts.stream.read(at, "0")]
    assert "c005" in there
    assert "c004" not in there
    parts.recorder.drain()
    assert served.crm.get("/customers/c004").status_code == 404
    assert served.crm.get(f"/customers/phone:{PHONE}").status_code == 404
    assert PHONE not in read_records(parts.home)["phone"].to_list()
    assert served.crm.post("/events", json=[events[1] | {"id": "4"}]).status_code == 422

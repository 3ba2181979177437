"""Nothing stops the stream: what cannot be applied, ranked, recorded or rebuilt is set aside, and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features.lake import append_own, read_events, read_own
from features.own_events import CHANGED, COMPLETED, ERASED, MERGED, RESTS, UNMERGED
from leads.history import TIME
from serving.composition import Composition
from serving.events.aside import Letter
from serving.events.stream import UNREADABLE, Event
from serving.live.worker import StreamWorker
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW

AT = int(NOW.timestamp() * 1e6)


def event(name: str, customer: str, kind: str = "quote.requested", time: Any = AT, **data: Any) -> dict[str, Any]:
    return {"id": name, "source": "test", "type": kind, "customer_id": customer, "time": time, "data": data}


def plant(parts: Composition, customer: str, fields: Mapping[str, str | bytes]) -> str:
    """Straight into a customer's stream, past the door; where it stands."""
    partition = parts.stream.partition(customer)
    position: Any = parts.client.xadd(parts.keyspace.stream(partition), dict(fields))  # type: ignore[arg-type]
    return f"{partition}/{position.decode()}"


def worked(parts: Composition) -> StreamWorker:
    """A worker after everything that waits."""
    worker = parts.stream_worker()
    worker.tend()
    while worker.step():
        pass
    parts.recorder.drain()
    return worker


def quoted(parts: Composition, customer: str) -> float:
    column = parts.configuration.layout.interactions.offsets["quote_requested__count_7d"]
    return float(parts.hot.read(parts.client, [customer]).interactions[0][column])


def letters(parts: Composition) -> list[Letter]:
    return parts.aside.list()


def hot(parts: Composition, customers: list[str]) -> list[Any]:
    """All that a rebuild must find again."""
    views = [key for view in ("interactions", "standing") for key in parts.hot.keys(view, customers)]
    return [parts.client.mget(views), parts.contacts.read(customers)]


PLANTED: dict[str, dict[str, str]] = {
    "no JSON": {"event": "{"},
    "no text": {"event": "\udcff"},
    "no event": {"other": "1"},
    "another shape": {"event": '{"id": 1}'},
    "before the calendar": {"event": json.dumps(event("x", "new-1", time=-62_135_625_600_000_000))},
    "after the calendar": {"event": json.dumps(event("x", "new-1", time=10**18))},
    "beyond every number": {"event": json.dumps(event("x", "new-1", time=10**30))},
    "a field beyond the calendar": {"event": json.dumps(event("x", "new-1", expires_at=9 * 10**18))},
    "a field that is no time": {"event": json.dumps(event("x", "new-1", expires_at="soon"))},
    "a type that is not declared": {"event": json.dumps(event("x", "new-1", "moon.landed"))},
    "a change without a record": {"event": json.dumps(event("x", "new-1", CHANGED))},
    "a change of something else": {"event": json.dumps(event("x", "new-1", CHANGED, contact={"moon": 1}))},
    "a merge into nobody": {"event": json.dumps(event("x", "new-1", MERGED))},
    "a merge into oneself": {"event": json.dumps(event("x", "new-1", MERGED, into="new-1"))},
    "an erasure of nobody": {"event": json.dumps(event("x", "new-1", ERASED))},
    "an event of nobody": {"event": json.dumps(event("x", ""))},
    "an event of a blank": {"event": json.dumps(event("x", " "))},
    "an event without an id": {"event": json.dumps(event("", "new-1"))},
    "an event without a source": {"event": json.dumps(event("x", "new-1") | {"source": ""})},
    "an own event of nobody": {"event": json.dumps(event("x", "", COMPLETED, disposition="busy"))},
    "a field that is no text": {"event": json.dumps(event("x", "new-1", product=5))},
    "a field that is a list": {"event": json.dumps(event("x", "new-1", "call.completed", disposition=["busy"]))},
    "a field that is no number": {"event": json.dumps(event("x", "new-1", premium="5"))},
    "a field that is true": {"event": json.dumps(event("x", "new-1", premium=True))},
    "a field that is beyond numbers": {"event": f'{json.dumps(event("x", "new-1"))[:-2]}"premium": {10**400}}}}}'},
    "a consent that is no word": {
        "event": json.dumps(event("x", "new-1", "consent.changed", channel="call", consent=1))
    },
    "a change of somebody else": {
        "event": json.dumps(event("x", "new-1", CHANGED, contact={"customer_id": "c001", "at": AT}))
    },
    "a change with a number as phone": {
        "event": json.dumps(event("x", "new-1", CHANGED, contact={"customer_id": "new-1", "at": AT, "phone": 138}))
    },
    "a merge that names pairs of one": {"event": json.dumps(event("x", "new-1", MERGED, into="c002", same=[["c001"]]))},
    "a merge into a number": {"event": json.dumps(event("x", "new-1", MERGED, into=5))},
    "a parting from a number": {"event": json.dumps(event("x", "new-1", UNMERGED, **{"from": 5}))},
    "a tombstone with a number": {"event": json.dumps(event("x", "new-1", ERASED, digests=[5]))},
    "rests of no number": {"event": json.dumps(event("x", "new-1", RESTS, of=[], numbers=["a"]))},
    **{
        f"a call whose {name} is a number": {
            "event": json.dumps(event("x", "new-1", COMPLETED, **{"disposition": "wrong_number", name: 5}))
        }
        for name in ("lease_id", "queue", "agent_id", "decision_id", "action", "product", "call_id", "phone", "day")
    },
    "a call of no disposition": {"event": json.dumps(event("x", "new-1", COMPLETED, lease_id="l1"))},
    "a call that nobody promised": {
        "event": json.dumps(event("x", "new-1", COMPLETED, disposition="callback", callback_at=f"{NOW.isoformat()}"))
    },
    "a call at no hour": {"event": json.dumps(event("x", "new-1", COMPLETED, disposition="busy", hour=24, day="d"))},
    "a lease with a number": {"event": json.dumps(event("x", "new-1", "lease.granted", lease_id=5))},
    "an ending of an empty lease": {"event": json.dumps(event("x", "new-1", "lease.expired", lease_id=""))},
    "a push into a number": {"event": json.dumps(event("x", "new-1", "lead.pushed", queue=5, by="m", why="w"))},
}


def test_entries_that_cannot_be_applied_are_set_aside_each_with_a_reason_and_change_nothing(parts: Composition) -> None:
    planted = {}
    parts.stream.accept([Event(**event("before", "new-1"))], NOW)
    for name, fields in PLANTED.items():
        encoded = {key: value.encode(errors="surrogateescape") for key, value in fields.items()}
        planted[plant(parts, "new-1", encoded)] = name
    parts.stream.accept([Event(**event("after", "new-1")), Event(**event("other", "new-2"))], NOW)
    position = parts.stream.position()
    worked(parts)
    assert parts.stream.reached(position)
    assert (quoted(parts, "new-1"), quoted(parts, "new-2")) == (2.0, 1.0)
    told = letters(parts)
    # Many came in one millisecond, and are told by position as text.
    assert sorted(planted[letter.position] for letter in told) == sorted(PLANTED)
    for letter in told:
        field, _, wrong = letter.reason.partition(": ")
        assert field and wrong and not letter.reason.startswith("the program"), planted[letter.position]
        assert letter.type != UNREADABLE or letter.customer_id == ""
    customers = ["new-1", "new-2", "c001", "", " "]
    live, known = hot(parts, customers), parts.contacts.count()
    parts.rebuild.run(NOW)
    assert hot(parts, customers) == live and parts.contacts.count() == known
    assert letters(parts) == told
    assert sorted(read_events(parts.home).filter(source="test")["id"]) == ["after", "before", "other"]


def test_what_is_recorded_before_it_is_applied_is_set_aside_by_the_recorder(parts: Composition) -> None:
    plant(parts, "new-1", PLANTED["after the calendar"])
    parts.stream.accept([Event(**event("good", "new-1"))], NOW)
    parts.recorder.drain()
    assert [letter.stage for letter in letters(parts)] == ["record"]
    parts.rebuild.run(NOW)
    assert quoted(parts, "new-1") == 1.0 and len(letters(parts)) == 1


def test_a_decision_that_cannot_be_recorded_is_set_aside(parts: Composition) -> None:
    parts.client.xadd(parts.keyspace.decisions, {"decision": "{"})
    parts.client.xadd(parts.keyspace.decisions, {"moon": "1"})
    kept = {"id": "dec-1", "customer_id": "c001", "at": NOW.isoformat()}
    parts.client.xadd(parts.keyspace.decisions, {"decision": json.dumps(kept)})
    parts.recorder.drain()
    assert [letter.stage for letter in letters(parts)] == ["record", "record"]
    files = list(parts.home.lake.glob("decisions/*/*.parquet"))
    assert [pl.read_parquet(file)["id"].to_list() for file in files] == [["dec-1"]]
    assert parts.client.xlen(parts.keyspace.decisions) == 0


def standing(parts: Composition) -> set[str]:
    return {item.customer_id for item in parts.queue.waiting.head("all", 1000, NOW)}


def test_who_cannot_be_ranked_is_handed_to_nobody_and_blocks_nobody(parts: Composition) -> None:
    head = parts.queue.waiting.head("all", 3, NOW)
    broken, others = head[0].customer_id, standing(parts) - {head[0].customer_id}
    parts.client.hset(parts.keyspace.promises, broken, "no promise")
    parts.stream.accept([Event(**event("a", broken)), Event(**event("b", head[1].customer_id))], NOW)
    before = quoted(parts, broken)
    worked(parts)
    assert quoted(parts, broken) > before and letters(parts) == []
    assert standing(parts) == others
    assert list(parts.client.hgetall(parts.keyspace.unranked)) == [broken.encode()]  # type: ignore[arg-type]
    parts.placement.rescore([item.customer_id for item in head], NOW)
    assert standing(parts) == others
    parts.client.hdel(parts.keyspace.promises, broken)
    parts.placement.rescore([broken], NOW)
    assert standing(parts) == others | {broken} and not parts.client.hlen(parts.keyspace.unranked)


def test_who_cannot_be_decided_on_is_not_handed_out_and_the_others_of_the_claim_are(parts: Composition) -> None:
    head = parts.queue.waiting.head("all", 4, NOW)
    broken = head[1].customer_id
    parts.client.hset(parts.keyspace.promises, broken, "no promise")
    leases = parts.claims.claim("all", Wanted("ann", 3, 60, (), ()), NOW)["leases"]
    assert [lease["customer_id"] for lease in leases] == [head[row].customer_id for row in (0, 2, 3)]
    assert broken not in standing(parts)


def test_a_home_that_reached_into_the_future_reaches_to_its_newest_event_again(parts: Composition) -> None:
    parts.home.set_observed_until(datetime(2126, 1, 1, tzinfo=UTC))
    parts.stream.accept([Event(**event("a", "c001"))], NOW)
    parts.recorder.drain()
    assert NOW <= parts.home.observed_until < NOW + timedelta(minutes=5)


def own(name: str, kind: str, customer: str, data: str) -> pl.DataFrame:
    columns = {"id": [name], "source": ["planted"], "type": [kind], "customer_id": [customer]}
    return pl.DataFrame(columns | {"time": pl.Series([NOW], dtype=TIME), "data": [data]})


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (COMPLETED, "{}"),
        (COMPLETED, "no JSON"),
        (COMPLETED, '{"lease_id": 5, "disposition": "busy"}'),
        (COMPLETED, '{"disposition": "busy", "next_try_at": "soon"}'),
        (ERASED, "{}"),
        (MERGED, "{}"),
        (MERGED, "["),
        (MERGED, '{"into": "c002", "same": 5}'),
        (UNMERGED, '{"from": 5}'),
        (RESTS, '{"of": [], "numbers": []}'),
    ],
)
def test_a_row_of_the_lake_of_which_nothing_can_be_made_does_not_stop_a_rebuild(
    parts: Composition, kind: str, data: str
) -> None:
    before = hot(parts, ["c001", "c002"])
    append_own(parts.home, own("x", kind, "c001", data))
    parts.rebuild.run(NOW)
    assert hot(parts, ["c001", "c002"]) == before
    parts.rebuild.run(NOW)
    assert hot(parts, ["c001", "c002"]) == before
    assert read_own(parts.home, kind).filter(source="planted").is_empty()
    assert [(letter.type, letter.stage) for letter in letters(parts)] == [(kind, "rebuild")]


def test_merges_in_the_lake_that_lead_round_in_a_circle_stop_nothing(parts: Composition) -> None:
    for name, into in (("c001", "c002"), ("c002", "c001"), ("c003", "c003")):
        append_own(parts.home, own(name, MERGED, name, json.dumps({"into": into})))
    parts.rebuild.run(NOW)
    assert parts.contacts.surviving(["c001", "c002", "c003"]) == ["c001", "c001", "c003"]
    assert parts.contacts.reach(["c001", "c003"]) != [None, None]


@pytest.mark.parametrize("whose", [None, "", " "])
def test_an_event_in_the_lake_that_does_not_say_whose_it_is_is_set_aside(parts: Composition, whose: str | None) -> None:
    customers, before = parts.contacts.count(), hot(parts, ["c001"])
    file = next(iter(parts.home.lake.glob("events/*/*.parquet")))
    pl.read_parquet(file).head(1).with_columns(id=pl.lit("x"), customer_id=pl.lit(whose, pl.String)).write_parquet(
        file.with_name("planted.parquet")
    )
    parts.rebuild.run(NOW)
    assert hot(parts, ["c001"]) == before and parts.contacts.count() == customers
    assert [letter.id for letter in letters(parts)] == ["x"]


def test_what_was_set_aside_of_an_erased_customer_is_forgotten(parts: Composition) -> None:
    plant(parts, "c001", {"event": json.dumps(event("x", "c001", time=10**18))})
    plant(parts, "c001", {"event": '{"customer_id": "c001"'})
    plant(parts, "c002", {"event": json.dumps(event("y", "c002", time=10**18))})
    worked(parts)
    assert len(letters(parts)) == 3
    parts.client.sadd(parts.keyspace.erasing, "c001")
    parts.cleaning.step()
    assert [letter.id for letter in letters(parts)] == ["y"]


def test_a_wrong_number_that_is_set_aside_is_reported_of_nobody(parts: Composition) -> None:
    told = {"disposition": "wrong_number", "lease_id": 5, "phone": "+8613800000001"}
    plant(parts, "c001", {"event": json.dumps(event("x", "c001", COMPLETED, **told))})
    before = parts.contacts.read(["c001"])
    worked(parts)
    assert parts.contacts.read(["c001"]) == before and len(letters(parts)) == 1


def test_a_reason_names_no_value(parts: Composition) -> None:
    plant(parts, "new-1", {"event": json.dumps(event("x", "new-1", CHANGED, contact={"phone": "+8613800138000"}))})
    worked(parts)
    assert "138" not in letters(parts)[0].reason

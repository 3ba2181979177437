"""What a workspace keeps no longer goes: from lake, history and live state alike, and of nobody who is held."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.home import Home
from features.lake import read_customers, read_events
from leads.errors import InvalidWorkspace
from serving.audit.checking import check
from serving.audit.entry import Entry
from serving.audit.files import ChainFiles, audit_folder
from serving.audit.trail import Trail
from serving.clock import milliseconds
from serving.composition import Composition
from serving.events.stream import Event
from serving.people.customers import Telling
from tests.serving.live.test_rebuild import states
from tests.serving.small_home import NOW, changed
from training.batch import features_of

KEPT = {
    "retention": {
        "events": {"quote.requested": "30d", "call.completed": "20d"}, "tags": {"vip": "100d"}, "decisions": "10d",
        "trail": "184d",
    }
}  # fmt: skip
AT = int(NOW.timestamp() * 1e6)
DAY = 86_400 * 10**6


@pytest.fixture
def home(home: Home) -> Home:
    changed(home, "workspace.yaml", lambda told: told.update(KEPT))
    return Home.open(home.folder)


@pytest.fixture
def lived(parts: Composition) -> Composition:
    """Calls of c004 long ago and lately, and a refusal long ago; a tag told anew lately; a decision."""
    old, late = AT - 25 * DAY, AT - 2 * DAY
    calls = [("old", old, "no_answer"), ("late", late, "no_answer"), ("refused", old, "do_not_call")]
    events = [
        Event(name, "test", "call.completed", "c004", at, {"disposition": said, "talk_seconds": 9.0})
        for name, at, said in calls
    ]
    parts.stream.accept(events, NOW)
    parts.customers.tell("c005", Telling(tags={"vip": True}), NOW - timedelta(days=1))
    # It was done today: the worker leaves it to the test.
    parts.client.hset(parts.keyspace.meta, "retained", milliseconds(NOW))
    worker = parts.stream_worker()
    worker.tend()
    while worker.step():
        pass
    return parts


def left(home: Home, customer: str) -> set[str]:
    events = read_events(home)
    return set(events.filter(customer_id=customer)["id"])


def test_overdue_events_go_from_the_lake_and_what_they_refused_stays(lived: Composition) -> None:
    lived.retention.run(NOW)
    assert left(lived.home, "c004") >= {"late", "refused"}
    assert "old" not in left(lived.home, "c004")
    quotes = read_events(lived.home).filter(type="quote.requested")
    assert 0 < len(quotes) < 240
    assert quotes["time"].min() >= NOW - timedelta(days=31)
    assert len(read_events(lived.home).filter(type="policy.purchased")) == 80


def test_live_state_history_and_a_rebuild_agree_on_what_is_left(lived: Composition) -> None:
    lived.retention.run(NOW)
    live = states(lived)
    past = features_of(lived.home, NOW)
    row = lived.scorer.score(["c004"], NOW).sheet.row(0)
    told = past.filter(customer_id="c004").row(0, named=True)
    assert row["call_completed__count_7d"] == pytest.approx(told["call_completed__count_7d"])
    assert row["call_completed__since_first_days"] == pytest.approx(told["call_completed__since_first_days"])
    lived.rebuild.run(NOW)
    again = states(lived)
    assert live.keys() == again.keys()
    for name, value in live.items():
        if b"profile" not in name:
            assert value == again[name], name


def test_tags_that_were_told_too_long_ago_are_known_no_more(lived: Composition) -> None:
    lived.retention.run(NOW)
    assert "vip" not in lived.customers.known("c006").tags
    assert lived.customers.known("c005").tags["vip"] is True
    assert "age" in lived.customers.known("c006").tags
    records = read_customers(lived.home)
    assert set(records.filter(customer_id="c006")["vip"]) == {None}
    lived.rebuild.run(NOW)
    assert "vip" not in lived.customers.known("c006").tags
    assert lived.customers.known("c005").tags["vip"] is True


def test_whoever_is_held_keeps_all(lived: Composition) -> None:
    lived.legal_holds.place(["c004", "c006"], "legal", "case 7", NOW)
    lived.retention.run(NOW)
    assert "old" in left(lived.home, "c004")
    assert "vip" in lived.customers.known("c006").tags


def test_a_dry_run_only_counts_and_a_second_run_finds_nothing(lived: Composition) -> None:
    before = left(lived.home, "c004")
    dry = lived.retention.run(NOW, dry=True)
    assert left(lived.home, "c004") == before
    assert lived.retention.run(NOW).counts == dry.counts
    assert dry.counts["events.call.completed"] == 1
    assert lived.retention.run(NOW).counts == {}


def test_what_is_too_old_to_be_kept_is_not_taken_in(parts: Composition) -> None:
    item = {
        "specversion": "1.0", "id": "q", "source": "test", "type": "quote.requested", "subject": "c001",
        "time": (NOW - timedelta(days=40)).isoformat(), "data": {"product": "motor"},
    }  # fmt: skip
    (refused,) = parts.intake.accept([item], NOW).rejected
    assert "within 30 days" in refused.reason


def test_the_trail_loses_whole_files_and_a_check_finds_nothing_missing(parts: Composition) -> None:
    folder = parts.home.folder
    for months in (14, 12, 10, 1):
        trail = Trail(folder)
        trail.keep(Entry((NOW - timedelta(days=31 * months)).timestamp(), "x", "crm", "score.read", "POST /score"))
        trail.close()
    files = ChainFiles(audit_folder(folder), 1)
    assert len(files.full) == 3
    assert parts.retention.run(NOW).trail == 3
    found = check(folder)
    assert (found.problems, found.lines) == ([], 1)
    _forge_start(files)
    assert check(folder).problems


def _forge_start(files: ChainFiles) -> None:
    text = files.start.read_text("ascii")
    files.start.write_text("9" + text[1:], "ascii")


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({"events": {"policy.purchased": "300d"}}, "policy.purchased"),
        ({"events": {"consent.changed": "300d"}}, "consent.changed"),
        ({"events": {"quote.requested": "1h"}}, "quote.requested"),
        ({"tags": {"shoe": "300d"}}, "shoe"),
        ({"trail": "90d"}, "trail"),
        ({"leases": "90d"}, "leases"),
    ],
)
def test_what_cannot_be_kept_so_short_is_refused_by_key(home: Home, told: dict[str, object], key: str) -> None:
    changed(home, "workspace.yaml", lambda document: document.update({"retention": told}))
    with pytest.raises(InvalidWorkspace, match=key):
        _ = Home.open(home.folder).configuration


def test_retention_leaves_models_as_they_are(pattern: Home, home: Home) -> None:
    assert pattern.configuration.workspace.digest == home.configuration.workspace.digest

"""What calls left behind of two customers who turn out to be one: kept at once, and the same after a rebuild."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from features.home import Home
from serving.clock import Clock
from serving.composition import Composition, compose
from serving.live.worker import StreamWorker
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.settings import Settings
from tests.serving.rebuilt_store import RebuiltStores
from tests.serving.small_home import NOW

SHARED = "+8613955550000"
SOON, LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=3)


@pytest.fixture
def strict(home: Home, engine_url: str, stores: RebuiltStores) -> Composition:
    """A service where nobody is called within five days after a call, but for promised callbacks and retries."""
    file = home.folder / "workspace" / "actions.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "contact:\n",
        "contact:\n  callbacks: [rest_after_call]\n  retries: [rest_after_call]\n"
        "  rests:\n    rest_after_call: {events: [call.completed], rest: 5d, channels: [call]}\n",
    )
    file.write_text(text, encoding="utf-8")
    made = compose(Settings(home.folder, engine_url, Clock.starting_at(NOW).offset), engine_url)
    stores.fill(made)
    return made


@pytest.fixture
def worker(strict: Composition) -> StreamWorker:
    made = strict.stream_worker()
    made.tend()
    return made


class Day:
    """A day at work: calls and merges, each applied at once."""

    def __init__(self, parts: Composition, worker: StreamWorker) -> None:
        self.parts = parts
        self._worker = worker

    def called(self, agent: str, outcome: Outcome, at: datetime = NOW) -> str:
        """The customer of an agent's next lead, with whom this came of the call."""
        (lease,) = self.parts.claims.claim("all", Wanted(agent), at)["leases"]
        self.parts.completions.complete(lease["lease_id"], lease["token"], outcome, at)
        self._work()
        return str(lease["customer_id"])

    def merged(self, *customers: str) -> str:
        """The id that survives when they tell the same number."""
        at = int(NOW.timestamp() * 1e6)
        for place, customer in enumerate(customers, 1):
            self.parts.people.tell(customer, {"phone": SHARED}, at + place)
        self._work()
        return self.parts.contacts.surviving([customers[0]])[0]

    def _work(self) -> None:
        while self._worker.step():
            pass


@pytest.fixture
def day(strict: Composition, worker: StreamWorker) -> Day:
    return Day(strict, worker)


def callback(due: datetime, **told: Any) -> Outcome:
    return Outcome("callback", 60.0, due, told)


def kept(parts: Composition) -> dict[str, Any]:
    names = ("rest", "promises", "retries", "attempts", "hours")
    found: dict[str, Any] = {name: parts.client.hgetall(getattr(parts.keyspace, name)) for name in names}
    found["attempts"] = dict(
        zip(found["attempts"], parts.attempt_records.attempts(list_of(found["attempts"])), strict=True)
    )
    found["rest"] = {name: float(rest) for name, rest in found["rest"].items()}
    found["retries"] = {name: float(due) for name, due in found["retries"].items()}
    return found | {"resting": parts.queue.rests.by_disposition(NOW)}


def list_of(names: Any) -> list[str]:
    return [name.decode() for name in names]


def test_who_is_merged_away_leaves_the_promise_to_the_one_who_stays_at_once(strict: Composition, day: Day) -> None:
    promised = day.called("wang", callback(SOON))
    survivor = day.merged(promised, "a-first")
    assert survivor == "a-first"
    (lease,) = strict.claims.claim("all", Wanted("wang"), SOON)["leases"]
    assert (lease["customer_id"], lease["order"]) == (survivor, "callback")


def test_of_two_promises_the_earlier_one_counts_with_who_promised_it_and_what_was_said(
    strict: Composition, day: Day
) -> None:
    later = day.called("wang", callback(LATER, note="asks for a quote"))
    sooner = day.called("li", callback(SOON, note="in a meeting"))
    survivor = day.merged(later, sooner)
    (promise,) = strict.queue.promises.of([survivor])
    assert promise is not None
    assert (promise.agent_id, promise.due, promise.details["note"]) == ("li", SOON, "in a meeting")
    assert strict.queue.promises.count() == 1
    (lease,) = strict.claims.claim("all", Wanted("li"), SOON)["leases"]
    assert (lease["customer_id"], lease["order"]) == (survivor, "callback")


def test_who_is_merged_away_leaves_the_retry_to_the_one_who_stays_at_once(strict: Composition, day: Day) -> None:
    busy = day.called("wang", Outcome("busy", 0.0, None, {}))
    survivor = day.merged(busy, "a-first")
    soon = NOW + timedelta(minutes=10)
    leases = strict.claims.claim("all", Wanted("wang", 200), soon)["leases"]
    assert survivor in [lease["customer_id"] for lease in leases]


def test_the_longer_rest_counts_under_the_outcome_that_it_came_of(strict: Composition, day: Day) -> None:
    refused = day.called("wang", Outcome("not_interested", 9.0, None, {}))
    busy = day.called("li", Outcome("busy", 0.0, None, {}))
    day.merged(refused, busy)
    assert strict.queue.rests.by_disposition(NOW) == {"not_interested": 1}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    "outcomes",
    [
        (callback(LATER), callback(SOON)),
        (callback(SOON), Outcome("no_answer", 0.0, None, {})),
        (Outcome("not_interested", 9.0, None, {}), Outcome("busy", 0.0, None, {})),
        (Outcome("do_not_call", 9.0, None, {}), callback(SOON)),
        (Outcome("voicemail", 0.0, None, {}), Outcome("busy", 0.0, None, {})),
    ],
)
def test_what_calls_left_behind_of_the_merged_is_the_same_after_a_rebuild(
    strict: Composition, day: Day, outcomes: tuple[Outcome, Outcome], order: tuple[int, int]
) -> None:
    """Whichever call came last: it was another customer's until they became one."""
    for place in order:
        day.called(f"agent-{place}", outcomes[place], NOW + timedelta(milliseconds=place))
    people = list_of(strict.client.hkeys(strict.keyspace.rest))
    day.merged(*people)
    before = kept(strict)
    strict.recorder.drain()
    strict.client.flushall()
    strict.rebuild.run(NOW + timedelta(seconds=1))
    assert kept(strict) == before

"""What recurs: learning by itself, and looking after itself, once in the declared while."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from features.home import Home
from serving.clock import microseconds
from serving.composition import Composition, compose
from serving.decisions.batch import Request
from serving.events.stream import Event
from serving.live.recurring import Recurring
from tests.serving.naming_home import make_naming_home
from tests.serving.small_home import NOW
from tests.serving.small_service import with_other


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that learns every day."""
    return make_naming_home(tmp_path_factory.mktemp("learner"), learning={"every": "1d"})


def at(parts: Composition, url: str, passed: timedelta) -> Composition:
    """The same service when some time has passed."""
    offset = parts.settings.clock_offset + passed
    return compose(replace(parts.settings, clock_offset=offset), url)


def finished(learner: Recurring) -> None:
    deadline = time.monotonic() + 60
    while learner.busy and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not learner.busy


def called(parts: Composition) -> int:
    """Decisions of 30 customers, half of them carried out; how many."""
    request = Request("next-action")
    scored = parts.scorer.score([f"c{i:03d}" for i in range(30)], NOW)
    made = parts.entries.enter(scored, parts.decider.decide(scored, request, NOW), request, NOW)[::2]
    time_ = microseconds(NOW)
    parts.stream.accept(
        [Event(d.id, "t", "call.attempted", d.customer_id, time_, {"decision_id": d.id}) for d in made], NOW
    )
    return len(made)


def test_the_worker_that_records_learns_and_others_see_it_without_a_restart(
    parts: Composition, engine_url: str
) -> None:
    other = compose(parts.settings, engine_url)
    assert other.experience.evidence.responses == {}
    carried_out = called(parts)
    learner = at(parts, engine_url, timedelta(days=62)).recurring()["learned"]
    assert learner.step()
    finished(learner)
    assert sum(found.trials for found in other.experience.evidence.responses.values()) == carried_out
    assert not learner.step()
    assert not at(parts, engine_url, timedelta(days=62, hours=23)).recurring()["learned"].step()
    later = at(parts, engine_url, timedelta(days=63, hours=1)).recurring()["learned"]
    assert later.step()
    later.stop()


def test_only_the_worker_with_the_recorders_role_learns(parts: Composition, engine_url: str) -> None:
    called(parts)
    workers = [at(parts, engine_url, timedelta(days=62)).stream_worker() for _ in range(3)]
    for worker in workers:
        worker.tend()
    (learning,) = (worker for worker in workers if worker.recurring["learned"].busy)
    assert learning is workers[0]
    finished(learning.recurring["learned"])


def test_nothing_is_learned_of_a_past_or_where_it_is_not_declared(parts: Composition, engine_url: str) -> None:
    past = compose(replace(parts.settings, record=False), engine_url)
    assert not past.recurring()["learned"].step()
    catalogue = parts.configuration.catalogue
    by_hand = replace(
        catalogue,
        experiments=replace(catalogue.experiments, learning=replace(catalogue.experiments.learning, every=None)),
    )
    assert (
        not with_other(parts, configuration=replace(parts.configuration, catalogue=by_hand))
        .recurring()["learned"]
        .step()
    )


def test_who_is_watched_is_looked_at_a_while_after_the_start_and_then_at_the_declared_cadence(
    parts: Composition, engine_url: str
) -> None:
    def watching(passed: timedelta, **settings: object) -> Recurring:
        own = replace(parts.settings, clock_offset=parts.settings.clock_offset + passed, watcher="timeit", **settings)
        return compose(own, engine_url).recurring()["watched"]

    assert not watching(timedelta()).step()
    assert not watching(timedelta(hours=23)).step()
    later = watching(timedelta(hours=25))
    assert later.step()
    finished(later)
    assert not watching(timedelta(hours=26)).step()
    assert not watching(timedelta(days=9), record=False).step()


def test_a_service_without_a_watcher_looks_after_nothing(parts: Composition) -> None:
    assert set(parts.recurring()) == {"learned"}

"""Learning by itself, once in the declared while."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from features.home import Home
from serving.clock import microseconds
from serving.decisions.deciding import Request
from serving.decisions.learner import Learner
from serving.decisions.next_action import record
from serving.events.stream import Event
from serving.live.worker import Worker
from serving.services import Services, build
from tests.serving.naming_home import make_naming_home
from tests.serving.small_home import NOW


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that learns every day."""
    return make_naming_home(tmp_path_factory.mktemp("learner"), learning={"every": "1d"})


def at(services: Services, url: str, passed: timedelta) -> Services:
    """The same service when some time has passed."""
    offset = services.settings.clock_offset + passed
    return build(replace(services.settings, clock_offset=offset), url)


def finished(learner: Learner) -> None:
    deadline = time.monotonic() + 60
    while learner.busy and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not learner.busy


def called(services: Services) -> int:
    """Decisions of 30 customers, half of them carried out; how many."""
    request = Request("next-action")
    scored = services.scorer.score([f"c{i:03d}" for i in range(30)], NOW)
    made = record(services, scored, services.decider.make(scored, request, NOW), request, NOW)[::2]
    time_ = microseconds(NOW)
    services.stream.accept(
        [Event(d.id, "t", "call.attempted", d.customer_id, time_, {"decision_id": d.id}) for d in made], NOW
    )
    return len(made)


def test_the_worker_that_records_learns_and_others_see_it_without_a_restart(
    services: Services, engine_url: str
) -> None:
    other = build(services.settings, engine_url)
    assert other.experience.evidence.responses == {}
    carried_out = called(services)
    learner = Learner(at(services, engine_url, timedelta(days=62)))
    assert learner.step()
    finished(learner)
    assert sum(found.trials for found in other.experience.evidence.responses.values()) == carried_out
    assert not learner.step()
    assert not Learner(at(services, engine_url, timedelta(days=62, hours=23))).step()
    later = Learner(at(services, engine_url, timedelta(days=63, hours=1)))
    assert later.step()
    later.stop()


def test_only_the_worker_with_the_recorders_role_learns(services: Services, engine_url: str) -> None:
    called(services)
    workers = [Worker(at(services, engine_url, timedelta(days=62))) for _ in range(3)]
    for worker in workers:
        worker.tend()
    (learning,) = (worker for worker in workers if worker.learner.busy)
    assert learning is workers[0]
    finished(learning.learner)


def test_nothing_is_learned_of_a_past_or_where_it_is_not_declared(services: Services, engine_url: str) -> None:
    past = build(replace(services.settings, record=False), engine_url)
    assert not Learner(past).step()
    catalogue = services.configuration.catalogue
    by_hand = replace(catalogue, learning=replace(catalogue.learning, every=None))
    assert not Learner(replace(services, configuration=replace(services.configuration, catalogue=by_hand))).step()

"""Whoever refuses profiling is served without a score, by the rules alone, wherever and however they said so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from features.configuration import checked
from features.onboarding import import_into
from leads.history import History
from serving.composition import Composition
from serving.decisions.batch import Request
from serving.decisions.ledger import decision_body
from serving.http.view import CustomerCards
from serving.live.worker import StreamWorker
from serving.people.customers import Telling
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW
from training.batch import score
from training.data.dataset import Record, full_sets

LATER = NOW + timedelta(minutes=30)
AT = int(NOW.timestamp() * 1e6)
WHO, OTHER = "c003", "c006"
"""Both hold a policy that expires soon."""


_workers: dict[str, StreamWorker] = {}


@pytest.fixture(autouse=True)
def worker(parts: Composition) -> None:
    """The one worker, who has all partitions."""
    _workers.clear()
    _workers[""] = parts.stream_worker()
    _workers[""].tend()


def work(parts: Composition) -> None:
    while _workers[""].step():
        pass


def by_put(parts: Composition) -> None:
    parts.customers.tell(WHO, Telling(consents={"profiling": False}), NOW)


def by_event(parts: Composition, channel: str = "profiling", given: bool = False, seconds: int = 0) -> None:
    item = {
        "specversion": "1.0", "id": f"no{seconds}", "source": "test", "type": "consent.changed", "subject": WHO,
        "time": (NOW + timedelta(seconds=seconds)).isoformat(), "data": {"channel": channel, "consent": given},
    }  # fmt: skip
    assert parts.intake.accept([item], LATER).accepted == 1
    work(parts)


def by_import(parts: Composition) -> None:
    told = {"customer_id": [WHO], "at": [NOW], "phone": ["13800000003"], "consent_profiling": [False]}
    customers = pl.DataFrame(told)
    history = History(customers, pl.DataFrame(schema=parts.configuration.workspace.event_schema), NOW)
    import_into(parts.configuration, parts.home.folder, checked(parts.configuration.workspace, history))
    parts.rebuild.run(LATER)


HOW = pytest.mark.parametrize("refuse", [by_put, by_event, by_import])
EITHER = pytest.mark.parametrize("refuse", [by_put, by_event])


def scores(parts: Composition) -> dict[str, Any]:
    answered = parts.scores.answer([WHO, OTHER], 3, LATER)["results"]
    return {result["customer_id"]: result for result in answered}


@HOW
def test_no_score_is_answered_and_the_reasons_say_why(
    parts: Composition, refuse: Callable[[Composition], None]
) -> None:
    refuse(parts)
    found = scores(parts)
    assert not any(found[WHO]["scores"].values())
    assert not any(found[WHO]["uplift"].values())
    assert not found[WHO]["profiled"]
    (reason,) = found[WHO]["reasons"]
    assert "画像" in reason["text"]["zh"] or "个性化" in reason["text"]["zh"]
    assert found[OTHER]["profiled"]
    assert found[OTHER]["scores"]["renewal"]["probability"] > 0
    assert {reason["feature"] for reason in found[OTHER]["reasons"]}.isdisjoint({"consent_profiling"})


@EITHER
def test_they_are_offered_what_others_are_by_rules_and_no_chance_is_told(
    parts: Composition, refuse: Callable[[Composition], None]
) -> None:
    refuse(parts)
    answered = parts.next_actions.answer([WHO, OTHER], Request("next-action", limit=3, explain=3), LATER)["results"]
    mine, theirs = ({result["customer_id"]: result for result in answered}[name] for name in (WHO, OTHER))
    assert [offer["action"] for offer in mine["actions"]] == [offer["action"] for offer in theirs["actions"]]
    assert [offer["propensity"] for offer in mine["actions"]] == [None] * len(mine["actions"])
    assert {offer["valued_by"] for offer in mine["actions"]} == {"usual"}
    assert {reason["feature"] for offer in mine["actions"] for reason in offer["reasons"]} == {"consent_profiling"}
    body = decision_body(parts.ledger.read(mine["decision_id"]))
    told = [value for name, value in body["inputs"].items() if name.startswith(("score_", "uplift_", "hint_"))]
    assert not any(told)
    assert parts.replay.of(mine["decision_id"]).same


@EITHER
def test_they_stand_in_the_queue_by_the_usual_chance(parts: Composition, refuse: Callable[[Composition], None]) -> None:
    refuse(parts)
    leases = parts.claims.claim("renewal", Wanted("wang", 200), LATER)["leases"]
    mine = next(lease for lease in leases if lease["customer_id"] == WHO)
    usual = parts.models.bundles["renewal"].usual.of_all
    assert mine["priority"] == pytest.approx(250 * usual - 0.5)
    assert mine["action"]["propensity"] is None


@HOW
def test_live_history_batch_scores_and_a_rebuild_agree(
    parts: Composition, refuse: Callable[[Composition], None]
) -> None:
    refuse(parts)
    parts.recorder.drain()
    before = scores(parts)[WHO]
    batch = score(parts.home, at=LATER)
    assert WHO not in set(batch["customer_id"])
    assert OTHER in set(batch["customer_id"])
    parts.rebuild.run(LATER)
    assert scores(parts)[WHO] == before


def test_whoever_agrees_later_is_scored_again(parts: Composition) -> None:
    by_event(parts)
    by_event(parts, "画像", given=True, seconds=5)
    assert scores(parts)[WHO]["scores"]["renewal"]["probability"] > 0


def test_a_no_to_every_channel_says_nothing_of_profiling(parts: Composition) -> None:
    by_event(parts, "all")
    assert scores(parts)[WHO]["profiled"]


def test_nothing_is_learned_from_them_once_they_refused(parts: Composition) -> None:
    goal = parts.configuration.workspace.objectives["cross_sell"]

    def rows() -> int:
        parts.recorder.drain()
        record = Record.of(parts.home)
        return sum(len(data.keys.filter(customer_id=WHO)) for data in full_sets(record, goal))

    assert rows() > 0
    event = {"channel": "profiling", "consent": False}
    item = {
        "specversion": "1.0", "id": "early", "source": "test", "type": "consent.changed", "subject": WHO,
        "time": (NOW - timedelta(days=390)).isoformat(), "data": event,
    }  # fmt: skip
    assert parts.intake.accept([item], LATER).accepted == 1
    work(parts)
    assert rows() == 0


def test_a_page_about_them_shows_no_class_either(parts: Composition) -> None:
    by_put(parts)
    contact = parts.customers.known(WHO)
    cards = CustomerCards(
        parts.configuration, parts.customers, parts.timelines, parts.scorer, parts.decider, parts.degradation
    )
    view = cards.of(contact, LATER)
    assert (view["profiled"], view["segments"], view["value_tier"]) == (False, [], None)
    assert not any(view["scores"].values())
    assert view["consents"]["profiling"] is False

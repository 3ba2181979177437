"""A claim that comes short says why, and one that does not says nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from serving.composition import Composition
from serving.queue.lease import Wanted
from serving.queue.places import Cell
from serving.queue.shortage import lacks
from tests.serving.small_home import NOW

NIGHT = NOW + timedelta(hours=12)
"""Midnight in Shanghai."""


def limits(parts: Composition, queue: str = "all", limit: int = 200, **asked: tuple[str, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parts.claims.claim(queue, Wanted("ann", limit, **asked), NOW)["limits"]  # type: ignore[arg-type]
    return found


def rules(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(limit["rule"], limit.get("value")) for limit in found]


def test_a_claim_that_gets_what_it_asks_for_says_nothing(parts: Composition) -> None:
    assert limits(parts, limit=3, regions=("mars", "east")) == []


def test_a_region_that_there_is_not_is_named(parts: Composition) -> None:
    (found,) = limits(parts, regions=("mars",))
    assert rules([found]) == [("unknown_region", "mars")]
    assert found["text"] == {"zh": "没有这个地区：mars", "en": "there is no region mars"}


def test_a_product_line_that_there_is_not_is_named(parts: Composition) -> None:
    assert rules(limits(parts, skills=("boats",))) == [("unknown_skill", "boats")]


def test_a_language_that_nobody_who_waits_speaks_is_named() -> None:
    waiting = [Cell("open", "", "", "", region="east", language="uy")]
    assert [lack.rule for lack in lacks(waiting, Wanted("ann", languages=("zh",)), {""})] == ["language"]


def test_a_region_of_which_all_were_handed_out_is_named(parts: Composition) -> None:
    assert rules(limits(parts, regions=("east",))) == [("region", "east")]


def test_what_is_only_missing_together_is_all_named() -> None:
    waiting = [Cell("open", "", "", "", "motor", "east"), Cell("open", "", "", "", "health", "west")]
    found = lacks(waiting, Wanted("ann", skills=("motor",), regions=("west",)), {""})
    assert [(lack.rule, lack.value) for lack in found] == [("skill", "motor"), ("region", "west")]


def test_at_night_the_time_is_told_from_which_leads_are_handed_out(parts: Composition) -> None:
    answer = parts.claims.claim("all", Wanted("ann", 3), NIGHT)
    (found,) = answer["limits"]
    assert answer["leases"] == []
    assert (found["rule"], found["until"]) == ("outside_window", "2026-03-05T01:00:00.000Z")
    assert found["text"]["en"] == "outside the call hours until 2026-03-05 09:00"


def test_an_empty_queue_says_where_its_leads_are(parts: Composition) -> None:
    held = 0
    while handed := len(parts.claims.claim("all", Wanted("bob", 200), NOW)["leases"]):
        held += handed
    found = rules(limits(parts))
    assert found[0] == ("none_waiting", None)
    assert ("all_held", str(held)) in found


def test_leads_of_another_agent_are_reserved_and_of_a_closed_campaign_said_already() -> None:
    own, closed = Cell("own_customer", "", "", "", agent_id="bob"), Cell("open", "", "spring", "")
    wanted = Wanted("ann", without=("spring",))
    assert [lack.rule for lack in lacks([own, closed], wanted, {""})] == ["reserved"]
    assert lacks([closed], wanted, {""}) == []
    assert [lack.rule for lack in lacks([own], Wanted("bob"), {""})] == ["not_now"]

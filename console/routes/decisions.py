"""Decisions that can be questioned: as they were made, and as they come out from the same inputs now."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from console.covering import Covering, Looked
from console.guest import Guest, door
from console.live import stream
from console.pages import Pages
from console.route import PageRoute
from leads.actions.catalogue import Catalogue
from leads.errors import NextleadError, NotFound
from leads.reasons.decision_wording import meaning_of
from leads.words.bilingual import Text
from serving.access.act import Act
from serving.clock import Clock
from serving.decisions.ledger import Ledger, decision_body
from serving.decisions.replay import Replay
from serving.http.access import Doorkeeper

POPULATION: Text = {"zh": "不在任何目标的范围内", "en": "outside of every objective"}


def router(
    doorkeeper: Doorkeeper, pages: Pages, clock: Clock, catalogue: Catalogue, ledger: Ledger, replay: Replay,
    covers: Covering,
) -> APIRouter:  # fmt: skip
    """/console/decisions."""
    routes = APIRouter(route_class=PageRoute, prefix="/console/decisions")
    reading, covering = door(doorkeeper, Act.READ_DECISION), door(doorkeeper, Act.READ_REPORTS)
    watching = door(doorkeeper, Act.READ_REPORTS, trailed=False)

    @routes.get("")
    def get_decision(request: Request, guest: Guest = reading) -> Response:
        """A decision by its id."""
        asked = request.query_params.get("id", "").strip()
        told: dict[str, Any] = {
            "asked": asked, "decision": None, "missing": False, "covers": guest.may(Act.READ_REPORTS),
        }  # fmt: skip
        if not asked:
            return pages.page(guest, "decision.html", **told)
        try:
            found = decision_body(ledger.read(asked))
            guest.visit.require_customer(found["customer_id"])
        except NotFound:
            return pages.page(guest, "decision.html", 404, **(told | {"missing": True}))
        beside = {"replayed": _replayed(replay, asked), "rejected": _by_rule(found["rejected"], catalogue)}
        return pages.page(guest, "decision.html", **(told | beside | {"decision": guest.shown(found)}))

    @routes.get("/coverage")
    def get_coverage(guest: Guest = covering) -> Response:
        """Who is left with nothing, and which rule did it."""
        return pages.page(guest, "coverage.html", **_covered(covers.of(clock.now()), catalogue))

    @routes.get("/coverage/live")
    def get_coverage_live(request: Request, guest: Guest = watching) -> Response:
        """The same as it goes on."""

        def look() -> str:
            return pages.part(guest, "coverage_live.html", **_covered(covers.of(clock.now()), catalogue))

        return stream(request, look, 1.0)

    return routes


def _covered(found: Looked, catalogue: Catalogue) -> dict[str, Any]:
    """The rules in words, each with the customers whom it left with nothing."""
    meant = _meanings(catalogue)
    rules = [] if found.coverage is None else found.coverage.rules
    told = [rule | {"text": meant.get((rule["stage"], rule["rule"]), POPULATION)} for rule in rules]
    return {"looked": found, "rules": told, "most": max((rule["customers"] for rule in told), default=1)}


def _meanings(catalogue: Catalogue) -> dict[tuple[str, str], Text]:
    """What each rule of a stage means, as the first action that has it says."""
    meant: dict[tuple[str, str], Text] = {}
    for action in catalogue.actions:
        for refusal in catalogue.refusals.of(action):
            meant.setdefault((refusal.stage, refusal.rule.name), meaning_of(action, refusal.stage, refusal.rule))
    return meant


def _replayed(replay: Replay, decision_id: str) -> dict[str, Any]:
    """What came out when it was made again: what differs, or why it cannot be made."""
    try:
        made = replay.of(decision_id)
    except NextleadError as error:
        return {"problem": error.detail, "differences": {}, "changed": False}
    return {"problem": None, "differences": dict(made.differences), "changed": made.code_changed}


def _by_rule(rejected: Any, catalogue: Catalogue) -> list[dict[str, Any]]:
    """What was not offered, by the rule that removed it, the rule that removed most first.

    A rule that the catalogue has no more is told by the sentence that was kept.
    """
    meant = _meanings(catalogue)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for each in rejected:
        rule = (each["stage"], each["rule"])
        entry = found.setdefault(rule, {"text": meant.get(rule, each["text"]), "actions": []})
        entry["actions"].append(each["action"])
    return sorted(found.values(), key=lambda entry: -len(entry["actions"]))

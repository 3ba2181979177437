"""Decisions that can be questioned: as they were made, and as they come out from the same inputs now."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from console.guest import Guest, door
from console.pages import Pages
from console.route import PageRoute
from leads.errors import NextleadError, NotFound
from serving.access.act import Act
from serving.decisions.ledger import Ledger, decision_body
from serving.decisions.replay import Replay
from serving.http.access import Doorkeeper


def router(doorkeeper: Doorkeeper, pages: Pages, ledger: Ledger, replay: Replay) -> APIRouter:
    """/console/decisions."""
    routes = APIRouter(route_class=PageRoute, prefix="/console/decisions")
    reading = door(doorkeeper, Act.READ_DECISION)

    @routes.get("")
    def get_decision(request: Request, guest: Guest = reading) -> Response:
        """A decision by its id."""
        asked = request.query_params.get("id", "").strip()
        if not asked:
            return pages.page(guest, "decision.html", asked="", decision=None, missing=False)
        try:
            found = decision_body(ledger.read(asked))
            guest.right.require_customer(found["customer_id"])
        except NotFound:
            return pages.page(guest, "decision.html", 404, asked=asked, decision=None, missing=True)
        told: dict[str, Any] = {"replayed": _replayed(replay, asked), "rejected": _by_rule(found["rejected"])}
        return pages.page(guest, "decision.html", asked=asked, decision=guest.shown(found), missing=False, **told)

    return routes


def _replayed(replay: Replay, decision_id: str) -> dict[str, Any]:
    """What came out when it was made again: what differs, or why it cannot be made."""
    try:
        made = replay.of(decision_id)
    except NextleadError as error:
        return {"problem": error.detail, "differences": {}, "changed": False}
    return {"problem": None, "differences": dict(made.differences), "changed": made.code_changed}


def _by_rule(rejected: Any) -> list[dict[str, Any]]:
    """What was not offered, by the rule that removed it, the rule that removed most first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for each in rejected:
        reason = {"zh": each["text"]["zh"].partition("：")[2], "en": each["text"]["en"].partition(": ")[2]}
        entry = found.setdefault((each["stage"], each["rule"]), {"text": reason, "actions": []})
        entry["actions"].append(each["action"])
    return sorted(found.values(), key=lambda entry: -len(entry["actions"]))

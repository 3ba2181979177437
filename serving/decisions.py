"""Answers to /next-action: what to do for each customer, why, and why not the rest. The ledger keeps all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from leads.arbitration import Decisions
from leads.catalogue import Catalogue
from leads.errors import InvalidInput
from leads.explanation import describe_rule
from serving import timeline
from serving.clock import microseconds, written
from serving.freshness import Freshness
from serving.ledger import Decision, new_id
from serving.ranking import controls
from serving.reasons import reasons_of
from serving.scorer import Scored
from serving.scores import find, is_degraded, too_old
from serving.services import Services
from serving.stream import Event

VALID = timedelta(minutes=15)
"""How long an answer may be acted on without asking again."""

TREATMENT, CONTROL = "treatment", "control"


@dataclass(frozen=True)
class Request:
    """What was asked for. `queue`: the one it was claimed from."""

    kind: str
    channel: str | None = None
    limit: int = 1
    explain: int = 0
    queue: str | None = None


def next_actions(
    services: Services, freshness: Freshness, customer_ids: Sequence[str], request: Request, now: datetime
) -> dict[str, Any]:
    """The body of the answer; the decisions are in the ledger when it is given."""
    _check_channel(services, request.channel)
    found = find(services, customer_ids)
    if not found.kept:
        return {"results": [], "unknown": found.unknown}
    scored = services.scorer.score(found.kept, now)
    decisions = services.scorer.decide(scored, channel=request.channel, limit=request.limit)
    order = [[int(position) for position in row if position >= 0] for row in decisions.order]
    made = decide_and_record(services, scored, decisions, order, request, now)
    late = is_degraded(services, freshness)
    results = [
        {
            "customer_id": decision.customer_id,
            "decision_id": decision.id,
            "actions": decision.chosen,
            "rejected": decision.rejected,
            "arm": decision.arm,
            "selection_probability": decision.selection_probability,
            "valid_until": written(now + VALID),
            "degraded": late or too_old(services, scored, row),
        }
        for row, decision in enumerate(made)
    ]
    return {"results": results, "unknown": found.unknown}


def decide_and_record(
    services: Services, scored: Scored, decisions: Decisions, order: Sequence[Sequence[int]],
    request: Request, now: datetime,
) -> list[Decision]:  # fmt: skip
    """A decision per customer, in the ledger and in the timelines. order: the actions offered, best first."""
    held_out = controls(services.configuration, scored.customer_ids, now)
    offered = [[] if held else list(row) for row, held in zip(order, held_out.tolist(), strict=True)]
    chosen = offers(services, scored, decisions, offered, request.explain)
    share = services.configuration.catalogue.control_share
    inputs = scored.frame.to_dicts()
    made = [
        Decision(
            id=new_id(),
            customer_id=customer_id,
            at=written(now),
            kind=request.kind,
            inputs=inputs[row],
            models=services.models.versions,
            catalogue=services.configuration.catalogue.digest,
            workspace=services.configuration.workspace.digest,
            request={"channel": request.channel, "limit": request.limit, "queue": request.queue},
            chosen=chosen[row],
            rejected=_rejected(decisions, row),
            arm=CONTROL if held_out[row] else TREATMENT,
            selection_probability=share if held_out[row] else 1.0 - share,
        )
        for row, customer_id in enumerate(scored.customer_ids)
    ]
    _record(services, made, now)
    return made


def offers(
    services: Services, scored: Scored, decisions: Decisions, order: Sequence[Sequence[int]], explain: int
) -> list[list[dict[str, Any]]]:
    """The offered actions of each customer with what their priority is made of, and reasons."""
    shown = [
        [_offer(services, scored, decisions, row, action) for action in actions] for row, actions in enumerate(order)
    ]
    if explain:
        _explain(services, scored, order, shown, explain)
    return shown


def _offer(services: Services, scored: Scored, decisions: Decisions, row: int, position: int) -> dict[str, Any]:
    action = decisions.catalogue.actions[position]
    parts = decisions.parts(row, position)
    return {
        "action": action.name,
        "scene": action.scene,
        "channel": action.channel,
        "product": action.product or _open_product(services, scored, row, action.objective),
        "content": action.content,
        "label": dict(action.label),
        "talk_track": None if action.talk_track is None else dict(action.talk_track),
        "priority": parts.priority,
        "propensity": parts.propensity,
        "value": parts.value,
        "context": parts.context,
        "lever": parts.lever,
        "cost": parts.cost,
        "reasons": [],
    }


def _open_product(services: Services, scored: Scored, row: int, objective: str | None) -> str | None:
    """An action that names no product is about the policy that expires next, where its objective is."""
    if objective is None or services.configuration.workspace.objectives[objective].product != "expiring":
        return None
    product: str | None = scored.frame["policy_next_product"][row]
    return product


def _explain(
    services: Services,
    scored: Scored,
    order: Sequence[Sequence[int]],
    shown: list[list[dict[str, Any]]],
    k: int,
) -> None:
    """Fill in the reasons, one call per objective."""
    actions = services.configuration.catalogue.actions
    wanted: dict[str, dict[tuple[int, str | None], list[dict[str, Any]]]] = {}
    for row, positions in enumerate(order):
        for place, position in enumerate(positions):
            action = actions[position]
            if action.objective is not None:
                wanted.setdefault(action.objective, {}).setdefault((row, action.product), []).append(shown[row][place])
    for objective, places in wanted.items():
        rows, products = [row for row, _ in places], [product for _, product in places]
        found = reasons_of(services.scorer, scored, objective, rows, products, k)
        for offers_there, reasons in zip(places.values(), found, strict=True):
            for offer in offers_there:
                offer["reasons"] = reasons


def _rejected(decisions: Decisions, row: int) -> list[Mapping[str, Any]]:
    """Per action not offered the stage and rule that removed it, in words too."""
    catalogue = decisions.catalogue
    return [
        _refused(catalogue, position, index) for position, index in enumerate(decisions.rejected[row].tolist()) if index
    ]


@lru_cache(maxsize=10_000)
def _refused(catalogue: Catalogue, position: int, index: int) -> Mapping[str, Any]:
    """The same for every customer, so worked out once."""
    action, refusal = catalogue.actions[position], catalogue.refusals[index - 1]
    text = describe_rule(action, refusal.stage, refusal.rule)
    return {"action": action.name, "stage": refusal.stage, "rule": refusal.rule.name, "text": text}


def _record(services: Services, made: Sequence[Decision], now: datetime) -> None:
    offered = {decision.id: [offer["action"] for offer in decision.chosen] for decision in made}
    events = [
        Event(
            decision.id, "nextlead/decisions", "decision.made", decision.customer_id, microseconds(now),
            {"decision_id": decision.id, "arm": decision.arm, "actions": offered[decision.id]},
        )
        for decision in made
    ]  # fmt: skip
    with services.client.pipeline(transaction=True) as pipeline:
        services.ledger.write(pipeline, made)
        timeline.add(pipeline, services.keyspace, events)
        pipeline.execute()


def _check_channel(services: Services, channel: str | None) -> None:
    channels = sorted({action.channel for action in services.configuration.catalogue.actions})
    if channel is not None and channel not in channels:
        raise InvalidInput("channel", channel, f"one of {', '.join(channels)}")

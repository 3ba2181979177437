"""Answers to /next-action: what to do for each customer, why, and why not the rest. The ledger keeps all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from features.configuration import Configuration
from leads.action import Action
from leads.errors import InvalidInput
from leads.reports import AS_REPORTED
from leads.situation import situation
from serving.calls.promises import promise_body
from serving.clock import microseconds, written
from serving.decisions.deciding import Made, Request, offers, refused, shown_changes
from serving.decisions.ledger import Decision, new_id
from serving.decisions.versions import code_version, keep
from serving.events import timeline
from serving.events.stream import Event
from serving.scoring.freshness import Freshness
from serving.scoring.reasons import reasons_of
from serving.scoring.scorer import Scored
from serving.scoring.scores import answered, find, is_degraded, too_old
from serving.services import Services

VALID = timedelta(minutes=15)
"""How long an answer may be acted on without asking again."""


def next_actions(
    services: Services, freshness: Freshness, customer_ids: Sequence[str], request: Request, now: datetime
) -> dict[str, Any]:
    """The body of the answer; the decisions, with what was rejected, are in the ledger when it is given."""
    _check_channel(services, request.channel)
    found = find(services, customer_ids)
    return answered(services, found, lambda ids: _results(services, freshness, ids, request, now))


def _results(
    services: Services, freshness: Freshness, customer_ids: Sequence[str], request: Request, now: datetime
) -> list[dict[str, Any]]:
    scored = services.scorer.score(customer_ids, now)
    made = services.decider.make(scored, request, now)
    recorded = record(services, scored, made, request, now)
    late = is_degraded(services, freshness)
    return [
        {
            "customer_id": decision.customer_id,
            "decision_id": decision.id,
            "actions": decision.chosen,
            "rejected": decision.rejected if request.explain else [],
            "changes": shown_changes(made, row) if request.explain else [],
            "promise": promise_body(scored.promises[row]),
            "arm": decision.arm,
            "selection_probability": decision.selection_probability,
            "valid_until": written(now + VALID),
            "degraded": late or too_old(services, scored, row),
        }
        for row, decision in enumerate(recorded)
    ]


def record(services: Services, scored: Scored, made: Made, request: Request, now: datetime) -> list[Decision]:
    """A decision per customer, in the ledger and in the timelines."""
    configuration = services.configuration
    chosen = [
        offers(configuration, scored.frame, made.decisions, row, positions) for row, positions in enumerate(made.order)
    ]
    inputs = scored.frame.to_dicts()
    if request.explain:
        _explain(services, scored, made.order, chosen, inputs, request.explain)
    decided = [
        Decision(
            id=new_id(),
            customer_id=customer_id,
            at=written(now),
            kind=request.kind,
            inputs=_kept(inputs[row]),
            models=services.models.versions,
            catalogue=configuration.catalogue.digest,
            workspace=configuration.workspace.digest,
            evidence=made.evidence.digest,
            code=code_version(),
            request=request.document,
            chosen=chosen[row],
            rejected=refused(made.decisions, row),
            arm=made.assignment.name(row),
            selection_probability=made.probability(row),
            choice_probability=1.0 if made.assignment.controlled(row) else made.choices[row].probability,
            explored=made.choices[row].explored,
            marginal_probability=made.marginal(row),
        )
        for row, customer_id in enumerate(scored.customer_ids)
    ]
    keep(services.home, configuration)
    _record(services, decided, now)
    return decided


def _kept(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Without the policy book as reported, where nothing is."""
    return {name: value for name, value in inputs.items() if value is not None or not name.startswith(AS_REPORTED)}


def _explain(
    services: Services,
    scored: Scored,
    order: Sequence[Sequence[int]],
    shown: list[list[dict[str, Any]]],
    inputs: Sequence[Mapping[str, Any]],
    k: int,
) -> None:
    """Fill in the reasons, one call per objective; inputs: the customers' rows of the frame."""
    actions = services.configuration.catalogue.actions
    wanted: dict[str, dict[tuple[int, str | None], list[dict[str, Any]]]] = {}
    for row, positions in enumerate(order):
        for place, position in enumerate(positions):
            action = actions[position]
            if action.objective is None:
                shown[row][place]["reasons"] = _circumstances(services.configuration, action, inputs[row])[:k]
            else:
                wanted.setdefault(action.objective, {}).setdefault((row, action.product), []).append(shown[row][place])
    for objective, places in wanted.items():
        rows, products = [row for row, _ in places], [product for _, product in places]
        found = reasons_of(services.scorer, scored, objective, rows, products, k)
        for offers_there, reasons in zip(places.values(), found, strict=True):
            for offer in offers_there:
                offer["reasons"] = reasons


def _circumstances(configuration: Configuration, action: Action, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The situation that an action without an objective is for, as reasons; they move no score."""
    no_score = {"objective": None, "contribution": 0.0}
    return [
        no_score | {"feature": found.feature, "value": found.value, "text": found.words.text()}
        for found in situation(configuration.workspace, configuration.catalogue, action, row)
    ]


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
        timeline.add(pipeline, services.scripts, [(event.customer_id, event) for event in events])
        services.outbox.add(pipeline, events)
        pipeline.execute()


def _check_channel(services: Services, channel: str | None) -> None:
    channels = sorted({action.channel for action in services.configuration.catalogue.actions})
    if channel is not None and channel not in channels:
        raise InvalidInput("channel", channel, f"one of {', '.join(channels)}")

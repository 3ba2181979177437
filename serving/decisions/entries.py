"""Entries of the ledger: decisions as they are kept, with what they rest on, and told in the timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import redis

from features.configuration import Configuration
from features.home import Home
from leads.actions.action import Action
from leads.actions.reports import AS_REPORTED
from leads.reasons.situation import situation
from serving.clock import microseconds, written
from serving.decisions.batch import DecisionBatch, Request, refused
from serving.decisions.ledger import Decision, Ledger, new_id
from serving.decisions.offers import OfferedAction, offers
from serving.decisions.versions import code_version, keep
from serving.events import timeline
from serving.events.outbox import Outbox
from serving.scoring.reasons import Reason, reasons_of
from serving.scoring.scorer import Scored, Scorer
from serving.store.scripts import Scripts


class Entries:
    """Writes decisions down: in the ledger, the timelines and the outbox at once."""

    def __init__(
        self, client: redis.Redis, scripts: Scripts, home: Home,
        scorer: Scorer, ledger: Ledger, outbox: Outbox,
    ) -> None:  # fmt: skip
        self._client = client
        self._scripts = scripts
        self._home = home
        self._scorer = scorer
        self._ledger = ledger
        self._outbox = outbox

    def enter(self, scored: Scored, made: DecisionBatch, request: Request, now: datetime) -> list[Decision]:
        """A decision per customer, in the ledger and in the timelines."""
        configuration = self._scorer.configuration
        chosen = [
            offers(configuration, scored.sheet, made.decisions, row, positions)
            for row, positions in enumerate(made.order)
        ]
        inputs = scored.sheet.rows()
        if request.explain:
            self._explain(scored, made.order, chosen, inputs, request.explain)
        decided = [
            Decision(
                id=new_id(),
                customer_id=customer_id,
                at=written(now),
                kind=request.kind,
                inputs=_kept(inputs[row]),
                models=self._scorer.models.versions,
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
        keep(self._home, configuration)
        self._write(decided, now)
        return decided

    def _explain(
        self,
        scored: Scored,
        order: Sequence[Sequence[int]],
        shown: list[list[OfferedAction]],
        inputs: Sequence[Mapping[str, Any]],
        k: int,
    ) -> None:
        """Fill in the reasons, one call per objective; inputs: the customers' rows of the sheet."""
        actions = self._scorer.configuration.catalogue.actions
        wanted: dict[str, dict[tuple[int, str | None], list[OfferedAction]]] = {}
        for row, positions in enumerate(order):
            for place, position in enumerate(positions):
                action = actions[position]
                if action.objective is None:
                    shown[row][place]["reasons"] = _circumstances(self._scorer.configuration, action, inputs[row])[:k]
                else:
                    wanted.setdefault(action.objective, {}).setdefault((row, action.product), []).append(
                        shown[row][place]
                    )
        for objective, places in wanted.items():
            rows, products = [row for row, _ in places], [product for _, product in places]
            found = reasons_of(self._scorer, scored, objective, rows, products, k)
            for offers_there, reasons in zip(places.values(), found, strict=True):
                for offer in offers_there:
                    offer["reasons"] = reasons

    def _write(self, made: Sequence[Decision], now: datetime) -> None:
        at = microseconds(now)
        events = [timeline.decided(each.customer_id, at, each.id, each.arm, each.chosen) for each in made]
        with self._client.pipeline(transaction=True) as pipeline:
            self._ledger.write(pipeline, made)
            timeline.add(pipeline, self._scripts, [(event.customer_id, event) for event in events])
            self._outbox.add(pipeline, events)
            pipeline.execute()


def _kept(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Without the policy book as reported, where nothing is."""
    return {name: value for name, value in inputs.items() if value is not None or not name.startswith(AS_REPORTED)}


def _circumstances(configuration: Configuration, action: Action, row: Mapping[str, Any]) -> list[Reason]:
    """The situation that an action without an objective is for, as reasons; they move no score."""
    return [
        {
            "objective": None,
            "feature": found.feature,
            "value": found.value,
            "contribution": 0.0,
            "text": found.words.text(),
        }
        for found in situation(
            configuration.workspace, configuration.catalogue, configuration.layout.described, action, row
        )
    ]

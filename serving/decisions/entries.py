"""Entries of the ledger: decisions as they are kept, with what they rest on, and told in the timelines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from features.configuration import Configuration
from features.home import Home
from leads.actions.action import Action
from leads.reasons.situation import situation
from serving.clock import exact
from serving.decisions.batch import DecisionBatch, Request
from serving.decisions.ledger import Decision, Ledger, new_id
from serving.decisions.offers import OfferedAction, offers
from serving.decisions.versions import code_version, keep
from serving.scoring.reasons import Reason, known_of, reasons_of
from serving.scoring.scorer import Scored, Scorer


class Entries:
    """Writes decisions down: in the ledger, the timelines and the outbox at once."""

    def __init__(self, home: Home, scorer: Scorer, ledger: Ledger) -> None:
        self._home = home
        self._scorer = scorer
        self._ledger = ledger

    def enter(self, scored: Scored, made: DecisionBatch, request: Request, now: datetime) -> list[Decision]:
        """A decision per customer, in the ledger and in the timelines."""
        decided = self.made(scored, made, request, now)
        self._ledger.write(decided)
        return decided

    def made(self, scored: Scored, made: DecisionBatch, request: Request, now: datetime) -> list[Decision]:
        """A decision per customer, which nothing keeps yet."""
        configuration = self._scorer.configuration
        chosen = [
            offers(configuration, scored.sheet, made.decisions, row, positions, now)
            for row, positions in enumerate(made.order)
        ]
        if request.explain:
            self._explain(scored, made.order, chosen, request.explain)
        at, models, code, document = exact(now), self._scorer.models.versions, code_version(), request.document
        marginal = made.marginal()
        decided = [
            Decision(
                id=new_id(),
                customer_id=customer_id,
                at=at,
                kind=request.kind,
                sheet=scored.sheet,
                decisions=made.decisions,
                row=row,
                models=models,
                catalogue=configuration.catalogue.digest,
                workspace=configuration.workspace.digest,
                evidence=made.evidence.digest,
                code=code,
                request=document,
                chosen=chosen[row],
                arm=made.assignment.name(row),
                selection_probability=made.probability(row),
                choice_probability=1.0 if made.assignment.controlled(row) else made.choices[row].probability,
                explored=made.choices[row].explored,
                marginal_probability=marginal[row],
                shifts=scored.shifts,
            )
            for row, customer_id in enumerate(scored.customer_ids)
        ]
        keep(self._home, configuration)
        return decided

    def _explain(
        self,
        scored: Scored,
        order: Sequence[Sequence[int]],
        shown: list[list[OfferedAction]],
        k: int,
    ) -> None:
        """Fill in the reasons, one call per objective."""
        actions = self._scorer.configuration.catalogue.actions
        wanted: dict[str, dict[tuple[int, str | None], list[OfferedAction]]] = {}
        for row, positions in enumerate(order):
            for place, position in enumerate(positions):
                action = actions[position]
                if action.objective is None:
                    told = _circumstances(self._scorer.configuration, action, scored, row)
                    shown[row][place]["reasons"] = told[:k]
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


def _circumstances(configuration: Configuration, action: Action, scored: Scored, row: int) -> list[Reason]:
    """The situation that an action without an objective is for, as reasons; they move no score."""
    known = known_of(configuration.workspace, scored.sheet, row, scored.now)
    return [
        {
            "objective": None,
            "about": found.about,
            "feature": found.feature,
            "value": found.value,
            "contribution": 0.0,
            "text": found.words.text(),
        }
        for found in situation(configuration.layout.repertoire, configuration.catalogue, action, known)
    ]

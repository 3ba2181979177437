"""A customer as a CRM shows them: what was told, where they stand, what they hold, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import numpy as np
from typing_extensions import TypedDict

from features.configuration import Configuration
from features.profiling import profiled
from leads.arbitration.decisions import Decisions
from leads.configuration.lifecycle import STAGE, STAGE_DAYS, TIER, segment_column
from leads.configuration.workspace import Workspace
from serving.calls.promise import PromiseAnswer, promise_body
from serving.clock import after, from_microseconds, written
from serving.decisions.decider import Decider
from serving.decisions.offers import OfferedAction, offers
from serving.events.timeline import Timelines
from serving.meaning import Means, Time
from serving.people.contact import Contact
from serving.people.customers import Customers
from serving.people.reported import ReportedAnswer, reported, reported_body
from serving.queue.dialling import ContactAnswer, contact_body
from serving.queue.ranking import controls
from serving.scoring.degradation import Degradation
from serving.scoring.scorer import Scored, Scorer, ages
from serving.scoring.scores import EffectOf, ScoreOf, objective_effects, objective_scores
from serving.scoring.unprofiled import REFUSED

_LOOKED_AT = 200
"""Events of a timeline among which the call is that reported something."""


class PolicyAnswer(TypedDict):
    product: str
    active: bool
    expires_at: Time
    premium: float | None
    held_days: float | None


class CustomerView(TypedDict):
    customer_id: str
    tags: dict[str, Any]
    identities: ContactAnswer
    consents: dict[str, bool | None]
    timezone: str | None
    stage: Annotated[str | None, Means("where the customer stands in the declared life cycle")]
    stage_days: Annotated[float | None, Means("days since that stage was entered, where that can be told")]
    segments: list[str]
    value_tier: str | None
    policies: Annotated[
        list[PolicyAnswer],
        Means("the latest of each product that they hold or held, as the core system tells it"),
    ]
    reported: Annotated[list[ReportedAnswer], Means("what agents reported that the core has not said yet")]
    scores: ScoreOf
    uplift: EffectOf
    next_action: OfferedAction | None
    promise: Annotated[PromiseAnswer | None, Means("the callback that they were promised")]
    as_of: Time
    degraded: bool
    profiled: Annotated[bool, Means(REFUSED)]


class CustomerCards:
    """Shows customers."""

    def __init__(
        self, configuration: Configuration, customers: Customers, timelines: Timelines, scorer: Scorer,
        decider: Decider, degradation: Degradation,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._customers = customers
        self._timelines = timelines
        self._scorer = scorer
        self._decider = decider
        self._degradation = degradation

    def of(self, contact: Contact, now: datetime) -> CustomerView:
        """The body of the answer."""
        scored = self._scorer.score([contact.customer_id], now)
        return self.judged(contact, scored, self._decider.best(scored))

    def judged(self, contact: Contact, scored: Scored, decisions: Decisions) -> CustomerView:
        """The same of a customer who is scored and decided on already."""
        configuration, now = self._configuration, scored.now
        best = [int(position) for position in decisions.order[0][:1] if position >= 0]
        if controls(configuration, [contact.customer_id], now)[0]:
            best = []
        offered = offers(configuration, scored.sheet, decisions, 0, best, now)
        row, may = scored.sheet.row(0), bool(profiled(scored.sheet)[0])
        return {
            "customer_id": contact.customer_id,
            "tags": _tags(configuration.workspace, contact),
            "identities": contact_body(contact),
            "consents": {purpose: row[f"consent_{purpose}"] for purpose in configuration.workspace.purposes},
            "timezone": contact.timezone,
            "stage": row.get(STAGE),
            "stage_days": row.get(STAGE_DAYS),
            "segments": segments_of(configuration.workspace, row) if may else [],
            "value_tier": row.get(TIER) if may else None,
            "policies": _policies(configuration.workspace, row, now),
            "reported": self._reported(contact.customer_id, scored.state.standing, now),
            "scores": objective_scores(self._scorer, scored)[0],
            "uplift": objective_effects(self._scorer, scored)[0],
            "next_action": offered[0] if offered else None,
            "promise": promise_body(scored.promises[0]),
            "as_of": written(now),
            "degraded": self._degradation.everywhere() or self._degradation.too_old(ages(scored)[0]),
            "profiled": may,
        }

    def _reported(self, customer_id: str, standing: np.ndarray, now: datetime) -> list[ReportedAnswer]:
        """What agents reported that the core has not said yet: beside the policies, which are the core's."""
        found = reported(self._configuration, standing, now)
        if not found:
            return []
        told, _ = self._timelines.read(self._customers.all_ids(customer_id), now, _LOOKED_AT)
        return [reported_body(report, told) for report in found]


def segments_of(workspace: Workspace, row: Mapping[str, Any]) -> list[str]:
    """The declared segments that the customer is in."""
    groups = workspace.lifecycle.segments
    return [group.name for group in groups if row[segment_column(group.name)]]


def _tags(workspace: Workspace, contact: Contact) -> dict[str, Any]:
    times = {tag.name for tag in workspace.tags.values() if tag.type == "time"}
    return {name: written(from_microseconds(value)) if name in times else value for name, value in contact.tags.items()}


def _policies(workspace: Workspace, row: Mapping[str, Any], now: datetime) -> list[PolicyAnswer]:
    """The latest policy of each product that the customer holds or held."""
    policies: list[PolicyAnswer] = []
    for product in workspace.products:
        left = row.get(f"policy_{product}_expiry_days")
        if left is not None:
            policies.append(
                {
                    "product": product,
                    "active": row[f"policy_{product}_active"],
                    "expires_at": written(after(now, left)),
                    "premium": row[f"policy_{product}_premium"],
                    "held_days": row[f"policy_{product}_held_days"],
                }
            )
    return policies

"""The rules of the queue: who gets which leads, what is paced together, and how leads are handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from leads.actions.campaigns import Campaign
from leads.distribution.queueing import USUAL, Queueing
from leads.distribution.teams import OPEN, Distribution


@dataclass(frozen=True, eq=False)
class QueueRules:
    """distribution: who gets which leads. campaigns: sets of actions that are planned together. queueing: how leads
    are handed out.
    """

    distribution: Distribution = OPEN
    campaigns: tuple[Campaign, ...] = ()
    queueing: Queueing = USUAL

    def campaign_of(self, action: str) -> str | None:
        """The name of the campaign that the action belongs to, None for none."""
        return self._campaigns.get(action)

    @cached_property
    def _campaigns(self) -> Mapping[str, str]:
        return {action: campaign.name for campaign in self.campaigns for action in campaign.actions}


FREE = QueueRules()
"""Where nothing is declared: everybody may get every lead."""

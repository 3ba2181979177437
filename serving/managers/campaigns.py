"""Campaigns as managers see them: what they have used of their quotas, and how much waits."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.words.bilingual import Text
from serving.clock import day_of
from serving.desk.desk import Desk
from serving.meaning import Means
from serving.queue.granted_counts import GrantedCounts
from serving.queue.waiting_leads import WaitingLeads
from serving.store.words import ALL, Granted


class CampaignAnswer(TypedDict):
    campaign: str
    label: Text
    paused: bool
    open: Annotated[bool, Means("whether it is in its hours")]
    waiting: int
    taken: Annotated[int, Means("today")]
    allowed: Annotated[int | None, Means("how many may have been taken by now; null without a quota")]
    daily_quota: int | None


class Campaigns:
    """Looks at campaigns."""

    def __init__(self, configuration: Configuration, desk: Desk, waiting: WaitingLeads, granted: GrantedCounts) -> None:
        self._configuration = configuration
        self._desk = desk
        self._waiting = waiting
        self._granted = granted

    def all(self, now: datetime) -> list[CampaignAnswer]:
        """What campaigns have used of their quotas, what they may use by now, and how much waits in them."""
        configuration = self._configuration
        zone = configuration.workspace.timezone
        local = now.astimezone(ZoneInfo(zone))
        declared = configuration.catalogue.queue.campaigns
        counters = [Granted.CAMPAIGN.of(campaign.name) for campaign in declared]
        taken = self._granted.of(day_of(now, zone), counters)
        waiting: Counter[str] = Counter()
        for cell, count in self._waiting.cells(ALL) if declared else ():
            waiting[cell.campaign] += count
        paused = self._desk.paused("campaign")
        return [
            {
                "campaign": campaign.name,
                "label": campaign.label,
                "paused": campaign.name in paused,
                "open": campaign.pace is None or campaign.pace.is_open(local),
                "waiting": waiting[campaign.name],
                "taken": taken[Granted.CAMPAIGN.of(campaign.name)],
                "allowed": None if campaign.pace is None else campaign.pace.most(local),
                "daily_quota": None if campaign.pace is None else campaign.pace.daily_quota,
            }
            for campaign in declared
        ]

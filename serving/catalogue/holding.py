"""For how many customers a condition holds now, by looking at some of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import numpy as np

from features.configuration import Configuration
from leads.actions.reports import as_reported
from leads.configuration.rules import check_rules, parse_rule
from leads.configuration.section import Section
from leads.sheet.columns import NUMBER
from leads.sheet.sheet import Sheet
from serving.people.contacts import Contacts
from serving.scoring.scorer import Scorer

LOOKED_AT = 2000
"""Customers, at most; who they are goes by the store's own order, which is that of a hash."""

_FRESH = 60.0
"""Seconds for which they are not scored anew."""


@dataclass(frozen=True)
class Held:
    """Of `looked_at` customers it holds for `held`; there are `customers` in all."""

    held: int
    looked_at: int
    customers: int

    @property
    def about(self) -> int:
        """For how many of all it holds, as far as those who were looked at tell."""
        return round(self.held / self.looked_at * self.customers) if self.looked_at else 0


class Holding:
    """Counts."""

    def __init__(self, configuration: Configuration, contacts: Contacts, scorer: Scorer) -> None:
        self._configuration = configuration
        self._contacts = contacts
        self._scorer = scorer
        self._lock = Lock()
        self._sheet: tuple[float, Sheet] | None = None

    def of(self, sql: str, now: datetime) -> Held:
        """Raises InvalidWorkspace for what is no condition over what is known of customers."""
        rule = parse_rule("condition", sql, Section.of("actions.yaml", "", {}), "condition")
        check_rules([rule], self._configuration.decision_schema)
        sheet = self._some(now)
        lacking = dict.fromkeys(sheet.columns.lacking(rule.columns), NUMBER)
        if lacking:
            sheet = sheet.plus(lacking, np.full((len(lacking), len(sheet)), np.nan))
        held = int(rule.holds(sheet).sum()) if len(sheet) else 0
        return Held(held, len(sheet), self._contacts.count())

    def _some(self, now: datetime) -> Sheet:
        """What decisions read of some customers, as of less than a minute ago."""
        with self._lock:
            if self._sheet is None or time.monotonic() - self._sheet[0] > _FRESH:
                ids = next(iter(self._contacts.ids(LOOKED_AT)), [])[:LOOKED_AT]
                self._sheet = (time.monotonic(), as_reported(self._scorer.score(ids, now).sheet))
            return self._sheet[1]

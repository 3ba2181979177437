"""The sample insurer with a few customers whose motor policies expire in 20 days, and tiny models."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from features.configuration import checked, load
from features.home import Home
from features.lake import import_history
from leads.history import TIME, History
from serving.clock import Clock
from tests.serving.small_home import NOW, promote, save_bundle

COUNT = 12


class HandClock(Clock):
    """A clock that stands until it is moved."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def move(self, **time: float) -> datetime:
        self.moment += timedelta(**time)
        return self.moment

    # A clock is frozen; this one is not.
    __setattr__ = object.__setattr__


def make_insurer_home(folder: Path) -> Home:
    """Customers r00…, who may be called; every second one asked for a quote lately."""
    configuration = load("insurer")
    home = Home.create(folder, configuration, NOW - timedelta(hours=1))
    import_history(home, checked(configuration.workspace, _history()))
    for objective in configuration.workspace.objectives:
        save_bundle(home, objective, "1", static=("region", "age"), quotes="quote_requested__count_30d")
    promote(home, "1")
    return home


def _history() -> History:
    ids = [f"r{i:02d}" for i in range(COUNT)]
    start = NOW - timedelta(days=400)
    customers = pl.DataFrame(
        {
            "customer_id": ids,
            "at": pl.Series([start] * COUNT, dtype=TIME),
            "region": [("east", "south")[i % 2] for i in range(COUNT)],
            "age": [30.0 + i for i in range(COUNT)],
            "car_owner": [True] * COUNT,
            "phone": [f"1390000{i or 9000:04d}" for i in range(COUNT)],
            "consent_call": [True] * COUNT,
        }
    )
    bought = [("policy.purchased", customer, NOW - timedelta(days=345)) for customer in ids]
    asked = [("quote.requested", customer, NOW - timedelta(days=2)) for customer in ids[::2]]
    events = pl.DataFrame(
        [(f"e{i}", kind, customer, time, "motor") for i, (kind, customer, time) in enumerate(bought + asked)],
        schema={"id": pl.String, "type": pl.String, "customer_id": pl.String, "time": TIME, "product": pl.String},
        orient="row",
    ).with_columns(source=pl.lit("history"))
    return History(customers, events, NOW - timedelta(hours=1))

"""Months of an insurer through the real import: what is known by a moment, then more, day by day."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import yaml

from benchmarks.harness.faults import TEAMS, with_agents
from features.configuration import Configuration, checked, load
from features.home import Home
from features.onboarding import import_files, import_into
from leads.history import History
from simulator import DEFAULT_WORLD, World, simulate
from simulator.export import write
from training.train import train


def configured(folder: Path) -> Configuration:
    """The sample insurer without questions about effects of contact, which take most of the time of training."""
    shutil.copytree(load("insurer").folder, folder)
    path = folder / "workspace.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for objective in document["objectives"].values():
        objective.pop("uplift", None)
        objective.pop("toll", None)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    path = folder / "actions.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["value_by"] = "propensity"
    document.pop("unproven", None)
    document["fatigue_price"] = 2.2
    document["distribution"] = {"teams": {team: {} for team in dict.fromkeys(TEAMS.values())}}
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load(folder)


BUSY = World(existing=0.15, conversion=0.5, cross_sell=0.3, list_calls=20.0)
"""Customers of whom so many come, buy and are called in a day as of ten times as many: what a day can tell hangs on how
much happens in it.
"""


def lived(customers: int, seed: int, until: datetime, days: int, world: World = DEFAULT_WORLD) -> History:
    """So many days of an insurer, with the agents who called."""
    return with_agents(simulate(customers, until=until, seed=seed, days=days, world=world))


def between(history: History, since: datetime, until: datetime) -> History:
    """What happened after the one moment, up to the other."""
    return History(
        history.customers.filter(pl.col("at").is_between(since, until, closed="right")),
        history.events.filter(pl.col("time").is_between(since, until, closed="right")),
        until,
    )


def known_by(history: History, moment: datetime) -> History:
    """What had been told by then."""
    return between(history, datetime.min.replace(tzinfo=UTC), moment)


def founded(
    configuration: Configuration, folder: Path, history: History, until: datetime, objectives: Sequence[str]
) -> Home:
    """A home that knows a history, with its register of agents, and models of what was known at a moment."""
    home, _ = import_into(configuration, folder, checked(configuration.workspace, history))
    agents: list[dict[str, object]] = [
        {"id": agent, "name": None, "team": team, "remit": {"skills": [], "regions": [], "languages": []},
         "daily_quota": None, "max_load": None, "active": True}
        for agent, team in TEAMS.items()
    ]  # fmt: skip
    home.agents.write_text(json.dumps(agents), encoding="utf-8")
    for name in objectives:
        train(home, name, until=until, now=until)
    return home


def continued(home: Home, told: History, folder: Path) -> Home:
    """Import the files that sources hand over: through the adapter, with all its checks."""
    import_files(home.configuration, home.folder, write(told, folder), told.observed_until)
    return Home.open(home.folder)

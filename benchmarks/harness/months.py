"""Months of an insurer through the real import: what is known by a moment, then more, day by day."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import yaml

from benchmarks.harness.faults import TEAMS, with_agents
from features.configuration import Configuration, checked, load
from features.home import Home
from features.onboarding import import_files, import_into
from leads.history import History
from simulator import simulate
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


def lived(customers: int, seed: int, until: datetime, days: int) -> History:
    """So many days of an insurer, with the agents who called."""
    return with_agents(simulate(customers, until=until, seed=seed, days=days))


def known_by(history: History, moment: datetime) -> History:
    """What had been told by then."""
    return History(
        history.customers.filter(pl.col("at") <= moment), history.events.filter(pl.col("time") <= moment), moment
    )


def founded(configuration: Configuration, folder: Path, history: History, train_models: bool = True) -> Home:
    """A home that knows a history, with its models and its register of agents."""
    home, _ = import_into(configuration, folder, checked(configuration.workspace, history))
    agents: list[dict[str, object]] = [
        {"id": agent, "name": None, "team": team, "remit": {"skills": [], "regions": [], "languages": []},
         "daily_quota": None, "max_load": None, "active": True}
        for agent, team in TEAMS.items()
    ]  # fmt: skip
    home.agents.write_text(json.dumps(agents), encoding="utf-8")
    if train_models:
        for name in configuration.workspace.objectives:
            train(home, name, now=history.observed_until)
    return home


def continued(home: Home, history: History, since: datetime, until: datetime, folder: Path) -> Home:
    """Import the files that a source hands over for the time between: through the adapter, with all its checks."""
    told = replace(
        history,
        customers=history.customers.filter(pl.col("at").is_between(since, until, closed="right")),
        events=history.events.filter(pl.col("time").is_between(since, until, closed="right")),
        observed_until=until,
    )
    files = write(told, folder)
    import_files(home.configuration, home.folder, files, until)
    return Home.open(home.folder)

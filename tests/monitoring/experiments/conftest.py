"""An insurer whose arms differ by what was planted, and one in which nothing does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from features.configuration import checked, load
from features.home import Home
from features.lake import append_own, import_history
from leads.arbitration.arms import arms_of
from leads.history import TIME, History
from monitoring.experiments.answer import ExperimentsReport, MeasureAnswer
from monitoring.experiments.report import experiments
from monitoring.reports.reports import Reports
from serving.decisions.versions import keep

END = datetime(2026, 5, 1, 4, tzinfo=UTC)
MONTHS = {"2026-01": datetime(2025, 12, 31, 16, tzinfo=UTC), "2026-02": datetime(2026, 1, 31, 16, tzinfo=UTC)}
"""When they begin in Shanghai."""

SHARES = [0.3, 0.3]
"""Of control, and of the arm that sends no gifts."""

ARMS = ("control", "no_gift", "treatment")

Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Planted:
    """renewing: by arm the chance of a renewal. keep: which decisions are recorded."""

    renewing: Mapping[str, float]
    people: int = 4_000
    recorded: Change = lambda decisions: decisions
    customers: Change = lambda customers: customers


def told_home(folder: Path, planted: Planted) -> Home:
    """Half of the people hold a policy that expires in January or in February; all are decided on each month."""
    rng = np.random.default_rng(3)
    ids = [f"p{number:05d}" for number in range(planted.people)]
    lots = {month: arms_of(ids, month, SHARES) for month in MONTHS}
    configuration = load(_workspace(folder / "workspace"))
    events, decisions = [], []
    for place, (month, begins) in enumerate(MONTHS.items()):
        for number, name in enumerate(ids):
            arm, at = ARMS[lots[month][number]], begins + timedelta(days=1 + 10 * rng.random())
            decisions.append((f"d{month}{name}", name, at, _document(configuration, arm)))
            if arm != "control":
                events.append(_event("call.completed", name, at, talk_seconds=120.0, channel="call"))
            if number % 4 == place:
                ends = begins + timedelta(days=20)
                events.append(_event("policy.purchased", name, ends - timedelta(days=365), expires_at=ends))
                if rng.random() < planted.renewing[arm]:
                    events.append(_event("policy.renewed", name, ends, expires_at=ends + timedelta(days=365)))
    schema = configuration.workspace.event_schema
    happened = pl.DataFrame(events, schema={name: schema[name] for name in _FIELDS}, orient="row")
    people = pl.DataFrame({
        "customer_id": ids, "region": [("east", "north")[number % 2] for number in range(len(ids))],
        "at": pl.Series([END - timedelta(days=500)] * len(ids), dtype=TIME),
    })  # fmt: skip
    home = Home.create(folder / "home", configuration, END)
    history = History(planted.customers(people), happened, END)
    import_history(home, checked(configuration.workspace, history))
    columns = {"id": pl.String(), "customer_id": pl.String(), "time": TIME, "document": pl.String()}
    append_own(home, planted.recorded(pl.DataFrame(decisions, schema=columns, orient="row")), "made", "decisions")
    keep(home, configuration)
    return home


_FIELDS = ("id", "source", "type", "customer_id", "time", "product", "premium", "expires_at", "talk_seconds", "channel")


def _event(kind: str, name: str, at: datetime, **data: object) -> tuple[object, ...]:
    policy = {"product": "health", "premium": 600.0} if kind.startswith("policy") else {}
    row = {"id": f"{kind}-{name}-{at}", "source": "test", "type": kind, "customer_id": name, "time": at} | policy | data
    return tuple(row.get(field) for field in _FIELDS)


def _document(configuration: object, arm: str) -> str:
    told = {name: getattr(configuration, name).digest for name in ("catalogue", "workspace")}
    return json.dumps(told | {"arm": arm, "kind": "next-action", "chosen": []})


def _workspace(folder: Path) -> Path:
    import shutil

    shutil.copytree(load("insurer").folder, folder)
    path = folder / "actions.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["control_share"] = SHARES[0]
    document["arms"] = {"no_gift": {"share": SHARES[1], "levers": {"scene": {"activation": 0.5}}}}
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


def reported(home: Home, until: datetime = END, **asked: object) -> ExperimentsReport:
    return experiments(Reports(home, lambda: END), until=until, **asked)  # type: ignore[arg-type]


def measured(report: ExperimentsReport, arm: str, base: str, measure: str) -> MeasureAnswer:
    pair = next(one for one in report["comparisons"] if (one["arm"], one["base"]) == (arm, base))
    return next(one for one in pair["measures"] if one["measure"] == measure)


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Who is treated renews in 72 of 100 cases, who is not in 52; gifts change nothing."""
    chances = {"control": 0.52, "no_gift": 0.72, "treatment": 0.72}
    return told_home(tmp_path_factory.mktemp("planted"), Planted(chances))

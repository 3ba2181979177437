"""Whether monitoring finds what is planted, and nothing where all is well: months of an insurer, really imported."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.harness.faults import FAULTS, Fault
from benchmarks.harness.months import configured, continued, founded, known_by, lived
from features.configuration import Configuration
from features.home import Home
from leads.configuration.watch import Watch
from leads.history import History
from monitoring.alerts.alert import Alert, AlertAnswer
from monitoring.alerts.alert_book import AlertBook
from monitoring.alerts.found import alerts_of
from monitoring.watching.kept import keep_answer
from monitoring.watching.look import seen
from serving.scoring.models import Models
from terminal.progress import steps
from training.train import train

END = datetime(2026, 6, 1, 2, tzinfo=UTC)
"""When the faults begin: ten in the morning in Shanghai."""

FULL = {"customers": 20_000, "stable": "101,202", "days": 91}
QUICK = {"customers": 3_000, "faults": "a feed stops,events come twice", "stable": "", "days": 2}

LATEST = timedelta(days=2)
"""A fault that was not found by then is missed."""

IN_TIME = 24.0
"""Hours of data within which each must be found."""

Say = Callable[..., None]


def run(
    customers: int = 8_000, seed: int = 31, step_hours: int = 6, faults: str = "", stable: str = "101", days: int = 30
) -> dict[str, Any]:  # fmt: skip
    """The planted-fault table, and false alarms of stable time.

    step_hours: after how much data it is looked again. faults: their names, with commas between; all where none is
    given. stable: seeds of insurers to whom nothing happens for so many `days`, looked at once a day; thresholds were
    set by none of them. `wrong` counts faults that were not found within a day under their own cause, and objectives
    with a false alarm a month or more.
    """
    with steps("watch") as report, _folder() as place:
        configuration = configured(place / "workspace")
        table = _faults(configuration, place, customers, seed, timedelta(hours=step_hours), faults, report)
        calm = {
            int(each): _stable(configuration, place / f"stable-{each}", customers, int(each), days, report)
            for each in stable.split(",") if each
        }  # fmt: skip
    late = [row["fault"] for row in table if row["hours"] is None or row["hours"] > IN_TIME]
    loud = [f"{told} of seed {each}" for each, found in calm.items() for told in found["loud"]]
    return {"customers": customers, "faults": table, "stable": calm, "wrong": len(late) + len(loud), "late": late}


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="watch-") as folder:
        yield Path(folder)


def _faults(
    configuration: Configuration, place: Path, customers: int, seed: int, step: timedelta, names: str, report: Say
) -> list[dict[str, Any]]:  # fmt: skip
    report("a year of an insurer")
    history = lived(customers, seed, END + LATEST, 365)
    report("models")
    home = founded(configuration, place / "home", known_by(history, END))
    chosen = [fault for fault in FAULTS if not names or fault.name in names.split(",")]
    table = []
    for number, fault in enumerate(chosen):
        report(fault.name, number / (len(chosen) + 1))
        table.append(_planted(home, place / "fault", fault, history, step))
    if not names or SWAPPED in names.split(","):
        report(SWAPPED)
        table.append(_swapped(home, place / "fault"))
    return table


def _planted(home: Home, place: Path, fault: Fault, history: History, step: timedelta) -> dict[str, Any]:
    """A fault, what alarmed first, after how many hours of data, and what alarmed beside its cause by then."""
    copied, spoilt = _copied(home, place), fault.plant(history, END)
    before, told = END, {alert.key for alert in _alerts(copied, END)}
    while before < END + LATEST:
        at = before + step
        copied = continued(copied, spoilt, before, at, place / f"told-{at:%d-%H}")
        fresh = [alert for alert in _alerts(copied, at) if alert.key not in told]
        right = [alert for alert in fresh if alert.kind == fault.kind and _is_about(alert, fault.subject)]
        if right:
            hours = (at - END) / timedelta(hours=1)
            return _row(fault.name, hours, right[0], [alert.key for alert in fresh if alert not in right])
        before = at
    return _row(fault.name, None, None, [alert.key for alert in fresh])


def _is_about(alert: Alert, subject: str) -> bool:
    """Whether the alert names the cause: a source where all of one source are one alert."""
    return alert.subject.startswith(subject) or subject.startswith(f"{alert.subject}/")


SWAPPED = "a model is swapped for an older one"


def _swapped(home: Home, place: Path) -> dict[str, Any]:
    """A newer version serves and is looked at; then the older bundle is put in its place by hand."""
    copied = _copied(home, place)
    name = next(iter(copied.configuration.workspace.objectives))
    newer = train(copied, name, now=END + timedelta(hours=1)).version
    path = copied.models / "aliases.json"
    aliases = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(aliases | {name: {"champion": newer}}), "utf-8")
    keep_answer(copied, seen(copied, END).answer)
    path.write_text(json.dumps(aliases | {name: {"champion": "1"}}), "utf-8")
    right = [alert for alert in _alerts(copied, END) if alert.kind == "model_swapped"]
    return _row(SWAPPED, 0.0 if right else None, right[0] if right else None, [])


def _row(fault: str, hours: float | None, alert: Alert | None, beside: Sequence[str]) -> dict[str, Any]:
    told = {} if alert is None else {"alarm": alert.key, "cause": alert.cause.en, "what": alert.what[0].en}
    return {"fault": fault, "hours": hours, **told, "beside": list(beside)}


def _copied(home: Home, place: Path) -> Home:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(home.folder, place / "home")
    return Home.open(place / "home")


def _alerts(home: Home, at: datetime) -> list[Alert]:
    return alerts_of(seen(home, at), home.configuration, Models(home).bundles)


def _stable(
    configuration: Configuration, place: Path, customers: int, seed: int, days: int, report: Say
) -> dict[str, Any]:
    """What was told in stable time, looked at once a day; `loud`: objectives with one false alarm a month or more."""
    report(f"stable time of seed {seed}")
    history = lived(customers, seed, END + timedelta(days=days), 365 + days)
    home = founded(configuration, place / "home", known_by(history, END))
    book, months = AlertBook(), max(days / 30.4, 1.0)
    told: list[AlertAnswer] = []
    for day in range(1, days + 1):
        report(f"stable time of seed {seed}", day / days)
        at = END + timedelta(days=day)
        home = continued(home, history, at - timedelta(days=1), at, place / "told")
        shutil.rmtree(place / "told", ignore_errors=True)
        told += book.update(_alerts(home, at), at, Watch()).raised
    by_objective: Mapping[str, int] = Counter(name for alert in told for name in alert["objectives"] or ["(none)"])
    return {
        "days": days, "raised": [f"{alert['key']} since {alert['since'][:10]}" for alert in told],
        "a_month": {name: round(count / months, 2) for name, count in by_objective.items()},
        "loud": [name for name, count in by_objective.items() if count / months >= 1.0],
    }  # fmt: skip

"""Whether monitoring finds what is planted, and nothing where all is well: months of an insurer, really imported."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.harness.faults import FAULTS, Fault, Handover
from benchmarks.harness.months import BUSY, between, configured, continued, founded, known_by, lived
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

PAST = 200
"""Days before: a model of a month's outcomes is learned and judged from so many."""

FULL = {"stable": "101,202", "days": 91}
QUICK = {"faults": "a feed stops,events come twice", "stable": ""}

IN_TIME = 24.0
"""Hours of data within which each must be found."""

LEARNED = "conversion"
"""The model that goes by what is spoilt; one is enough to say whom a fault concerns."""

Say = Callable[..., None]


def run(
    customers: int = 4_000, seed: int = 31, hours: str = "6,12,18,24,48", faults: str = "", stable: str = "101",
    days: int = 30, stable_customers: int = 6_000,
) -> dict[str, Any]:  # fmt: skip
    """The planted-fault table, and false alarms of stable time.

    hours: after how much data it is looked. faults: their names, with commas between; all where none is given, none
    for a dash. stable: seeds of insurers to whom nothing happens for so many `days`, looked at once a day; thresholds
    were set by none of them. `wrong` counts faults that were not found within a day under their own cause, and
    objectives with a false alarm a month or more.
    """
    with steps("watch") as report, _folder() as place:
        configuration = configured(place / "workspace")
        looks = [timedelta(hours=int(each)) for each in hours.split(",")]
        table = _faults(configuration, place, customers, seed, looks, faults, report)
        calm = {
            int(each): _stable(configuration, place / f"stable-{each}", stable_customers, int(each), days, report)
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
    configuration: Configuration, place: Path, customers: int, seed: int, looks: Sequence[timedelta], names: str,
    report: Say,
) -> list[dict[str, Any]]:  # fmt: skip
    asked = names.split(",") if names else [*(fault.name for fault in FAULTS), SWAPPED]
    chosen = [fault for fault in FAULTS if fault.name in asked]
    if not chosen and SWAPPED not in asked:
        return []
    report("an insurer and its model")
    history = lived(customers, seed, END + looks[-1], PAST, BUSY)
    home = founded(configuration, place / "home", known_by(history, END), END, [LEARNED])
    table, known = [], {alert.key for alert in _alerts(home, END)}
    for number, fault in enumerate(chosen):
        report(fault.name, number / (len(chosen) + 1))
        table.append(_planted(home, place / "fault", fault, history, looks, known))
    if SWAPPED in asked:
        report(SWAPPED)
        table.append(_swapped(home, place / "fault"))
    return table


def _planted(
    home: Home, place: Path, fault: Fault, history: History, looks: Sequence[timedelta], known: Collection[str]
) -> dict[str, Any]:
    """A fault, what alarmed first, after how many hours of data, and what alarmed beside its cause by then. known: keys
    of alerts that stood before.
    """
    copied, before = _copied(home, place), END
    fresh: list[Alert] = []
    for look in looks:
        at = END + look
        handed = Handover(between(history, before, at), before, known_by(history, at))
        copied, before = continued(copied, fault.plant(handed), place / f"told-{at:%d-%H}"), at
        fresh = [alert for alert in _alerts(copied, at) if alert.key not in known]
        right = [alert for alert in fresh if alert.kind == fault.kind and _is_about(alert, fault.subject)]
        if right:
            beside = [alert.key for alert in fresh if alert not in right]
            return _row(fault.name, look / timedelta(hours=1), right[0], beside)
    return _row(fault.name, None, None, [alert.key for alert in fresh])


def _is_about(alert: Alert, subject: str) -> bool:
    """Whether the alert names the cause: a source where all of one source are one alert."""
    return alert.subject.startswith(subject) or subject.startswith(f"{alert.subject}/")


SWAPPED = "a model is swapped for an older one"


def _swapped(home: Home, place: Path) -> dict[str, Any]:
    """A newer version serves and is looked at; then the older bundle is put in its place by hand."""
    copied = _copied(home, place)
    newer = train(copied, LEARNED, now=END + timedelta(hours=1)).version
    path = copied.models / "aliases.json"
    aliases = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(aliases | {LEARNED: {"champion": newer}}), "utf-8")
    keep_answer(copied, seen(copied, END).answer)
    path.write_text(json.dumps(aliases | {LEARNED: {"champion": "1"}}), "utf-8")
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
    home = founded(configuration, place / "home", history, END, list(configuration.workspace.objectives))
    book, months = AlertBook(), max(days / 30.4, 1.0)
    told: list[AlertAnswer] = []
    for day in range(1, days + 1):
        report(f"stable time of seed {seed}", day / days)
        at = END + timedelta(days=day)
        told += book.update(_alerts(home, at), at, Watch()).raised
    by_objective: Mapping[str, int] = Counter(name for alert in told for name in alert["objectives"] or ["(none)"])
    return {
        "days": days, "raised": [f"{alert['key']} since {alert['since'][:10]}" for alert in told],
        "a_month": {name: round(count / months, 2) for name, count in by_objective.items()},
        "loud": [name for name, count in by_objective.items() if count / months >= 1.0],
    }  # fmt: skip

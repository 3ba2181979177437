"""The record of prior corrections: what a home's outcomes said of a model at each time, kept once they were asked.

learning/priors.json     objective → version → what was found, oldest first. A service corrects by it; what it does not
hold yet is learned by `nextlead follow`, which the service starts whenever a window of time begins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from features.home import Home, write_json
from leads.configuration.objective import Objective
from leads.errors import DamagedFiles
from models.prior_shift import PriorShift

PRIORS = "learning/priors.json"

_MOST = 1_000
"""Entries kept of a version: of daily windows nearly three years."""


@dataclass(frozen=True)
class PriorEntry:
    """What outcomes told, as far as they were known at `until`. shift: None where they told nothing."""

    until: datetime
    shift: PriorShift | None


Record = Mapping[str, Mapping[str, Sequence[PriorEntry]]]
"""By objective and version, oldest first."""


def read_record(home: Home) -> Record:
    """As the home's file says; empty where there is none. Raises DamagedFiles where it says anything else."""
    try:
        document = json.loads(path_of(home).read_text(encoding="utf-8"))
        return {
            objective: {version: [_entry(entry) for entry in entries] for version, entries in versions.items()}
            for objective, versions in document.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFiles([PRIORS]) from error


def path_of(home: Home) -> Path:
    return home.folder / PRIORS


def keep(home: Home, objective: str, version: str, told: PriorEntry) -> None:
    """Add what was told to the home's file. To be done by one process at a time."""
    record = read_record(home)
    before = [entry for entry in record.get(objective, {}).get(version, ()) if entry.until != told.until]
    entries = sorted([*before, told], key=lambda entry: entry.until)[-_MOST:]
    named = {name: dict(versions) for name, versions in record.items()}
    named.setdefault(objective, {})[version] = entries
    path_of(home).parent.mkdir(exist_ok=True)
    write_json(path_of(home), _document(named))


def last_entry(entries: Sequence[PriorEntry], at: datetime) -> PriorEntry | None:
    """The last of what was told by a time."""
    return next((entry for entry in reversed(entries) if entry.until <= at), None)


def known_shift(trained: PriorShift | None, entries: Sequence[PriorEntry], at: datetime) -> PriorShift | None:
    """What was found last by a time, kept or by training (`trained`); None where nothing was."""
    found = [entry.shift for entry in entries if entry.until <= at and entry.shift is not None]
    if trained is not None and trained.at <= at:
        found.append(trained)
    return max(found, key=lambda shift: shift.at, default=None)


def correction(objective: Objective, trained: PriorShift | None, entries: Sequence[PriorEntry], at: datetime) -> float:
    """The log-odds that are added to what a model says at a time: what was last found by the beginning of its window,
    as it is expected to stand then. 0 where nothing was found, or no `prior` is declared.
    """
    if objective.prior is None:
        return 0.0
    begin = objective.prior.begin(at)
    found = known_shift(trained, entries, begin)
    return 0.0 if found is None else found.later(objective.prior, begin).mean


def _entry(entry: Mapping[str, Any]) -> PriorEntry:
    until = datetime.fromisoformat(entry["until"])
    if until.tzinfo is None:
        raise ValueError(f"time {entry['until']!r} has no offset")
    return PriorEntry(until, None if entry["shift"] is None else PriorShift.read(entry["shift"]))


def _document(record: Record) -> dict[str, Any]:
    return {
        objective: {
            version: [
                {"until": told.until.isoformat(), "shift": None if told.shift is None else told.shift.document}
                for told in entries
            ]
            for version, entries in versions.items()
        }
        for objective, versions in record.items()
    }

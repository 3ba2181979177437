"""From a source's own files to a home: adapter → check → lake → history → Feast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from features.adapters import read_files
from features.checking import Checked
from features.configuration import Configuration
from features.exchange import exchanged
from features.forgotten import forgotten, refused_without, without_them
from features.history import build
from features.home import Home
from features.lake import import_history
from features.refused import Refused
from features.registering import load_meanwhile, register
from features.retention import overdue
from features.sealing import seal_of
from features.unification import unite
from leads.configuration.bounds import TOLERANCE
from leads.configuration.retention import Retention
from leads.errors import NothingImported
from leads.history import History

Progress = Callable[[str], None]
"""Called with the name of each step as it begins."""


@dataclass(frozen=True)
class Imported:
    """checked: what came in, and what did not. refused: the file that tells of it row by row, None where there is
    nothing to tell.
    """

    home: Home
    checked: Checked
    refused: Path | None


def import_files(
    configuration: Configuration, folder: Path, files: Sequence[Path], now: datetime, progress: Progress | None = None
) -> Imported:
    """Read the files with the workspace's adapter into a home at `folder`, made when it is not there yet.

    Nothing is written but the file of what was refused when nothing of the files is good (NothingImported), and nothing
    at all when the adapter refuses a file or fails. Raises what `read_files` and `exchanged` raise.
    """
    _say(progress, "reading the source")
    checked = _without_the_erased(read_files(configuration, files, now), folder, now)
    checked = _without_the_overdue(checked, configuration.workspace.retention, now)
    if not checked.good and not len(checked.refused):
        raise NothingImported(())
    if not checked.good:
        beside = folder.resolve().with_name(f"{folder.name}.refused-{_file_of(now)}")
        checked.refused.write(beside)
        raise NothingImported(checked.refused.reasons(), str(beside))
    home, _ = import_into(configuration, folder, checked.history, progress, now)
    return Imported(home, checked, keep(home, checked.refused, now))


def _without_the_erased(checked: Checked, folder: Path, now: datetime) -> Checked:
    """What was read, without whom the home was asked to forget; how many they are is noted, and not who."""
    erased = forgotten(folder, now)
    before, history = checked.history, without_them(checked.history, erased)
    tables = {"customers": (before.customers, history.customers), "events": (before.events, history.events)}
    rows = {name: len(given) - len(kept) for name, (given, kept) in tables.items()}
    if not any(rows.values()):
        return replace(checked, refused=refused_without(checked.refused, erased))
    note = (
        f"{rows['customers']:,} rows of customers and {rows['events']:,} events are of people who were erased, and are "
        "not taken in again"
    )
    return replace(
        checked,
        history=history,
        refused=refused_without(checked.refused, erased),
        left_out={name: count + rows[name] for name, count in checked.left_out.items()},
        notes=(*checked.notes, note),
    )


def _without_the_overdue(checked: Checked, retention: Retention, now: datetime) -> Checked:
    """What was read, without events that are kept no longer; how many they are is noted."""
    history = checked.history
    kept = history.events.filter(~overdue(retention, now, history.events.columns))
    gone = len(history.events) - len(kept)
    if not gone:
        return checked
    note = f"{gone:,} events are older than their types are kept (`retention` in workspace.yaml), and are not taken in"
    return replace(
        checked,
        history=replace(history, events=kept),
        left_out={name: count + gone * (name == "events") for name, count in checked.left_out.items()},
        notes=(*checked.notes, note),
    )


def keep(home: Home, refused: Refused, now: datetime) -> Path | None:
    """Write what was refused into the home, if anything was; where it is. An encrypted home tells no values."""
    if not len(refused):
        return None
    path = home.refused / _file_of(now)
    (refused if seal_of(home.folder) is None else refused.withheld()).write(path)
    return path


def _file_of(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S%fZ}.csv"


def import_into(
    configuration: Configuration,
    folder: Path,
    history: History,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> tuple[Home, History]:
    """Put a checked history into a home and make it ready for training: history views built, Feast applied.

    Customers who share an identity become one; of whom the home was asked to forget nothing is taken in. A home that
    already reaches further keeps its end, unless that lies after `now`, where nothing can have been observed. All of it
    happens, or nothing.
    """
    history = without_them(history, forgotten(folder, now))
    with exchanged(folder) as stage:
        load_meanwhile()
        home = Home.create(stage, configuration, _reach(stage, history, now))
        _say(progress, "writing the lake")
        import_history(home, history)
        unite(home)
        _say(progress, "folding history")
        build(home)
    home = Home.open(folder)
    _say(progress, "registering features")
    register(home)
    return home, history


def _reach(stage: Path, history: History, now: datetime | None) -> datetime:
    if not (stage / "home.json").is_file():
        return history.observed_until
    known = Home.open(stage).observed_until
    return history.observed_until if now is not None and known > now + TOLERANCE else max(known, history.observed_until)


def _say(progress: Progress | None, step: str) -> None:
    if progress is not None:
        progress(step)

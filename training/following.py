"""Following a rate that moves: what a home's outcomes say of a champion at a time, asked once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from features.home import Home
from leads.configuration.objective import Objective
from models.bundle import Bundle
from models.prior_record import PriorEntry, correction, keep, known_shift, last_entry, read_record
from models.prior_shift import PriorShift
from training.data.dataset import Record
from training.evaluation import as_said, first_told
from training.prior import learned
from training.registry import Registry


def shift_at(home: Home, objective: Objective, champion: Bundle, at: datetime) -> float:
    """The log-odds that a service adds to what the champion says at a time: by what was kept for then, else by the
    outcomes in the home that were known when the window of that time began. 0 where the objective declares no `prior`.
    """
    if objective.prior is None:
        return 0.0
    entries = _entries(home, champion)
    return correction(
        objective, champion.manifest.prior, [*entries, *_news(home, objective, champion, entries, at)], at
    )


def follow(home: Home, at: datetime) -> dict[str, PriorEntry]:
    """Ask the outcomes that are known now of every champion whose objective declares a `prior`, and keep what they say
    where that is not kept yet: by objective what is new.
    """
    found: dict[str, PriorEntry] = {}
    for name, objective in home.configuration.workspace.objectives.items():
        if objective.prior is None:
            continue
        champion = Registry(home).champion(name, home.configuration.workspace.digest)
        if champion is not None:
            for told in _news(home, objective, champion, _entries(home, champion), at):
                keep(home, name, champion.manifest.version, told)
                found[name] = told
    return found


def _entries(home: Home, champion: Bundle) -> Sequence[PriorEntry]:
    return read_record(home).get(champion.manifest.objective, {}).get(champion.manifest.version, ())


def _news(
    home: Home, objective: Objective, champion: Bundle, entries: Sequence[PriorEntry], at: datetime
) -> tuple[PriorEntry, ...]:
    """What is to be asked for predictions at a time, and is not among what was told; at most one."""
    until = objective.told_until(at)
    last = last_entry(entries, until)
    if last is not None and last.until == until:
        return ()
    before = known_shift(champion.manifest.prior, entries, until)
    return (PriorEntry(until, _found(home, objective, champion, until, before)),)


def _found(
    home: Home, objective: Objective, champion: Bundle, until: datetime, before: PriorShift | None
) -> PriorShift | None:
    rows = as_said(Record.of(home, until), objective, champion, first_told(objective, before, until))
    return learned(objective, rows, rows["probability"].to_numpy(), until, before)

"""The prior corrections in use: what recent outcomes add to the log-odds of each model, read anew when that changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from features.home import Home
from leads.configuration.objective import Objective
from leads.errors import DamagedFiles
from models.bundle import Bundle
from models.prior_record import PriorEntry, Record, correction, last_entry, path_of, read_record
from serving.disk import say

_REMEMBERED = 256
"""Corrections kept at hand, each of one model and window of time."""


class Shifts:
    """Of a home whose objectives may declare a `prior`. While the file of what was told cannot be read, what was read
    before stands.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._moving = {
            name: objective
            for name, objective in home.configuration.workspace.objectives.items()
            if objective.prior is not None
        }
        self._stamp: tuple[int, int] | None = None
        self._record: Record = {}
        self._found: dict[tuple[str, str, datetime], Bundle] = {}

    def refresh(self) -> bool:
        """Read what was told, where it has changed; whether it has."""
        stamp = self._read_stamp() if self._moving else None
        if stamp == self._stamp:
            return False
        try:
            self._record = read_record(self._home)
        except DamagedFiles as error:
            say(f"prior corrections stay as they are: {error.detail}")
        self._stamp = stamp
        self._found.clear()
        return True

    def corrected(self, bundles: Mapping[str, Bundle], now: datetime) -> Mapping[str, Bundle]:
        """The models with the correction that stands at that time."""
        if not self._moving:
            return bundles
        return {name: self._corrected(name, bundle, now) for name, bundle in bundles.items()}

    def names(self, versions: Mapping[str, str]) -> dict[str, str]:
        """Versions of models, with what was told of each last: another name where that is another."""
        return {name: f"{version}{self._named(name, version)}" for name, version in versions.items()}

    def wanting(self, bundles: Mapping[str, Bundle], now: datetime) -> bool:
        """Whether outcomes can tell of some model what nobody has asked yet."""
        return any(
            self._wants(objective, bundles[name], now) for name, objective in self._moving.items() if name in bundles
        )

    def _wants(self, objective: Objective, bundle: Bundle, now: datetime) -> bool:
        until = objective.told_until(now)
        last = last_entry(self._entries(objective.name, bundle.manifest.version), until)
        return last is None or last.until < until

    def _corrected(self, name: str, bundle: Bundle, now: datetime) -> Bundle:
        objective = self._moving.get(name)
        if objective is None or objective.prior is None:
            return bundle
        key = (name, bundle.manifest.version, objective.prior.begin(now))
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            entries = self._entries(name, bundle.manifest.version)
            found = bundle.shifted(correction(objective, bundle.manifest.prior, entries, now))
            self._found[key] = found
        return found

    def _named(self, name: str, version: str) -> str:
        entries = self._entries(name, version)
        return f" {entries[-1].until.isoformat()}" if entries else ""

    def _entries(self, name: str, version: str) -> Sequence[PriorEntry]:
        return self._record.get(name, {}).get(version, ())

    def _read_stamp(self) -> tuple[int, int] | None:
        try:
            stat = path_of(self._home).stat()
        except FileNotFoundError:
            return None
        return stat.st_mtime_ns, stat.st_ino

"""The models in use: the champions that `aliases.json` names, loaded again when it changes, with the prior corrections
that stand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from features.home import Home
from leads.errors import DamagedFiles, NextleadError
from models.aliases import ALIASES, aliases_of
from models.bundle import Bundle
from serving.disk import say
from serving.scoring.shifts import Shifts


@dataclass(frozen=True)
class ModelState:
    """An objective's model in use, or why there is none (`problem`)."""

    objective: str
    version: str | None
    challenger: str | None
    bundle: Bundle | None
    problem: str | None


class Models:
    """Champions by objective, loaded when first asked for. Where a model is missing or corrupt its objective has no
    scores, and that is said. While the file that names them cannot be read, those in use stay so.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._shifts = Shifts(home)
        self._stamp: tuple[int, int] | None = None
        self._loaded: Mapping[str, ModelState] = {}
        self._looked = 0.0

    def refresh(self) -> bool:
        """Load what changed; True when something did since it was loaded first."""
        first, moved = not self._loaded, self._shifts.refresh()
        return self._refresh(first) or (moved and not first)

    def _refresh(self, first: bool) -> bool:
        stamp = self._read_stamp()
        if stamp == self._stamp and not first:
            return False
        try:
            aliases = aliases_of(self._home)
        except DamagedFiles as error:
            say(f"models stay as they are: {error.detail}")
            self._loaded = {
                name: self._as_before(name, error.detail) for name in self._home.configuration.workspace.objectives
            }
            self._stamp = stamp
            return False
        self._loaded = {name: self._load(name, aliases) for name in self._home.configuration.workspace.objectives}
        self._stamp = stamp
        return not first

    def look(self) -> None:
        """Refresh, at most once a second: requests ask for it."""
        if time.monotonic() - self._looked > 1.0:
            self._looked = time.monotonic()
            self.refresh()

    @property
    def _states(self) -> Mapping[str, ModelState]:
        if not self._loaded:
            self.refresh()
        return self._loaded

    @property
    def bundles(self) -> Mapping[str, Bundle]:
        return {name: state.bundle for name, state in self._states.items() if state.bundle is not None}

    def at(self, now: datetime) -> Mapping[str, Bundle]:
        """The bundles with the prior correction that stands at a time: what scores."""
        return self._shifts.corrected(self.bundles, now)

    def wanting(self, now: datetime) -> bool:
        """Whether outcomes can tell where a rate of success stands, and nobody has asked them yet."""
        return self._shifts.wanting(self.bundles, now)

    @property
    def names(self) -> dict[str, str]:
        """A name for each of them and what corrects it."""
        return self._shifts.names(self.versions)

    @property
    def versions(self) -> dict[str, str]:
        return {name: state.version or "" for name, state in self._states.items() if state.bundle is not None}

    @property
    def states(self) -> tuple[ModelState, ...]:
        return tuple(self._states.values())

    @property
    def complete(self) -> bool:
        """Whether every objective has its model."""
        return all(state.bundle is not None for state in self._states.values())

    def _read_stamp(self) -> tuple[int, int] | None:
        try:
            stat = (self._home.models / ALIASES).stat()
        except FileNotFoundError:
            return None
        return stat.st_mtime_ns, stat.st_ino

    def _as_before(self, objective: str, problem: str) -> ModelState:
        return self._loaded.get(objective) or ModelState(objective, None, None, None, problem)

    def _load(self, objective: str, aliases: Mapping[str, Mapping[str, str]]) -> ModelState:
        named = aliases.get(objective, {})
        version, challenger = named.get("champion"), named.get("challenger")
        standing = self._loaded.get(objective)
        if standing is not None and standing.bundle is not None and standing.version == version:
            return ModelState(objective, version, challenger, standing.bundle, None)
        if version is None:
            return ModelState(objective, None, challenger, None, "no model was promoted")
        folder = self._home.models / objective / version
        try:
            bundle = Bundle.load(folder, self._home.configuration.workspace.digest, objective)
        except NextleadError as error:
            say(f"{objective} has no scores: {error.detail}")
            # Who asks over HTTP learns what is wrong, and not where it lies on this machine.
            problem = error.detail.replace(f"{self._home.folder}/", "")
            return ModelState(objective, version, challenger, None, problem)
        return ModelState(objective, version, challenger, bundle, None)

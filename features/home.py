"""A home: the folder in which one insurer's configuration, lake, models and hot state live."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from features.privacy import ALONE
from features.ready_workspaces import is_ready
from leads.errors import InvalidInput, NotFound, Unavailable

if TYPE_CHECKING:
    from features.configuration import Configuration


@dataclass(frozen=True)
class Home:
    """Paths of a home; `configuration` is the home's own copy of its workspace."""

    folder: Path

    @property
    def workspace_folder(self) -> Path:
        return self.folder / "workspace"

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def history(self) -> Path:
        """State rows for point-in-time joins, rebuilt from the lake."""
        return self.folder / "history"

    @property
    def registry(self) -> Path:
        """Feast's registry and settings."""
        return self.folder / "registry"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def search(self) -> Path:
        """What searches for settings have tried, by objective."""
        return self.folder / "search"

    @property
    def mlflow(self) -> Path:
        return self.folder / "mlflow"

    @property
    def hot(self) -> Path:
        """Data of the embedded engine."""
        return self.folder / "hot"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def refused(self) -> Path:
        """What imports left out, a file each."""
        return self.folder / "refused"

    @property
    def keys(self) -> Path:
        return self.folder / "keys.json"

    @property
    def agents(self) -> Path:
        """The register of agents."""
        return self.folder / "agents.json"

    @property
    def pauses(self) -> Path:
        """Queues and campaigns that are paused."""
        return self.folder / "pauses.json"

    @property
    def clock(self) -> Path:
        """How far the clock of the home's last service is from the real one, where it is not the same."""
        return self.folder / "clock.json"

    @property
    def desk_log(self) -> Path:
        """What managers did, a line each."""
        return self.folder / "desk.ndjson"

    @cached_property
    def configuration(self) -> Configuration:
        # Who needs paths alone, such as a list of keys, waits for no rule to be compiled.
        from features.configuration import load

        return load(self.workspace_folder)

    @property
    def observed_until(self) -> datetime:
        """How far the lake's record reaches."""
        return datetime.fromisoformat(self._state()["observed_until"])

    def set_observed_until(self, moment: datetime) -> None:
        write_json(self.folder / "home.json", self._state() | {"observed_until": moment.isoformat()})

    @property
    def imports(self) -> int:
        """How many imports have added to it since it was made: hot state older than the last one is folded anew."""
        return int(self._state().get("imports", 0))

    def _state(self) -> dict[str, Any]:
        path = self.folder / "home.json"
        if not path.is_file():
            raise NotFound("home", str(self.folder), self._hint())
        try:
            state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            datetime.fromisoformat(state["observed_until"])
        except (ValueError, TypeError, KeyError) as error:
            raise Unavailable(
                f"{path} cannot be read: put back a copy of it, or import the files again into another folder"
            ) from error
        return state

    def _hint(self) -> str:
        """What a home is, and how to get one here."""
        given, workspace = self.folder.name, "WORKSPACE"
        into = "DIR" if self.folder.exists() else str(self.folder)
        if is_ready(given) or (self.folder / "workspace.yaml").is_file():
            workspace, into = given if is_ready(given) else str(self.folder), "DIR"
            what = f"{given} is a workspace, which describes an insurer; a home holds its data and models"
        else:
            what = "a home is the folder that holds an insurer's data, models and keys"
        return f"{what}. Make one with `nextlead import {workspace} --into {into} FILE…`, or see `nextlead demo`"

    @classmethod
    def open(cls, folder: str | Path) -> Home:
        """An existing home. Raises NotFound when the folder is none."""
        home = cls(Path(folder).resolve())
        home._state()
        return home

    @classmethod
    def create(cls, folder: str | Path, configuration: Configuration, observed_until: datetime) -> Home:
        """A new home with its own copy of the workspace; an existing one must be of the same workspace."""
        home = cls(Path(folder).resolve())
        if (home.folder / "home.json").is_file():
            present = home._state()["workspace"]
            if present != configuration.workspace.name:
                raise InvalidInput("workspace", configuration.workspace.name, f"{present}, as {home.folder} holds it")
        home.folder.mkdir(mode=ALONE, parents=True, exist_ok=True)
        if configuration.folder != home.workspace_folder:
            home.workspace_folder.mkdir(exist_ok=True)
            for name in ("workspace.yaml", "actions.yaml", "monitoring.yaml", "adapter.py"):
                if (configuration.folder / name).is_file():
                    shutil.copyfile(configuration.folder / name, home.workspace_folder / name)
        known = home._state() if (home.folder / "home.json").is_file() else {}
        counted = {"imports": home.imports + 1} if known else {}
        state = {"workspace": configuration.workspace.name, "observed_until": observed_until.isoformat()}
        write_json(home.folder / "home.json", known | state | counted)
        return home


def write_json(path: Path, document: Any) -> None:
    """Write whole or not at all, whoever else writes it at the same time."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        temporary.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

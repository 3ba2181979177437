"""Whether a text is a catalogue that this home can serve: read as the service would read it."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from features.configuration import Configuration, load
from features.home import Home
from leads.errors import Conflicting, InvalidWorkspace
from serving.catalogue.draft import named

_KEPT = 16
"""Texts of which is remembered what came of them."""


@dataclass(frozen=True)
class Fault:
    """What is refused: at which key (dotted, `(file)` where nothing can be read), which value, and what is allowed."""

    key: str
    value: Any
    allowed: str


@dataclass(frozen=True)
class Checked:
    """configuration: with this catalogue, None where it is refused for its fault. folds: whether it asks for something
    of the past that the states of the service do not keep.
    """

    configuration: Configuration | None
    fault: Fault | None
    folds: bool = False

    @property
    def is_good(self) -> bool:
        """Whether it can be published."""
        return self.fault is None and not self.folds

    def require(self) -> Configuration:
        """Raises InvalidWorkspace for a refused text, and Conflicting for one that needs more than a publication."""
        if self.fault is not None or self.configuration is None:
            fault = self.fault or Fault("(file)", None, "a catalogue")
            raise InvalidWorkspace("actions.yaml", fault.key, fault.value, fault.allowed)
        if self.folds:
            raise Conflicting(
                "it counts something of the past that is not kept yet (`counts`, or a cap, rest or case over other "
                "events or many more of them): stop the service, put the file in its place, and start it again, "
                "which folds it"
            )
        return self.configuration


class Checking:
    """Of one home. serves: the configuration that the service has."""

    def __init__(self, home: Home, serves: Configuration) -> None:
        self._home = home
        self._serves = serves
        self._looked = lru_cache(_KEPT)(self._look)

    def of(self, text: str) -> Checked:
        """What comes of a text."""
        workspace = self._home.workspace_folder / "workspace.yaml"
        return self._looked(text, named(workspace.read_text("utf-8")))

    def _look(self, text: str, workspace: str) -> Checked:
        folder = Path(tempfile.mkdtemp(prefix="nextlead-draft-"))
        try:
            shutil.copyfile(self._home.workspace_folder / "workspace.yaml", folder / "workspace.yaml")
            (folder / "actions.yaml").write_text(text, "utf-8")
            found = load(folder)
        except InvalidWorkspace as error:
            return Checked(None, Fault(error.key, error.errors[0].value, error.errors[0].reason))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return Checked(found, None, found.layout.digest != self._serves.layout.digest)

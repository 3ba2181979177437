"""The evidence in use: what `nextlead learn` found last, read again when it changes."""

from __future__ import annotations

import json
import os
from pathlib import Path

from features.home import Home, write_json
from leads.arbitration.evidence import NOTHING, Evidence
from leads.errors import NotFound


class Experience:
    """Evidence of a home. Each one that was ever in use stays, under its digest, for decisions to be replayed."""

    def __init__(self, home: Home) -> None:
        self._folder = home.folder / "learning"
        self._current = self._folder / "evidence.json"
        self._stamp: tuple[int, int] | None = None
        self._evidence = NOTHING

    @property
    def evidence(self) -> Evidence:
        """What is known now; nothing before anything was learned."""
        try:
            stat = os.stat(self._current)
        except FileNotFoundError:
            return NOTHING
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            self._evidence, self._stamp = _read(self._current), stamp
        return self._evidence

    def keep(self, evidence: Evidence) -> None:
        """From now on this is what is known."""
        self._folder.mkdir(exist_ok=True)
        write_json(self._kept(evidence.digest), evidence.document)
        write_json(self._current, evidence.document)

    def of(self, digest: str) -> Evidence:
        """The evidence of that digest; raises NotFound."""
        if digest == NOTHING.digest:
            return NOTHING
        if not self._kept(digest).is_file():
            raise NotFound("evidence", digest[:12], "it was not kept")
        return _read(self._kept(digest))

    def has(self, digest: str) -> bool:
        """Whether the evidence of that digest is there kept."""
        return digest == NOTHING.digest or self._kept(digest).is_file()

    def _kept(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"


def _read(path: Path) -> Evidence:
    return Evidence.read(json.loads(path.read_text(encoding="utf-8")))

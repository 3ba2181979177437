"""Runs that were made, a line of JSON each, so that a stop loses none and none is made twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulator.loop import Outcome

Key = Mapping[str, Any]


class Runs:
    """Outcomes by what was run; without a path they are kept in memory alone."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._found: dict[str, Outcome] = {}
        if path is not None and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                document = json.loads(line)
                self._found[_named(document["run"])] = Outcome(**document["outcome"])

    def __contains__(self, run: Key) -> bool:
        return _named(run) in self._found

    def __getitem__(self, run: Key) -> Outcome:
        """What came of it."""
        return self._found[_named(run)]

    def keep(self, run: Key, outcome: Outcome) -> None:
        """Write it down at once."""
        self._found[_named(run)] = outcome
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"run": dict(run), "outcome": asdict(outcome)}) + "\n")


def _named(run: Key) -> str:
    return json.dumps(dict(run), sort_keys=True)

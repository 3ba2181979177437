"""The trail as it is read: all chains together, by time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from pathlib import Path
from typing import Any

from serving.audit.files import ChainFiles, audit_folder, chains
from serving.audit.line import read_line
from serving.audit.seal import Seal
from serving.clock import written


@dataclass(frozen=True)
class Sought:
    """Which entries. since, until: between which times. customer_id: about whom; who: by whom; act: what was done."""

    since: datetime | None = None
    until: datetime | None = None
    customer_id: str | None = None
    who: str | None = None
    act: str | None = None


ALL = Sought()


class Record:
    """Of a home. Lines that cannot be read are passed over; `checking` tells of them."""

    def __init__(self, home: Path) -> None:
        self._folder = audit_folder(home)
        self._home = home

    def entries(self, sought: Sought = ALL) -> Iterator[dict[str, Any]]:
        """What lines tell, the earliest first, each with its chain and its seal."""
        found = merge(*(self._of(files) for files in chains(self._folder)), key=lambda told: told["at"])
        return (told for told in found if self._is(told, sought))

    def latest(self, limit: int, sought: Sought = ALL) -> list[dict[str, Any]]:
        """The latest first."""
        return list(reversed(deque(self.entries(sought), maxlen=limit)))

    def _of(self, files: ChainFiles) -> Iterator[dict[str, Any]]:
        for raw in files.lines():
            line = read_line(raw)
            if line is not None:
                yield {"chain": files.number, **line.document, "seal": line.seal}

    def _is(self, told: dict[str, Any], sought: Sought) -> bool:
        if sought.since is not None and told["at"] < written(sought.since):
            return False
        if sought.until is not None and told["at"] >= written(sought.until):
            return False
        if sought.customer_id is not None and Seal(self._home).whom(sought.customer_id) not in told.get("whom", ()):
            return False
        return all(wanted in (None, told[name]) for name, wanted in (("who", sought.who), ("act", sought.act)))

"""Entries of the trail that are kept no longer: whole files of them go, and the trail says where it begins now."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from pathlib import Path

from serving.audit.files import ChainFiles, Mark, audit_folder, chains
from serving.audit.line import Line, read_line
from serving.audit.seal import Seal
from serving.clock import written


def drop_entries(home: Path, before: datetime, dry: bool = False) -> int:
    """Drop the files all of whose entries are older; how many. What begins a chain then is written before a file goes,
    so that a check finds nothing missing.
    """
    seal, dropped = Seal(home), 0
    for files in chains(audit_folder(home)):
        for path in files.full:
            last = _last(path)
            if last is None or str(last.document["at"]) >= written(before):
                break
            dropped += 1
            if not dry:
                _drop(files, path, last, seal)
    return dropped


def _drop(files: ChainFiles, path: Path, last: Line, seal: Seal) -> None:
    files.write_mark(files.start, Mark(last.number, last.seal), seal)
    path.unlink()


def _last(path: Path) -> Line | None:
    """The last entry of a file that is written to no more."""
    with path.open("rb") as file:
        return read_line(deque(file, maxlen=1)[0]) if path.stat().st_size else None

"""Checking the trail: whether every line is there, as it was written, where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from serving.audit.files import BEGINNING, ChainFiles, Mark, audit_folder, chains
from serving.audit.line import Line, read_line
from serving.audit.seal import Seal


@dataclass
class Checked:
    """lines: how many there are. problems: what is wrong, in words; nothing where all is right. ends: by chain the
    number and the seal of its last line, which may be kept elsewhere and compared.
    """

    lines: int = 0
    problems: list[str] = field(default_factory=list)
    ends: dict[int, Mark] = field(default_factory=dict)


def check(home: Path) -> Checked:
    """The trail of a home, which may be written to meanwhile."""
    seal, found = Seal(home), Checked()
    for files in chains(audit_folder(home)):
        _check(files, seal, found)
    return found


def _check(files: ChainFiles, seal: Seal, found: Checked) -> None:
    start, head = (files.mark(path, seal) for path in (files.start, files.head))
    for path, mark in ((files.start, start), (files.head, head)):
        if mark is None:
            found.problems.append(f"{path.name} was changed")
    last = start or BEGINNING
    for line in _lines(files, found):
        found.lines += 1
        found.problems += _wrong(files, line, last, seal)
        last = Mark(line.number, line.seal)
    if head is not None and last.number < head.number:
        found.problems.append(
            f"{files.current.name}: lines {last.number + 1} to {head.number} are missing: it ends before it should"
        )
    found.ends[files.number] = last


def _lines(files: ChainFiles, found: Checked) -> Iterator[Line]:
    for place, raw in enumerate(files.lines(), 1):
        line = read_line(raw)
        if line is not None and raw.endswith(b"\n"):
            yield line
        elif raw.endswith(b"\n"):
            found.problems.append(f"chain {files.number}: what stands at line {place} is no entry")


def _wrong(files: ChainFiles, line: Line, last: Mark, seal: Seal) -> Iterator[str]:
    where = f"chain {files.number}: line {line.number}"
    if line.number > last.number + 1:
        yield f"chain {files.number}: lines {last.number + 1} to {line.number - 1} are missing"
    elif line.number <= last.number:
        yield f"{where} stands after line {last.number}: the order was changed"
    if not seal.fits(line.seal, last.seal, line.text):
        yield f"{where} was changed, or is not the one that was written after line {last.number}"

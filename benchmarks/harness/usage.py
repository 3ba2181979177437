"""What processes cost: CPU seconds and memory, as the kernel counts them under /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """cpu: seconds of user and system time so far. peak: the most megabytes that were resident at once, summed."""

    cpu: float
    peak: float


def family(pid: int) -> list[int]:
    """A process that is alive and all its descendants, parents first."""
    children: dict[int, list[int]] = {}
    for found in (int(path.name) for path in _PROC.iterdir() if path.name.isdigit()):
        fields = _stat(found)
        if fields is not None:
            children.setdefault(int(fields[1]), []).append(found)
    ids = [pid] if (_PROC / str(pid)).exists() else []
    for parent in ids:
        ids += children.get(parent, [])
    return ids


def usage(pids: Iterable[int]) -> Usage:
    """What processes have used together; those that are gone count nothing."""
    cpu, peak = 0.0, 0.0
    for pid in pids:
        fields = _stat(pid)
        if fields is not None:
            cpu += (int(fields[11]) + int(fields[12])) / _TICKS
            peak += _peak(pid)
    return Usage(cpu, peak)


@dataclass
class Meter:
    """Readings of named groups of processes, oldest first, each at a monotonic second."""

    readings: list[tuple[float, Mapping[str, Usage]]] = field(default_factory=list)

    def read(self, groups: Mapping[str, Sequence[int]]) -> None:
        self.readings.append((time.monotonic(), {name: usage(pids) for name, pids in groups.items()}))

    def between(self, begin: float, end: float) -> dict[str, Any]:
        """Per group, cores that were busy between two moments, and the most megabytes by then."""
        inside = [reading for reading in self.readings if begin <= reading[0] <= end]
        if len(inside) < 2:
            return {}
        (since, first), (until, last) = inside[0], inside[-1]
        cores = {name: round((last[name].cpu - first[name].cpu) / (until - since), 2) for name in last}
        return {"busy_cores": cores, "peak_megabytes": {name: round(last[name].peak) for name in last}}


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the command's name: state, parent, …"""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _peak(pid: int) -> float:
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)

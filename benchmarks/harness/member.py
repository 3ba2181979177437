"""One process of a service that a benchmark owns: started, killed and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.usage import family
from serving.children import ROOT, stop


@dataclass
class Member:
    """A process and how it is started."""

    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, env={**os.environ, **self.environment}, cwd=ROOT, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def pids(self) -> list[int]:
        return family(self.process.pid) if self.process is not None else []

    def kill(self) -> None:
        """SIGKILL to the process and to all it started; none of them can tidy up."""
        _kill(self.pids())
        if self.process is not None:
            self.process.wait()

    def stop(self) -> None:
        """Ask it to stop; what is left after that is killed."""
        if self.process is not None:
            pids = self.pids()
            stop(self.process)
            _kill(pids)


def _kill(pids: Sequence[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

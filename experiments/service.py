"""A home served as an insurer would, for as long as somebody looks at it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx

from leads.errors import Unavailable
from serving.ports import free_port


@contextmanager
def serving(folder: Path, start_at: datetime) -> Iterator[str]:
    """The URL of a service on a free port, started as `nextlead serve` and stopped at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = folder / "serve.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "commands.main", "serve", str(folder), "--port", str(port),
                   "--start-at", start_at.isoformat()]  # fmt: skip
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        _await_ready(url, process, log)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await_ready(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Unavailable(f"the service ended with status {process.returncode}; its log is {log}")
        try:
            if httpx.get(f"{url}/v1/readyz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise Unavailable(f"the service was not ready after {seconds:.0f} s; its log is {log}")

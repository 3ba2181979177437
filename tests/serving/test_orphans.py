"""A process that is killed leaves nothing behind: what it started ends too, and the next start finds all free."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from features.home import Home
from serving.lifeline import PARENT
from serving.ports import free_port
from tests.serving.small_home import NOW
from tests.serving.test_run import ROOT, SCRIPT, started


def _begun(home: Home, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(home.folder), str(port), NOW.isoformat()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True)
    assert process.stdout is not None
    assert any(line.startswith("http://") for line in process.stdout)
    return process


def _ended(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def _children(process: int) -> dict[int, str]:
    """All that a process started, and they in turn, with their commands."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                status, command = (folder / "stat").read_text(), (folder / "cmdline").read_text()
            except OSError:
                continue
            parents[int(folder.name)] = (int(status.rpartition(")")[2].split()[1]), command.replace("\0", " "))
    found: dict[int, str] = {}
    generation = {process}
    while generation:
        generation = {child for child, (parent, _) in parents.items() if parent in generation}
        found |= {child: parents[child][1] for child in generation}
    return found


def _alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_nothing_that_serve_started_outlives_its_kill_and_a_restart_finds_port_and_store_free(home: Home) -> None:
    port = free_port()
    process = _begun(home, port)
    family = _children(process.pid)
    kinds = ("serving.listener", "serving.worker", "serving.store.warden", "valkey")
    assert all(any(kind in command for command in family.values()) for kind in kinds), family
    _ended(process)
    assert _until(lambda: not any(map(_alive, family))), {pid: family[pid] for pid in family if _alive(pid)}
    with started(home, NOW, port) as client:
        assert client.get("/readyz").status_code == 200


def test_an_engine_ends_with_its_warden_and_both_are_there_again(home: Home) -> None:
    process = _begun(home, free_port())
    try:
        warden = next(pid for pid, command in _children(process.pid).items() if "store.warden" in command)
        engine = next(iter(_children(warden)))
        os.kill(warden, signal.SIGKILL)
        assert _until(lambda: not _alive(engine))
        assert _until(lambda: any("valkey-server" in command for command in _children(process.pid).values()))
    finally:
        _ended(process)


def test_a_service_whose_http_process_ends_soon_after_its_start_ends_too(home: Home) -> None:
    port = free_port()
    process = _begun(home, port)
    try:
        listener = next(pid for pid, command in _children(process.pid).items() if "serving.listener" in command)
        os.kill(listener, signal.SIGKILL)
        assert process.wait(timeout=60) == 1
        assert _until(lambda: not _answers(port))
    finally:
        _ended(process)


def _answers(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/livez", timeout=1)
    except httpx.HTTPError:
        return False
    return True


def test_who_starts_when_its_parent_was_killed_already_and_not_buried_yet_ends_too() -> None:
    """The parent stays a zombie until this test asks after it."""
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    assert _until(lambda: not _alive(gone.pid))
    script = "import os, time; from serving.lifeline import hold; hold(os.environ); time.sleep(60)"
    orphan = subprocess.Popen(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(ROOT), PARENT: str(gone.pid)}
    )
    assert orphan.wait(timeout=50) == -signal.SIGTERM
    gone.wait()

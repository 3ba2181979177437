"""A disk without room: what fails for it says so, whoever writes and whoever asks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest
import redis
from fastapi import FastAPI

from commands.main import main
from features.home import Home
from leads.errors import Unavailable
from serving.disk import is_full
from serving.http import problems
from serving.store.engine import connect, running
from tests.serving.managers.test_full_disk import full

ROOMLESS = Path("/proc")
"""A folder of a file system that has no room at all."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB; skips where this user may mount none."""
    if (
        sys.platform != "linux"
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(tmp_path)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no disk can be mounted here")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def _answer(error: Exception, hot: Path) -> httpx.Response:
    """What a service answers whose store is in this folder, to a request that meets this error."""
    app = FastAPI()

    @app.get("/")
    def fails() -> None:
        raise error

    problems.install(app, hot)

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            return await client.get("/")

    return asyncio.run(asked())


def test_a_file_of_frames_that_the_disk_does_not_take_is_told_as_a_full_disk() -> None:
    with pytest.raises(pl.exceptions.PolarsError) as caught:
        pl.DataFrame({"a": range(10**6)}).write_parquet("/dev/full")
    assert is_full(caught.value)
    assert not is_full(pl.exceptions.ComputeError("another thing"))
    answer = _answer(caught.value, ROOMLESS)
    assert answer.status_code == 503 and "the disk of the service takes nothing more" in answer.json()["detail"]


def test_a_store_that_is_away_because_of_its_disk_is_told_so(tmp_path: Path) -> None:
    lost = redis.ConnectionError("away")
    assert "takes nothing more" in _answer(lost, ROOMLESS).json()["detail"]
    assert "takes nothing more" not in _answer(lost, tmp_path).json()["detail"]


def test_a_store_that_refuses_writes_says_that_its_disk_or_memory_is_full(tmp_path: Path) -> None:
    answer = _answer(redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), tmp_path)
    assert answer.status_code == 503 and "its disk or memory" in answer.json()["detail"]


def test_whoever_uses_a_store_whose_disk_fills_up_is_told_so_and_finds_what_was_answered(small_disk: Path) -> None:
    folder, answered = small_disk / "hot", 0
    with pytest.raises(Unavailable, match="takes nothing more: make room"), running(folder) as url:
        store = connect(url)
        while True:
            store.set(f"key-{answered}", bytes(500_000))
            answered += 1
    (small_disk / "hot" / "valkey.log").write_text("")
    assert 0 < answered < 17
    subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk)], check=True)
    with running(folder) as url:
        assert connect(url).exists(*(f"key-{number}" for number in range(answered))) == answered


def test_a_command_that_the_disk_stops_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Home
) -> None:
    monkeypatch.setattr(sys, "argv", ["nextlead", "keys", "create", str(home.folder), "--scope", "crm"])
    with full(), pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code == 1 and not told.out
    assert told.err.startswith("The disk takes nothing more: make room") and "Traceback" not in told.err
    assert not home.keys.exists()

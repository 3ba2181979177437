"""A disk without room: what fails for it says so, whoever writes and whoever asks."""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import polars as pl
import pytest
import redis
import sqlalchemy
from fastapi import FastAPI

from commands.main import main
from features.exchange import exchanged
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


def _answer(error: Exception, hot: Path, method: str = "get") -> httpx.Response:
    """What a service answers whose store is in this folder, to a request that meets this error."""
    app = FastAPI()

    @app.get("/")
    @app.post("/")
    def fails() -> None:
        raise error

    problems.install(app, hot)

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            return await client.request(method, "/")

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


def test_a_store_is_not_started_on_a_disk_that_is_full_from_the_start(small_disk: Path) -> None:
    (small_disk / "hot").mkdir()
    (small_disk / "filled").write_bytes(bytes(8 * 1024 * 1024 - 100_000))
    with (
        pytest.raises(Unavailable, match=r"takes nothing more: make room where .*/hot is"),
        running(small_disk / "hot"),
    ):
        pass
    assert not (small_disk / "hot" / "valkey.log").exists()


def test_a_store_that_died_of_its_disk_is_there_again_once_there_is_room(
    small_disk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(small_disk / "hot") as url:
        store = connect(url)
        with pytest.raises(redis.RedisError):
            while True:
                store.set("key", bytes(500_000))
        _until(lambda: "waits: " in capfd.readouterr().err)
        subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk)], check=True)
        _until(lambda: _is_there(store))
        assert store.get("key") == bytes(500_000)


def _is_there(store: redis.Redis) -> bool:
    with suppress(redis.RedisError):
        return bool(store.ping())
    return False


def _until(there: Callable[[], bool]) -> None:
    while not there():
        time.sleep(0.05)


def test_a_registry_whose_disk_is_full_says_so_also_through_what_wraps_its_database(tmp_path: Path) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'registry.db'}")
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.OperationalError) as caught:
        connection.execute(sqlalchemy.text("PRAGMA max_page_count = 2"))
        connection.execute(sqlalchemy.text("CREATE TABLE runs AS SELECT zeroblob(100000) AS run"))
    assert is_full(caught.value)
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.OperationalError) as caught:
        connection.execute(sqlalchemy.text("SELECT nothing"))
    assert not is_full(caught.value)


@pytest.mark.parametrize(("method", "said"), [("get", "nothing was changed"), ("post", "whether it changed anything")])
def test_that_nothing_was_changed_is_said_of_requests_that_change_nothing(
    tmp_path: Path, method: str, said: str
) -> None:
    for error in (redis.ConnectionError("lost while it was asked"), OSError(errno.ENOSPC, "full")):
        assert said in _answer(error, tmp_path, method).json()["detail"]


def test_an_import_into_a_home_on_a_full_disk_says_so_and_leaves_the_home_as_it_was(home: Home) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.folder.rglob("*") if path.is_file()}
    with full(), pytest.raises(OSError, match="too large") as stopped, exchanged(home.folder):
        pass
    assert is_full(stopped.value) and "\n" not in str(stopped.value)
    after = {path: path.stat().st_mtime_ns for path in home.folder.rglob("*") if path.is_file()}
    assert {path: at for path, at in after.items() if path.suffix != ".lock"} == {
        path: at for path, at in before.items() if path.suffix != ".lock"
    }


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

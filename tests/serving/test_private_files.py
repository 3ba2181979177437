"""What a home holds is its owner's alone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from features.home import Home
from features.lake import read_events
from features.privacy import close_to_others, own_folder
from leads.errors import Unavailable
from serving.store.engine import connect, running, socket_path
from tests.serving.small_home import write_workspace
from tests.serving.test_run import NOW, free_port, quote, started


def open_to_others(folder: Path) -> list[str]:
    """What of a folder others may read, write or enter."""
    found = [folder, *folder.rglob("*")]
    return sorted(str(path.relative_to(folder)) for path in found if stat.S_IMODE(path.lstat().st_mode) & 0o077)


def test_all_that_a_service_writes_is_its_users_alone(home: Home) -> None:
    home.folder.chmod(0o755)
    (home.folder / "keys.lock").touch()
    before = set(open_to_others(home.folder))
    with started(home, NOW, free_port()) as client:
        assert client.post("/v1/events?wait=scored", json=[quote(NOW)]).status_code == 202
        assert client.put("/v1/agents/wang", json={}).status_code == 200
    left = set(open_to_others(home.folder))
    assert "." in before and "." not in left
    assert left - before == set()
    assert list(home.hot.rglob("*.aof")) and read_events(home, since=NOW - timedelta(seconds=1))["id"].to_list() == [
        "now"
    ]


@pytest.mark.parametrize("there", [False, True])
def test_a_key_in_a_file_is_its_users_alone(home: Home, tmp_path: Path, there: bool) -> None:
    result = tmp_path / "key.json"
    if there:
        result.write_text("{}")
        result.chmod(0o644)
    command = [sys.executable, "-m", "commands.main", "keys", "create", str(home.folder), "--scope", "crm"]
    subprocess.run([*command, "--json", str(result)], check=True, capture_output=True)
    assert stat.S_IMODE(result.stat().st_mode) == 0o600
    assert json.loads(result.read_text())["scope"] == "crm"


def test_a_new_home_is_closed_to_others(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", write_workspace(tmp_path / "small"), NOW)
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_home_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(Unavailable, match="belongs to another user"):
        close_to_others(tmp_path)


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A folder with a path that is too long for a socket."""
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    return folder


def test_the_socket_of_a_long_path_is_in_a_folder_of_its_users_alone(long: Path) -> None:
    with running(long) as url, connect(url) as client:
        assert client.ping()
        place = socket_path(long).parent
        assert place.parent == Path(tempfile.gettempdir()) and open_to_others(place) == []


@pytest.mark.parametrize("planted", ["open", "link", "file"])
def test_a_folder_that_somebody_planted_for_the_socket_is_not_used(
    long: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    place = socket_path(long).parent
    place.rmdir()
    if planted == "open":
        place.mkdir()
        place.chmod(0o777)
    elif planted == "link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "theirs")
    else:
        place.write_text("")
    with pytest.raises(Unavailable, match="open to others"), running(long):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_folder_of_another_user_is_not_used(tmp_path: Path) -> None:
    folder = own_folder(tmp_path / "mine")
    os.chown(folder, 12345, 12345)
    with pytest.raises(Unavailable, match="belongs to another user"):
        own_folder(folder)

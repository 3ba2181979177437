"""A process is put together when it is asked for, and of the same parts throughout."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.home import Home
from leads.errors import NotFound
from serving.composition import compose
from serving.ports import free_port
from serving.settings import Settings
from tests.serving.small_home import write_workspace


def test_nothing_is_connected_to_when_a_process_is_put_together(home: Home) -> None:
    parts = compose(Settings(home.folder), f"redis://127.0.0.1:{free_port()}")
    assert parts.claims is parts.claims
    assert parts.queue is parts.queue
    assert parts.configuration.workspace.objectives


def test_a_process_of_no_home_is_refused_at_once(tmp_path: Path) -> None:
    write_workspace(tmp_path / "w")
    with pytest.raises(NotFound):
        compose(Settings(tmp_path), "redis://127.0.0.1:1")


def test_every_worker_is_one_of_its_own_over_the_same_parts(home: Home) -> None:
    parts = compose(Settings(home.folder), f"redis://127.0.0.1:{free_port()}")
    assert parts.stream_worker() is not parts.stream_worker()
    assert parts.application is parts.application

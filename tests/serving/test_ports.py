"""Ports: one that is taken is told at once, with who has it, and nobody else's answer counts as the service's."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.home import Home
from leads.errors import Unavailable
from serving.ports import free_port, listener, listens, require_free
from serving.run import serve


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield int(held.getsockname()[1])


def test_a_port_that_is_taken_is_refused_and_its_owner_named(taken: int) -> None:
    with pytest.raises(Unavailable, match=f"port {taken} is in use by .*process {os.getpid()}"):
        require_free("127.0.0.1", taken)


def test_a_free_port_is_not(taken: int) -> None:
    port = free_port()
    require_free("127.0.0.1", port)
    assert listener(port) is None


def test_only_a_process_that_listens_answers_for_a_port(taken: int) -> None:
    assert listens(os.getpid(), taken)
    assert not listens(os.getpid(), free_port())


def test_a_service_does_not_begin_on_a_taken_port(taken: int, home: Home) -> None:
    before = sorted(home.folder.iterdir())
    with pytest.raises(Unavailable, match="choose another with --port"):
        serve(home.folder, port=taken)
    assert sorted(home.folder.iterdir()) == before
    assert not (Path(home.folder) / "hot" / "owner.lock").exists()

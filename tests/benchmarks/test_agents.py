"""Agents on a service that dies under them: real processes, a few seconds long."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.agents import storm
from tests.serving.small_home import make_home


@pytest.mark.study
def test_nobody_is_held_twice_and_nobody_lost_while_processes_die(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    found = storm(home, agents=12, crews=2, seconds=8, think=1.0, workers=2, seed=3, report=lambda *_: None)
    assert found["wrong"] == []
    assert found["leases"] > 0
    assert sum(found["kills"].values()) >= 1

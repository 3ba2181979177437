"""One small history, simulated once for all tests of this room."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import simulator
from leads.history import History

UNTIL = datetime(2026, 1, 1, 3, 30, tzinfo=UTC)
"""Half past eleven in the morning in Shanghai: steps end in the middle of calling hours."""


@pytest.fixture(scope="session")
def until() -> datetime:
    return UNTIL


@pytest.fixture(scope="session")
def history(until: datetime) -> History:
    return simulator.simulate(5_000, until=until)

"""The small home's service with its wings."""

import pytest

from serving.composition import Composition
from tests.monitoring.routes.winged import Winged


@pytest.fixture
def winged(parts: Composition) -> Winged:
    return Winged(parts)

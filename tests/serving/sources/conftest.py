"""Kafka brokers for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving.sources.mock_brokers import mock_brokers


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """One, without a topic; topics appear when they are named."""
    with mock_brokers() as addresses:
        yield addresses

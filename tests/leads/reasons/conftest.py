"""A customer of the sample insurer as agents are told of them, for the tests of words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from features.configuration import Configuration
from leads.reasons.known import Known

LOCAL = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A Tuesday morning in Shanghai."""

Customer = Callable[..., Known]


@pytest.fixture
def customer(insurer: Configuration) -> Customer:
    """Makes a customer of whom these columns are known, in a talk about a product."""

    def known(product: str | None = None, **row: Any) -> Known:
        return Known(insurer.workspace, row, product, LOCAL)

    return known

"""When a policy's term ends: as its event says, else after the product's usual term."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from leads.configuration.policy_term import expiry
from leads.configuration.workspace import parse_workspace
from leads.history import TIME
from tests.leads.conftest import WORKSPACE

BOUGHT = datetime(2026, 1, 1, tzinfo=UTC)
STATED = datetime(2026, 3, 1, tzinfo=UTC)


def ends(fields: dict[str, Any], product: str | None, stated: datetime | None) -> datetime | None:
    document = deepcopy(WORKSPACE)
    document["fields"] = fields
    document["events"] = {"policy.purchased": {"policy": "purchased"}}
    document["objectives"] = {}
    document["products"]["motor"]["term"] = "30d"
    frame = pl.DataFrame(
        {"time": [BOUGHT], "product": [product], "expires_at": [stated]},
        schema={"time": TIME, "product": pl.String(), "expires_at": TIME},
    )
    found: datetime | None = frame.select("time", expiry(parse_workspace(document)).alias("ends"))["ends"][0]
    return found


PRODUCT, EXPIRES = {"product": {"type": "category"}}, {"expires_at": {"type": "time"}}


def test_what_the_event_says_comes_before_the_usual_term() -> None:
    assert ends(PRODUCT | EXPIRES, "motor", STATED) == STATED
    assert ends(PRODUCT | EXPIRES, "motor", None) == BOUGHT + timedelta(days=30)


def test_a_field_that_is_not_declared_tells_nothing() -> None:
    assert ends(PRODUCT, "motor", STATED) == BOUGHT + timedelta(days=30)
    assert ends(EXPIRES, "motor", STATED) == STATED
    assert ends({}, "motor", STATED) is None


def test_a_product_that_nobody_declared_has_no_term() -> None:
    assert ends(PRODUCT | EXPIRES, "hull", None) is None
    assert ends(PRODUCT | EXPIRES, None, None) is None

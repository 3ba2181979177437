"""A small insurer for the feature tests, and histories made for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from features.configuration import Configuration, checked, load
from leads.history import History

START = datetime(2025, 1, 1, tzinfo=UTC)

DOCUMENT: dict[str, Any] = {
    "name": "small",
    "timezone": "Asia/Shanghai",
    "channels": ["call"],
    "tags": {"age": {"type": "number"}, "region": {"type": "category"}, "note": {"type": "text"}},
    "fields": {
        "product": {"type": "category"},
        "channel": {"type": "category"},
        "disposition": {"type": "category"},
        "consent": {"type": "boolean"},
        "talk_seconds": {"type": "number"},
        "premium": {"type": "number"},
        "expires_at": {"type": "time"},
    },
    "products": {
        "health": {"price": 600, "margin": 150, "term": "365d"},
        "motor": {"price": 3000, "margin": 300, "term": "180d", "grace": "14d"},
    },
    "events": {
        "call.completed": {"half_lives": ["1d", "30d"], "values": ["talk_seconds"], "usual": ["talk_seconds"]},
        "quote.requested": {"half_lives": ["7d"], "by": "product"},
        "policy.purchased": {"policy": "purchased"},
        "policy.renewed": {"policy": "renewed"},
        "policy.lapsed": {"policy": "lapsed", "interaction": False},
        "consent.changed": {"interaction": False},
    },
    "objectives": {
        "conversion": {
            "moments": {"every": "30d"},
            "population": "policies_ever = 0",
            "target": "policy.purchased",
            "horizon": "30d",
        }
    },
}


def write_workspace(folder: Path, document: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workspace.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return load(write_workspace(tmp_path_factory.mktemp("small"), DOCUMENT))


def event(kind: str, days: float, customer: str = "a", **data: Any) -> dict[str, Any]:
    """An event so many days after the start."""
    return {"type": kind, "customer_id": customer, "time": START + timedelta(days=days), **data}


def history_of(configuration: Configuration, events: list[dict[str, Any]], customers: Any = None) -> History:
    """A checked history of the events; without customers given, each customer is known from the start."""
    schema = configuration.workspace.event_schema
    numbered = [{"id": str(i), "source": "test", **item} for i, item in enumerate(events)]
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in numbered], schema=schema)
    if customers is None:
        customers = [{"customer_id": name, "at": START, "age": 30.0} for name in sorted(set(frame["customer_id"]))]
    known = pl.DataFrame(customers, schema_overrides={"at": configuration.workspace.customer_schema["at"]})
    return checked(configuration.workspace, History(known, frame, START + timedelta(days=400)))

"""A small insurer for the tests of the business rules, the sample insurer's files, and frames for both."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from features.configuration import Configuration, load
from features.ready_workspaces import READY
from leads.actions.catalogue import Catalogue
from leads.actions.reading import parse_catalogue
from leads.configuration.workspace import Workspace, parse_workspace

MORNING = datetime(2026, 7, 1, 2, tzinfo=UTC)
"""Ten in the morning in Shanghai."""

WORKSPACE: dict[str, Any] = {
    "name": "small",
    "timezone": "Asia/Shanghai",
    "channels": ["call", "wecom"],
    "tags": {
        "age": {"type": "number", "label": {"zh": "年龄", "en": "age"}},
        "region": {"type": "category", "values": ["east", "west"]},
        "vip": {"type": "boolean"},
    },
    "fields": {
        "product": {"type": "category"},
        "disposition": {"type": "category"},
        "talk_seconds": {"type": "number", "label": {"zh": "通话秒数", "en": "talk seconds"}},
    },
    "products": {
        "health": {"price": 600, "margin": 150, "label": {"zh": "健康险", "en": "health insurance"}},
        "motor": {"price": 3000, "margin": 300, "label": {"zh": "车险", "en": "motor insurance"}},
    },
    "events": {
        "call.completed": {
            "half_lives": ["7d"], "values": ["talk_seconds"], "by": "disposition",
            "by_values": ["interested"],
            "label": {"zh": "通话", "en": "call"},
        },
        "quote.requested": {"half_lives": ["30d"], "by": "product",
                            "label": {"zh": "询价", "en": "quote request"}},
        "policy.purchased": {"policy": "purchased"},
        "policy.renewed": {"policy": "renewed"},
    },
    "objectives": {
        "win": {
            "moments": {"every": "30d"}, "target": "policy.purchased", "horizon": "30d",
            "label": {"zh": "首单", "en": "first sale"}, "population": "policies_ever = 0",
        },
        "keep": {
            "product": "expiring", "moments": {"before_expiry": ["30d"]}, "target": "policy.renewed",
            "horizon": "45d",
        },
        "extend": {
            "product": "each", "moments": {"every": "60d"}, "target": "policy.purchased", "horizon": "60d",
            "population": "NOT this__active",
        },
    },
}  # fmt: skip

ACTIONS: dict[str, Any] = {
    "scenes": {"first": {"zh": "首单", "en": "first"}, "later": {"zh": "后续", "en": "later"}},
    "passive_channels": ["content"],
    "agent_minute": 1.0,
    "levers": {"scene": {"later": 2.0}, "objective": {"keep": 1.5}},
    "control_share": 0.1,
    "contact": {
        "rules": {"grown_up": "coalesce(age, 18) >= 18"},
        "channels": {"call": {"hours": "09:00-20:00", "rules": {"rested": "call_completed__count_7d < 2"}}},
    },
    "rules": {"grown_up": {"zh": "客户未成年", "en": "the customer is a minor"}},
    "actions": {
        "wait": {"label": {"zh": "等待", "en": "wait"}},
        "win_call": {
            "objective": "win", "scene": "first", "channel": "call", "value": 500,
            "cost": {"minutes": 5, "money": 0.5}, "eligibility": {"here": "region = 'east'"},
            "label": {"zh": "首单电话", "en": "first call"},
        },
        "win_content": {"objective": "win", "scene": "first", "channel": "content", "value": 100},
        "keep_call": {
            "objective": "keep", "scene": "later", "channel": "call", "value": "{margin} * 2", "cost": 4,
            "context": "CASE WHEN vip THEN 1.5 ELSE 1 END",
        },
        "keep_motor": {
            "objective": "keep", "product": "motor", "scene": "later", "channel": "wecom",
            "value": "{margin}",
        },
        "extend_call": {
            "objective": "extend", "product": "each", "scene": "later", "channel": "call",
            "value": "{margin}",
            "content": "offer_{product}", "label": {"zh": "推荐{product}", "en": "offer {product}"},
            "eligibility": {"not_held": "NOT coalesce(policy_{product}_active, false)"},
            "suitability": {"affordable": "{price} < 1000 OR vip"},
        },
    },
}  # fmt: skip

SCHEMA: dict[str, pl.DataType] = {
    "age": pl.Float64(),
    "region": pl.String(),
    "vip": pl.Boolean(),
    "consent_call": pl.Boolean(),
    "consent_wecom": pl.Boolean(),
    "call_completed__count_7d": pl.Float64(),
    "policy_next_product": pl.String(),
    "policy_health_active": pl.Boolean(),
    "policy_motor_active": pl.Boolean(),
}
"""The part of the small insurer's feature sheet that its rules read."""

CUSTOMER: dict[str, Any] = {
    "customer_id": "C1", "age": 40.0, "region": "east", "vip": False, "consent_call": True,
    "consent_wecom": True, "call_completed__count_7d": 0.0, "policy_next_product": "health",
    "policy_health_active": True, "policy_motor_active": False, "score_win": 0.1, "score_keep": 0.5,
    "score_extend__health": 0.02, "score_extend__motor": 0.04,
}  # fmt: skip
"""Someone who can be offered everything but what they hold."""

SCORES = ("score_win", "score_keep", "score_extend__health", "score_extend__motor")


@pytest.fixture(scope="session")
def now() -> datetime:
    return MORNING


@pytest.fixture
def workspace_document() -> dict[str, Any]:
    """The small insurer's workspace, to be changed at will."""
    return deepcopy(WORKSPACE)


@pytest.fixture
def actions_document() -> dict[str, Any]:
    """The small insurer's actions, to be changed at will."""
    return deepcopy(ACTIONS)


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    return parse_workspace(deepcopy(WORKSPACE))


@pytest.fixture(scope="session")
def catalogue(workspace: Workspace) -> Catalogue:
    return parse_catalogue(deepcopy(ACTIONS), workspace)


@pytest.fixture(scope="session")
def schema() -> dict[str, pl.DataType]:
    return SCHEMA


@pytest.fixture(scope="session")
def customers() -> Callable[..., pl.DataFrame]:
    """Builds a frame of the usual customer, a row per mapping of what is different about them."""

    def build(*changes: dict[str, Any]) -> pl.DataFrame:
        numbers = dict.fromkeys(SCORES, pl.Float64())
        rows = [CUSTOMER | change for change in changes or ({},)]
        types = {"customer_id": pl.String(), "timezone": pl.String()} | SCHEMA | numbers
        return pl.DataFrame(rows, schema={name: types[name] for name in {**rows[0]}})

    return build


@pytest.fixture(scope="session")
def insurer() -> Configuration:
    """The sample insurer as it is shipped."""
    return load("insurer")


@pytest.fixture
def insurer_documents() -> tuple[dict[str, Any], dict[str, Any]]:
    """The sample insurer's two files, parsed."""
    folder: Path = READY / "insurer"
    workspace, actions = (
        yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in ("workspace.yaml", "actions.yaml")
    )
    return workspace, actions


@pytest.fixture(scope="session")
def random_frame(insurer: Configuration) -> Callable[[int, int], pl.DataFrame]:
    """Builds a frame of the sample insurer's features and scores: rows from a seed, a third missing."""

    def build(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        columns = [pl.Series("customer_id", [f"C{row}" for row in range(rows)])]
        # Nothing is reported: what that does has tests of its own.
        told = {
            name: kind for name, kind in insurer.layout.schema.items() if name not in insurer.layout.reported_schema
        }
        columns += [_column(insurer, name, kind, rows, rng) for name, kind in told.items()]
        actions = insurer.catalogue.actions
        scores = {insurer.catalogue.actions.score_column(action) for action in actions} - {None}
        for name in sorted(scores, key=str):
            columns.append(_missing(pl.Series(str(name), rng.random(rows)), rng))
        zones = np.array(["Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin", "nowhere"])
        columns.append(_missing(pl.Series("timezone", zones[rng.integers(0, 4, rows)]), rng))
        columns += [_missing(pl.Series(name, rng.random(rows) / 20), rng) for name in insurer.catalogue.effects.tolls]
        return pl.DataFrame(columns)

    return build


def _column(insurer: Configuration, name: str, kind: pl.DataType, rows: int, rng: np.random.Generator) -> pl.Series:
    if kind == pl.Boolean:
        return _missing(pl.Series(name, rng.random(rows) < 0.7), rng)
    if kind == pl.String:
        tag = insurer.workspace.tags.get(name)
        lifecycle = insurer.workspace.lifecycle
        groups = {"stage": lifecycle.stages, "value_tier": lifecycle.tiers}.get(name)
        if groups:
            return pl.Series(name, np.array([group.name for group in groups])[rng.integers(0, len(groups), rows)])
        values = np.array(tag.values if tag and tag.values else tuple(insurer.workspace.products))
        return _missing(pl.Series(name, values[rng.integers(0, len(values), rows)]), rng)
    # Days are many and counts few, as in life; half of the numbers are whole, so that limits are met exactly.
    numbers = rng.exponential(60 if name.endswith("_days") or name == "age" else 1, rows)
    numbers = np.where(rng.random(rows) < 0.5, numbers.round(), numbers)
    if name == "policy_next_expiry_days":
        numbers -= 14
    return _missing(pl.Series(name, numbers), rng)


def _missing(series: pl.Series, rng: np.random.Generator) -> pl.Series:
    keep = pl.Series(rng.random(len(series)) > 0.33)
    return series.zip_with(keep, pl.Series(series.name, [None] * len(series), dtype=series.dtype))

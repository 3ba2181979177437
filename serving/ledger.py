"""The decision ledger: what was decided, from what, with which versions and with what probability."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import polars as pl
import redis

from features.home import Home
from leads.errors import NotFound
from serving.keyspace import Keyspace

HOT_DAYS = 90
"""Decisions are kept hot so long; the lake keeps them all."""


@dataclass(frozen=True)
class Decision:
    """One decision for one customer.

    inputs: the features and scores that it was made from. chosen: the actions offered, best first, with what
    their priority is made of. rejected: per action not offered, the stage and rule that removed it. arm:
    `treatment` or `control`; selection_probability: with which the chosen action was chosen.
    """

    id: str
    customer_id: str
    at: str
    kind: str
    inputs: Mapping[str, Any]
    models: Mapping[str, str]
    catalogue: str
    workspace: str
    request: Mapping[str, Any]
    chosen: Sequence[Mapping[str, Any]]
    rejected: Sequence[Mapping[str, Any]]
    arm: str
    selection_probability: float


def new_id() -> str:
    return f"dec-{uuid4().hex}"


class Ledger:
    """Writes decisions to the hot store, from where the recorder takes them into the lake."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, home: Home) -> None:
        self._client = client
        self._keys = keyspace
        self._home = home

    def write(self, pipeline: Any, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            text = msgspec.json.encode(decision)
            pipeline.set(self._keys.decision(decision.id), text, ex=timedelta(days=HOT_DAYS))
            pipeline.xadd(self._keys.decisions, {"decision": text})

    def read(self, decision_id: str) -> dict[str, Any]:
        """The decision of this id; raises NotFound."""
        text = self._client.get(self._keys.decision(decision_id))
        if text is not None:
            found: dict[str, Any] = json.loads(text)  # type: ignore[arg-type]
            return found
        return self._from_lake(decision_id)

    def _from_lake(self, decision_id: str) -> dict[str, Any]:
        files = sorted((self._home.lake / "decisions").glob("date=*/*.parquet"))
        if files:
            rows = pl.scan_parquet(files, hive_partitioning=False).filter(pl.col("id") == decision_id).collect()
            if len(rows):
                found: dict[str, Any] = json.loads(rows["document"][0])
                return found
        raise NotFound("decision", decision_id)

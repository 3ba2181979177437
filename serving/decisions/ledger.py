"""The decision ledger: what was decided, from what, with which versions and with what probability."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import uuid4

import msgspec
import polars as pl
import redis
from typing_extensions import TypedDict

from features.home import Home
from features.lake import steady
from leads.errors import NotFound
from leads.history import TIME
from serving.decisions.batch import RejectedAction
from serving.decisions.offers import EARLIER, OfferedAction
from serving.meaning import Means, Time
from serving.store.keyspace import Keyspace

HOT_DAYS = 90
"""Decisions are kept hot so long; the lake keeps them all."""


@dataclass(frozen=True)
class Decision:
    """One decision for one customer.

    inputs: the features and scores that it was made from. chosen: the actions offered, best first, with what
    their priority is made of. rejected: per action not offered, the stage and rule that removed it. models, catalogue,
    workspace, evidence, code: versions of all that it rests on. arm: `treatment`, `control` or an experiment's;
    choice_probability: with which the chosen action was chosen in that arm; selection_probability: that of being in the
    arm times this; explored: whether it was drawn. marginal_probability: with which what was done, be it nothing, is
    done for such a customer in whatever arm, ramps of new actions included.
    """

    id: str
    customer_id: str
    at: str
    kind: str
    inputs: Mapping[str, Any]
    models: Mapping[str, str]
    catalogue: str
    workspace: str
    evidence: str
    code: str
    request: Mapping[str, Any]
    chosen: list[OfferedAction]
    rejected: list[RejectedAction]
    arm: str
    selection_probability: float
    choice_probability: float
    explored: bool
    marginal_probability: float


class DecisionAnswer(TypedDict):
    decision_id: str
    customer_id: str
    at: Time
    kind: Literal["next-action", "claim"]
    inputs: Annotated[dict[str, Any], Means("the features and scores it was made from")]
    models: dict[str, str]
    catalogue: Annotated[str, Means("digest of the action catalogue")]
    workspace: Annotated[str, Means("digest of the workspace")]
    evidence: Annotated[str | None, Means("digest of what was learned by then")]
    code: Annotated[str | None, Means("release and hash of the source that decided")]
    request: dict[str, Any]
    chosen: list[OfferedAction]
    rejected: list[RejectedAction]
    arm: str
    selection_probability: float
    choice_probability: Annotated[float | None, Means("of the choice within the arm")]
    explored: Annotated[bool, Means("whether the choice was drawn")]
    marginal_probability: Annotated[
        float | None, Means("with which what was done is done for such a customer in whatever arm")
    ]


def decision_body(kept: Mapping[str, Any]) -> DecisionAnswer:
    """A decision as it was kept; null stands for what ledgers did not keep yet when it was made."""
    chosen: Any = [EARLIER | offer for offer in kept["chosen"]]
    return {
        "decision_id": kept["id"],
        "customer_id": kept["customer_id"],
        "at": kept["at"],
        "kind": kept["kind"],
        "inputs": kept["inputs"],
        "models": kept["models"],
        "catalogue": kept["catalogue"],
        "workspace": kept["workspace"],
        "evidence": kept.get("evidence"),
        "code": kept.get("code"),
        "request": kept["request"],
        "chosen": chosen,
        "rejected": kept["rejected"],
        "arm": kept["arm"],
        "selection_probability": kept["selection_probability"],
        "choice_probability": kept.get("choice_probability"),
        "explored": kept.get("explored", False),
        "marginal_probability": kept.get("marginal_probability"),
    }


def new_id() -> str:
    return f"dec-{uuid4().hex}"


def drop(pipeline: Any, keyspace: Keyspace, decision_ids: Sequence[str]) -> None:
    """Decisions are kept hot no longer."""
    if decision_ids:
        pipeline.delete(*map(keyspace.decision, decision_ids))


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

    def recent(self, decision_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Those of these decisions that are kept hot; the others are left out."""
        if not decision_ids:
            return []
        texts = self._client.mget([self._keys.decision(decision_id) for decision_id in decision_ids])
        return [json.loads(text) for text in texts if text is not None]  # type: ignore[union-attr]

    def documents(self, since: datetime | None, until: datetime) -> list[dict[str, Any]]:
        """Every recorded decision from `since` until before `until`, in the order of time and id."""
        wanted = pl.col("time") < until
        if since is not None:
            wanted &= pl.col("time") >= since
        rows = self._recorded(wanted).sort("time", "id")
        return [json.loads(text) for text in rows.unique("id", keep="first", maintain_order=True)["document"]]

    def _from_lake(self, decision_id: str) -> dict[str, Any]:
        rows = self._recorded(pl.col("id") == decision_id)
        if rows.is_empty():
            raise NotFound("decision", decision_id)
        found: dict[str, Any] = json.loads(rows["document"][0])
        return found

    def _recorded(self, wanted: pl.Expr) -> pl.DataFrame:
        """Rows of the lake's decisions. Raises DamagedFiles."""

        def read() -> pl.DataFrame:
            files = sorted((self._home.lake / "decisions").glob("date=*/*.parquet"))
            if not files:
                return pl.DataFrame(schema={"id": pl.String(), "time": TIME, "document": pl.String()})
            return pl.scan_parquet(files, hive_partitioning=False).filter(wanted).collect()

        return steady(self._home, read)

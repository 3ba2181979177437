"""The decision ledger: what was decided, from what, with which versions and with what probability."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple
from uuid import uuid4

import polars as pl
import redis
from typing_extensions import TypedDict

from features.home import Home
from features.lake import steady
from features.lake_files import require_sound, sources
from leads.actions.reports import AS_REPORTED
from leads.arbitration.decisions import Decisions
from leads.errors import NotFound
from leads.history import TIME
from leads.sheet.sheet import Sheet
from serving.clock import microseconds
from serving.decisions.batch import RejectedAction, refused
from serving.decisions.offers import EARLIER, OfferedAction
from serving.decisions.purposes import Purpose
from serving.decisions.rows import DecisionRow, DecisionRows, Facts, encode, facts_of
from serving.events import timeline
from serving.events.outbox import Outbox
from serving.events.timeline import DECIDED
from serving.meaning import Means, Time
from serving.scoring.unprofiled import without_scores
from serving.store.keyspace import Keyspace
from serving.store.scripts import Scripts


class KeptDecision(NamedTuple):
    """A decision as it is kept: its row, what its contact is for (empty for none), and the event that tells of it, with
    its customer and time (us).
    """

    id: str
    row: bytes
    purpose: bytes
    customer_id: str
    time: int
    event: bytes


@dataclass(frozen=True)
class Decision:
    """One decision for one customer.

    sheet, row: where the features and scores are that it was made from. chosen: the actions offered, best first,
    with what their priority is made of. decisions: of the same row, what removed the actions that were not offered.
    models, catalogue, workspace, evidence, code: versions of all that it rests on. arm: `treatment`, `control` or an
    experiment's; choice_probability: with which the chosen action was chosen in that arm; selection_probability: that
    of being in the arm times this; explored: whether it was drawn. marginal_probability: with which what was done, be
    it nothing, is done for such a customer in whatever arm, ramps of new actions included.
    """

    id: str
    customer_id: str
    at: str
    kind: str
    sheet: Sheet
    decisions: Decisions
    row: int
    models: Mapping[str, str]
    catalogue: str
    workspace: str
    evidence: str
    code: str
    request: Mapping[str, Any]
    chosen: list[OfferedAction]
    arm: str
    selection_probability: float
    choice_probability: float
    explored: bool
    marginal_probability: float
    shifts: Mapping[str, float]

    @property
    def inputs(self) -> dict[str, Any]:
        """The features and scores that it was made from; policies as reported only where something is."""
        told = self.sheet.row(self.row).items()
        return {name: value for name, value in told if value is not None or not name.startswith(AS_REPORTED)}

    @property
    def rejected(self) -> list[RejectedAction]:
        """Per action not offered, the stage and rule that removed it."""
        return refused(self.decisions, self.row)

    def kept(self, facts: Facts) -> DecisionRow:
        """As the store keeps it, with the facts of its row."""
        codes = self.decisions.rejected[self.row].astype("<u2").tobytes()
        own = {name: getattr(self, name) for name in DecisionRow.__struct_fields__ if name not in ("facts", "rejected")}
        return DecisionRow(**own, facts=facts, rejected=codes)

    @property
    def purpose(self) -> Purpose | None:
        """What the contact is for that it offers first; None where it offers nothing."""
        if not self.chosen:
            return None
        first = self.chosen[0]
        return Purpose(self.id, self.customer_id, self.at, self.kind, first["action"], first["scene"], first["product"])


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
    shifts: Annotated[
        dict[str, float], Means("by objective the log-odds that recent outcomes added to its scores, where they did")
    ]


def decision_body(kept: Mapping[str, Any]) -> DecisionAnswer:
    """A decision as it was kept; null stands for what ledgers did not keep yet when it was made."""
    chosen: Any = [EARLIER | offer for offer in kept["chosen"]]
    return {
        "decision_id": kept["id"],
        "customer_id": kept["customer_id"],
        "at": kept["at"],
        "kind": kept["kind"],
        "inputs": without_scores(kept["inputs"]),
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
        "shifts": kept.get("shifts", {}),
    }


def new_id() -> str:
    return f"dec-{uuid4().hex}"


def drop(pipeline: Any, keyspace: Keyspace, decision_ids: Sequence[str]) -> None:
    """Decisions are kept hot no longer."""
    if decision_ids:
        pipeline.delete(*map(keyspace.decision, decision_ids), *map(keyspace.purpose, decision_ids))


class Ledger:
    """Writes decisions to the hot store, from where the recorder takes them into the lake."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, scripts: Scripts, home: Home, rows: DecisionRows, outbox: Outbox
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._scripts = scripts
        self._home = home
        self._rows = rows
        self._outbox = outbox

    def write(self, decisions: Sequence[Decision]) -> None:
        """Keep decisions, in the timelines and for endpoints too, all of it in one step."""
        if decisions:
            self._scripts.run("decided", *self.script_arguments(decisions))

    def script_arguments(self, decisions: Sequence[Decision]) -> list[str | bytes | int]:
        """What is kept of decisions, as a script is told (`keep_decisions`)."""
        told, hearing = self.written(decisions), self.hearing
        messages = [part for one in told for name in hearing for part in (name, one.event)]
        return [len(told), *[part for one in told for part in one], *messages]

    def written(self, decisions: Sequence[Decision]) -> list[KeptDecision]:
        """What is to be kept of decisions. Their columns are kept at once, so that the rows can be read."""
        sheets = {id(made.sheet): made.sheet for made in decisions}
        facts = {name: facts_of(sheet) for name, sheet in sheets.items()}
        for sheet in sheets.values():
            self._rows.keep(sheet.columns)
        return [_kept(made, facts[id(made.sheet)][made.row]) for made in decisions]

    @property
    def hearing(self) -> Sequence[str]:
        """Endpoints that want to hear of decisions."""
        return self._outbox.hearing(DECIDED)

    def read(self, decision_id: str) -> dict[str, Any]:
        """The decision of this id; raises NotFound."""
        kept: Any = self._client.get(self._keys.decision(decision_id))
        return self._from_lake(decision_id) if kept is None else self._rows.document(kept)

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
            require_sound(files)
            # Files of earlier versions have fewer columns; these three every one has.
            every = pl.scan_parquet(
                sources(files), hive_partitioning=False, missing_columns="insert", extra_columns="ignore"
            )
            return every.filter(wanted).select("id", "time", "document").collect()

        return steady(self._home, read)


def _kept(made: Decision, facts: Facts) -> KeptDecision:
    at = microseconds(datetime.fromisoformat(made.at))
    event = timeline.decided(made.customer_id, at, made.id, made.arm, made.chosen)
    return KeptDecision(made.id, encode(made.kept(facts)), _purpose(made), event.customer_id, event.time, event.kept())


def _purpose(made: Decision) -> bytes:
    purpose = made.purpose
    return b"" if purpose is None else purpose.written()

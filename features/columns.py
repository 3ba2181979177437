"""Events as NumPy columns: what a slot needs to know of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from features.sayings import spoken_in
from features.slots import Counter, Register, Slot
from leads.actions.reports import CALLED, KINDS, can_report
from leads.configuration.policy_term import expiry
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.configuration.workspace import CHANNEL, CONSENT, DISPOSITION, Workspace
from leads.contact.policy import CALL

_NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class EventColumns:
    """n events: `time` in microseconds (float64), `type` codes, and the fields that slots select or keep.

    codes: event type → code. texts: field → (values, codes per event), for `by`. numbers: field → float64 per event,
    NaN where the event does not carry it.
    """

    time: np.ndarray
    type: np.ndarray
    codes: dict[str, int]
    texts: dict[str, tuple[dict[str, int], np.ndarray]]
    numbers: dict[str, np.ndarray]

    @cached_property
    def present(self) -> frozenset[int]:
        """Codes of the types that occur."""
        return frozenset(np.unique(self.type).tolist())

    def selects(self, slot: Slot) -> np.ndarray:
        """Indexes of the events that touch the slot, in order."""
        wanted = [code for event in slot.events if (code := self.codes.get(event)) in self.present]
        if not wanted:
            return _NOTHING
        mask = self.type == wanted[0] if len(wanted) == 1 else np.isin(self.type, wanted)
        if slot.by is not None:
            values, codes = self.texts[slot.by]
            allowed = (slot.by_value or "",) if isinstance(slot, Counter) else slot.by_values
            mask &= np.isin(codes, [values[value] for value in allowed if value in values])
        if isinstance(slot, Register):
            mask &= ~np.isnan(self.numbers[slot.values[0]])
        return np.flatnonzero(mask)

    def weights(self, slot: Counter, chosen: np.ndarray) -> np.ndarray:
        """What each chosen event adds to each decayed column: (m, decayed), one for a count, the value for a sum, one
        and a logarithm for a usual value that is told.
        """
        if not slot.values and not slot.usual:
            return np.ones((len(chosen), len(slot.half_lives)))
        told = [self.numbers[value][chosen] for value in slot.usual]
        parts = [
            np.ones(len(chosen)),
            *(np.nan_to_num(self.numbers[value][chosen], nan=0.0) for value in slot.values),
            *(np.where(np.isnan(amount), 0.0, 1.0) for amount in told),
            *(np.log1p(np.maximum(np.nan_to_num(amount, nan=0.0), 0.0)) for amount in told),
        ]
        return np.repeat(np.column_stack(parts), len(slot.half_lives), axis=1)


def event_columns(workspace: Workspace, events: pl.DataFrame) -> EventColumns:
    """The columns of an events frame (schema `workspace.event_schema`), rows in their given order."""
    codes = {name: code for code, name in enumerate(workspace.events)}
    fields = set(workspace.fields)
    texts = _Texts(events)
    numbers = {
        field.name: events[field.name].to_numpy() for field in workspace.fields.values() if field.type == "number"
    }
    numbers = {name: np.asarray(values, dtype=np.float64) for name, values in numbers.items()}
    numbers["expires"] = _expiries(workspace, events)
    numbers.setdefault("premium", np.full(len(events), np.nan))
    if any(spoken_in(workspace, purpose) for purpose in workspace.purposes):
        channel, given = _consents(workspace, events)
        texts["consent_channel"] = _coded(channel)
        numbers["refused"] = 1.0 - given
    if can_report(workspace.events, fields):
        about, kind = _reports(workspace, events)
        texts["reported_about"] = _coded(about)
        numbers["reported"] = kind
    return EventColumns(
        time=events["time"].to_physical().cast(pl.Float64).to_numpy(),
        type=events["type"].replace_strict(codes, default=-1, return_dtype=pl.Int16).to_numpy(),
        codes=codes,
        texts=texts,
        numbers=numbers,
    )


class _Texts(dict[str, tuple[dict[str, int], np.ndarray]]):
    """Fields of an events frame, each coded when a slot first asks for it."""

    def __init__(self, events: pl.DataFrame) -> None:
        super().__init__()
        self._events = events

    def __missing__(self, field: str) -> tuple[dict[str, int], np.ndarray]:
        self[field] = _coded(self._events[field])
        return self[field]


def _coded(values: pl.Series) -> tuple[dict[str, int], np.ndarray]:
    """Distinct values → code, and each row's code; -1 where missing."""
    distinct = values.drop_nulls().unique().sort().to_list()
    codes = {value: code for code, value in enumerate(distinct)}
    if not codes:
        return {}, np.full(len(values), -1, dtype=np.int32)
    coded = values.replace_strict(codes, default=-1, return_dtype=pl.Int32).fill_null(-1)
    return codes, coded.to_numpy()


def _expiries(workspace: Workspace, events: pl.DataFrame) -> np.ndarray:
    """When the policy that an event buys or renews ends, in microseconds; NaN where nothing tells."""
    expires = events.select("time", expiry(workspace).alias("expires"))["expires"]
    return expires.to_physical().cast(pl.Float64).fill_null(np.nan).to_numpy()


def _consents(workspace: Workspace, events: pl.DataFrame) -> tuple[pl.Series, np.ndarray]:
    """Which channel an event speaks of and whether it consents (1, 0, NaN says nothing).

    The disposition `do_not_call` of a call withdraws the consent to calls.
    """
    refuses, channel, given = pl.lit(False), pl.lit(None, pl.String()), pl.lit(None, pl.Float64())
    if DISPOSITION in workspace.fields:
        refuses = ((pl.col("type") == "call.completed") & (pl.col("disposition") == DO_NOT_CALL)).fill_null(False)
    if {CHANNEL, CONSENT} <= set(workspace.fields):
        says_so = pl.col("type") == "consent.changed"
        channel = pl.when(says_so).then(pl.col("channel"))
        given = pl.when(says_so).then(pl.col("consent").cast(pl.Float64))
    channel = pl.when(refuses).then(pl.lit(CALL)).otherwise(channel)
    given = pl.when(refuses).then(0.0).otherwise(given)
    said = events.select(channel.alias("channel"), given.fill_null(np.nan).alias("given"))
    return said["channel"], said["given"].to_numpy()


def _reports(workspace: Workspace, events: pl.DataFrame) -> tuple[pl.Series, np.ndarray]:
    """Which product an agent's report is about, empty where none of ours is named, and its kind; NaN is no report."""
    called = pl.col("type") == CALLED
    kind = pl.when(called).then(pl.col("disposition").replace_strict(KINDS, default=None, return_dtype=pl.Float64))
    named = pl.col("product") if "product" in workspace.fields else pl.lit(None, pl.String)
    about = pl.when(named.is_in(list(workspace.products))).then(named).otherwise(pl.lit(""))
    said = events.select(about.alias("about"), kind.fill_null(np.nan).alias("kind"))
    return said["about"], said["kind"].to_numpy()

"""The packed online rows as matrices: what the hot path reads and writes. The Feast plugin serves the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl

from features.consents import with_times
from features.layout import FeatureLayout
from features.packing import pack_profile, pack_states, unpack_profile, unpack_states
from leads.sheet.columns import Columns
from leads.sheet.sheet import Sheet, coded

VIEWS = ("profile", "interactions", "standing")


class Commands(Protocol):
    """A Redis client or pipeline: commands run at once, or when the pipeline is executed."""

    def mget(self, keys: list[str]) -> Any: ...
    def mset(self, mapping: Any) -> Any: ...
    def set(self, name: str, value: bytes, *, nx: bool = False) -> Any: ...
    def delete(self, *names: str) -> Any: ...


def row_key(prefix: str, view: str, customer_id: str) -> str:
    """Where a view's row of one customer stands."""
    return f"{prefix}:{view}:{customer_id}"


@dataclass(frozen=True)
class CustomerState:
    """All that is known of n customers: row i of everything is the same customer.

    known: whether there is a profile. profile_at, interactions_at: microseconds, NaN where there is none.
    """

    profile: Sheet
    interactions: np.ndarray
    standing: np.ndarray
    known: np.ndarray
    profile_at: np.ndarray
    interactions_at: np.ndarray

    def taken(self, rows: Sequence[int]) -> CustomerState:
        """The states of some of the customers."""
        chosen = list(rows)
        return CustomerState(
            self.profile.taken(chosen), self.interactions[chosen], self.standing[chosen], self.known[chosen],
            self.profile_at[chosen], self.interactions_at[chosen],
        )  # fmt: skip


class HotFeatures:
    """Reads and writes packed rows under a key prefix. Holds no state but the layout."""

    def __init__(self, layout: FeatureLayout, prefix: str = "{nextlead}") -> None:
        self.layout = layout
        self.prefix = prefix
        self._columns = Columns(layout.kept_profile)
        self._blank = [None] * len(self._columns)
        self._texts = {name: layout.workspace.tags[name].values or () for name in self._columns.texts}

    def keys(self, view: str, customer_ids: Sequence[str]) -> list[str]:
        return [row_key(self.prefix, view, customer_id) for customer_id in customer_ids]

    def read(self, client: Commands, customer_ids: Sequence[str]) -> CustomerState:
        """The states of the customers in one round trip. Raises Unavailable for rows of another layout."""
        count = len(customer_ids)
        values = client.mget([key for view in VIEWS for key in self.keys(view, customer_ids)])
        return self.unpacked(values[:count], values[count : 2 * count], values[2 * count :])

    def unpacked(
        self, profiles: Sequence[bytes | None], counters: Sequence[bytes | None], policies: Sequence[bytes | None]
    ) -> CustomerState:
        """The states of customers whose rows are in hand. Raises Unavailable for rows of another layout."""
        profile_at, profile = self._profiles(profiles)
        interactions_at, interactions = unpack_states(counters, self.layout.interactions.blank)
        _, standing = unpack_states(policies, self.layout.standing.blank)
        return CustomerState(profile, interactions, standing, ~np.isnan(profile_at), profile_at, interactions_at)

    def _profiles(self, values: Sequence[bytes | None]) -> tuple[np.ndarray, Sheet]:
        """When each profile was known, and its values."""
        unpacked = [(np.nan, self._blank) if value is None else unpack_profile(value) for value in values]
        kept = list(zip(*(row for _, row in unpacked), strict=True)) or [()] * len(self._columns)
        found = np.empty((len(self._columns), len(unpacked)))
        words: dict[str, Sequence[str]] = {}
        for place, (name, told) in enumerate(zip(self._columns.names, kept, strict=True)):
            if name in self._texts:
                words[name], found[place] = coded(told, self._texts[name])
            else:
                found[place] = np.array(told, dtype=np.float64)
        return np.array([at for at, _ in unpacked], dtype=np.float64), Sheet(self._columns, found, words)

    def write_profiles(self, client: Commands, customers: pl.DataFrame, *, only_new: bool = False) -> None:
        """Set the profiles of customers (schema `workspace.customer_schema` and times of consents, one row each).

        only_new: who has a profile already keeps it.
        """
        known = customers["at"].to_physical().cast(pl.Float64).to_list()
        keys = self.keys("profile", customers["customer_id"].to_list())
        rows = with_times(self.layout.workspace.purposes, customers).select(self._columns.names).iter_rows()
        for key, at, row in zip(keys, known, rows, strict=True):
            client.set(key, pack_profile(at, row), nx=only_new)

    def write_states(
        self,
        client: Commands,
        customer_ids: Sequence[str],
        interactions: np.ndarray,
        standing: np.ndarray,
        at: np.ndarray,
    ) -> None:
        """Set both states of the customers, true at `at` microseconds (n,)."""
        rows: dict[str, bytes] = {}
        for view, states in (("interactions", interactions), ("standing", standing)):
            rows |= zip(self.keys(view, customer_ids), pack_states(at, states), strict=True)
        if rows:
            client.mset(rows)

    def erase(self, client: Commands, customer_id: str) -> None:
        """Remove everything that is kept of a customer here."""
        client.delete(*(row_key(self.prefix, view, customer_id) for view in VIEWS))

    def erase_states(self, client: Commands, customer_id: str) -> None:
        """Remove what events have left of a customer."""
        client.delete(*(row_key(self.prefix, view, customer_id) for view in VIEWS[1:]))

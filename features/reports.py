"""What agents report and the core has neither confirmed nor contradicted yet, as it stands at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from features.layout import FeatureLayout
from features.policy_book import PolicyBook, book_at
from features.slots import DAY, MICROSECONDS
from leads.actions.reports import KINDS, RENEWED, SHORTLY


@dataclass(frozen=True, eq=False)
class Reports:
    """Of n customers, by product and at last of one that no report named: kind as in `KINDS`, NaN where none holds, and
    when it was told (microseconds).
    """

    kind: np.ndarray
    at: np.ndarray

    @property
    def holds(self) -> np.ndarray:
        return np.asarray(~np.isnan(self.kind))


def reports_at(layout: FeatureLayout, standing: np.ndarray, now: np.ndarray) -> Reports:
    """The reports that hold at each customer's moment (microseconds)."""
    at, kind, settled, ended = _told(layout, standing)
    fresh = (at <= now[:, None]) & (now[:, None] < at + _microseconds(layout.workspace.reported_holds))
    confirmed = settled >= at - _microseconds(SHORTLY)
    holds = (kind > 0) & fresh & ~confirmed & ~(ended > at)
    return Reports(np.where(holds, kind, np.nan), np.where(holds, at, np.nan))


def contradicted(layout: FeatureLayout, standing: np.ndarray) -> np.ndarray:
    """Of whom the core has said since the last report that what was reported is over: (n,) bool."""
    if not layout.reports:
        return np.zeros(len(standing), dtype=bool)
    at, kind, _, ended = _told(layout, standing)
    last = np.where(kind > 0, at, -np.inf).max(axis=1)
    return np.asarray(((kind > 0) & (ended > at) & (ended > last[:, None])).any(axis=1))


def _told(layout: FeatureLayout, standing: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """By report: when it was told, its kind, and when last the core had what confirms it, and what ends it."""
    told = [np.where(there, standing[:, columns], np.nan) for columns, there in layout.report_columns]
    return told[0], told[1], told[2], told[3]


def placed(layout: FeatureLayout, reports: Reports, book: PolicyBook) -> Reports:
    """A renewal that names no product is of the policy that expires next, where there is one."""
    kind, at = reports.kind.copy(), reports.at.copy()
    nearest = _places(layout, book)
    rows = np.flatnonzero((kind[:, -1] == KINDS[RENEWED]) & (nearest >= 0))
    kind[rows, nearest[rows]], at[rows, nearest[rows]] = kind[rows, -1], at[rows, -1]
    kind[rows, -1] = at[rows, -1] = np.nan
    return Reports(kind, at)


def _places(layout: FeatureLayout, book: PolicyBook) -> np.ndarray:
    """(n,) the place among the reports of the product that expires next, -1 where none does or none is kept of it."""
    kept = np.array([layout.reports.index(p) if p in layout.reports else -1 for p in layout.workspace.products] + [-1])
    return np.asarray(kept[np.where(np.isnan(book.nearest), -1, book.nearest).astype(np.intp)])


def book_as_reported(layout: FeatureLayout, standing: np.ndarray, reports: Reports, now: np.ndarray) -> PolicyBook:
    """The policy book as if the core had what is reported: a term from the report on, or one more where a policy
    runs or can still be renewed.
    """
    changed, offsets = standing.copy(), layout.standing.offsets
    for place, product in enumerate(layout.workspace.products.values()):
        if product.name not in layout.reports:
            continue
        rows = np.flatnonzero(reports.holds[:, place])
        at = reports.at[rows, place]
        columns = [offsets[f"{product.name}{name}"] for name in ("__book__at", "__book__expires", "__held__first")]
        expires = changed[rows, columns[1]]
        runs = expires > at - _microseconds(product.grace)
        changed[rows, columns[1]] = np.where(runs, expires, at) + _microseconds(product.term)
        changed[rows, columns[0]] = at
        changed[rows, columns[2]] = np.fmin(changed[rows, columns[2]], at)
    book = book_at(layout, changed, now)
    unnamed = reports.holds[:, -1].astype(np.float64)
    for total in ("policies_active", "policies_ever"):
        book.numbers[:, book.names.index(total)] += unnamed
    return book


def reported(
    layout: FeatureLayout, standing: np.ndarray, now: np.ndarray, book: PolicyBook | None
) -> tuple[np.ndarray, np.ndarray]:
    """The numbers behind `layout.reported_features`: (n, features), NaN where nothing is reported; and the product that
    expires next as reported, (n,) by its place.
    """
    reports = reports_at(layout, standing, now)
    values = np.full((len(standing), len(layout.reported_features)), np.nan)
    rows = np.flatnonzero(reports.holds.any(axis=1))
    following = np.full(len(standing), np.nan)
    if not len(rows):
        return values, following
    reports = Reports(reports.kind[rows], reports.at[rows])
    before = None if book is None else _of(book, rows)
    if before is not None:
        reports = placed(layout, reports, before)
    days = (now[rows, None] - reports.at) / DAY
    parts = [np.nanmin(days, axis=1)[:, None], days[:, -1:], days[:, :-1]]
    if before is not None:
        after = book_as_reported(layout, standing[rows], reports, now[rows])
        parts += [_next(layout, days, before), after.numbers, after.active.astype(np.float64)]
        following[rows] = after.nearest
    values[rows] = np.hstack(parts)
    return values, following


def _of(book: PolicyBook, rows: np.ndarray) -> PolicyBook:
    return PolicyBook(book.names, book.numbers[rows], book.active[rows], book.nearest[rows])


def _next(layout: FeatureLayout, days: np.ndarray, book: PolicyBook) -> np.ndarray:
    """Days since the report about the policy that expires next: (n, 1)."""
    places = _places(layout, book)
    return np.where(places < 0, np.nan, days[np.arange(len(days)), places])[:, None]


def _microseconds(length: timedelta) -> float:
    return length.total_seconds() * MICROSECONDS

"""Retention in the lake: rows that are kept no longer leave it, and values of tags likewise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from features.home import Home
from features.lake import writing
from features.lake_files import columns_of, is_readable, read_file, require_sound, scan_file, write_file
from leads.configuration.retention import Retention, cutoff
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.errors import DamagedFiles

Spared = Callable[[Sequence[str]], Sequence[bool]]
"""Of ids of customers whether nothing of theirs may be destroyed."""


@dataclass
class Dropped:
    """counts: by what it was (`events.TYPE`, `tags.NAME`, `decisions`) how much went. customers: whose events did."""

    counts: Counter[str] = field(default_factory=Counter)
    customers: set[str] = field(default_factory=set)


def drop_overdue(home: Home, now: datetime, spared: Spared, dry: bool = False) -> Dropped:
    """Take out what is kept no longer. dry: only count it. Raises DamagedFiles, after all other files are done."""
    run, damaged = _Run(home.configuration.workspace.retention, now, spared, dry, Dropped()), []
    with writing(home):
        for drop, path in run.files(home.lake):
            try:
                require_sound([path])
                drop(path)
            except pl.exceptions.PolarsError:
                if is_readable(path):
                    raise
                damaged.append(str(path.relative_to(home.folder)))
    if damaged:
        raise DamagedFiles(damaged)
    return run.found


def overdue(retention: Retention, now: datetime, columns: Sequence[str]) -> pl.Expr:
    """Which rows of an events frame are kept no longer; a do-not-call is."""
    ends = {kind: end for kind in retention.events if (end := retention.event_cutoff(kind, now)) is not None}
    over = [(pl.col("type") == kind) & (pl.col("time") < end) for kind, end in ends.items()]
    gone = pl.any_horizontal(over) if over else pl.lit(False)
    return gone & (pl.col("disposition") != DO_NOT_CALL).fill_null(True) if "disposition" in columns else gone


@dataclass(frozen=True)
class _Run:
    """One look at all files in which something may be that is kept no longer."""

    retention: Retention
    now: datetime
    spared: Spared
    dry: bool
    found: Dropped

    def files(self, lake: Path) -> Iterator[tuple[Callable[[Path], None], Path]]:
        """Each with what is to be done with it."""
        ends = [self.retention.event_cutoff(kind, self.now) for kind in self.retention.events]
        latest = max((end for end in ends if end is not None), default=None)
        yield from ((self.events, path) for path in _dated(lake / "events", latest))
        decisions = cutoff(self.retention.decisions, self.now)
        yield from ((self.decisions, path) for path in _dated(lake / "decisions", decisions))
        if self.retention.tags:
            yield from ((self.tags, path) for path in sorted((lake / "customers").glob("*.parquet")))

    def events(self, path: Path) -> None:
        over = overdue(self.retention, self.now, columns_of(path))
        gone, mine = self._gone(path, over)
        self.found.counts.update({f"events.{kind}": count for kind, count in gone["type"].value_counts().iter_rows()})
        self.found.customers.update(gone["customer_id"])
        self._rewrite(path, mine, len(gone))

    def decisions(self, path: Path) -> None:
        gone, mine = self._gone(path, pl.col("time") < cutoff(self.retention.decisions, self.now))
        self.found.counts.update({"decisions": len(gone)} if len(gone) else {})
        self._rewrite(path, mine, len(gone))

    def tags(self, path: Path) -> None:
        """Values go, not rows: what else a record tells is kept."""
        frame = read_file(path)
        asked = [tag for tag in self.retention.tags if tag in frame.columns]
        over = {tag: frame.select(self._told_before(tag, frame.columns)).to_series() for tag in asked}
        touched = frame.filter(pl.any_horizontal(list(over.values()))) if over else frame.clear()
        held = frame["customer_id"].is_in(self._held(touched))
        gone = {tag: rows & ~held for tag, rows in over.items() if (rows & ~held).any()}
        self.found.counts.update({f"tags.{tag}": int(rows.sum()) for tag, rows in gone.items()})
        if gone and not self.dry:
            cleared = [pl.when(rows).then(None).otherwise(pl.col(tag)).alias(tag) for tag, rows in gone.items()]
            write_file(path, frame.with_columns(cleared))

    def _gone(self, path: Path, over: pl.Expr) -> tuple[pl.DataFrame, pl.Expr]:
        """Which rows go, and how they are told: none of whoever is spared."""
        rows = scan_file(path).filter(over).collect()
        mine = ~pl.col("customer_id").is_in(self._held(rows))
        return rows.filter(mine), over & mine

    def _rewrite(self, path: Path, over: pl.Expr, count: int) -> None:
        if self.dry or not count:
            return
        left = read_file(path).filter(~over.fill_null(False))
        if left.is_empty():
            path.unlink()
        else:
            write_file(path, left)

    def _told_before(self, tag: str, columns: Sequence[str]) -> pl.Expr:
        """Of records whether the tag has a value that was told before it is kept from."""
        at, end = pl.col("at").to_physical(), cutoff(self.retention.tags[tag], self.now)
        if "said" in columns:
            at = pl.coalesce(pl.col("said").str.json_path_match(f"$['tag:{tag}']").cast(pl.Int64), at)
        before = at < pl.lit(end).cast(pl.Datetime("us", "UTC")).to_physical()
        return (pl.col(tag).is_not_null() & before).fill_null(False)

    def _held(self, rows: pl.DataFrame) -> list[str]:
        ids = rows["customer_id"].unique().to_list()
        return [name for name, held in zip(ids, self.spared(ids), strict=True) if held]


def _dated(folder: Path, before: datetime | None) -> Iterator[Path]:
    """The files in which something may be that is older; none where nothing ends."""
    if before is None:
        return
    last = before.date().isoformat()
    for path in sorted(folder.glob("date=*/*.parquet")):
        date = path.parent.name.removeprefix("date=")
        if date <= last[: len(date)]:
            yield path

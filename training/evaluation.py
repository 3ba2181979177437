"""Evaluation: the champion on rows it has not seen, on what happened since, or on a file from elsewhere."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.home import Home
from features.lake import import_history
from leads.configuration.objective import Objective
from leads.errors import InvalidInput
from leads.history import History
from models.bundle import Bundle
from models.manifest import format_time
from models.prior_shift import PriorShift
from training.data.dataset import Dataset, Record, full_sets, slices
from training.data.join import Progress
from training.data.splits import numbered
from training.metrics import metrics
from training.prior import corrected
from training.registry import Registry

COLUMNS = ("customer_id", "at", "product", "probability", "label")
"""Of a predictions file; the objective follows them."""

SUFFIXES = (".csv", ".parquet")

NESTED = ("slices", "last_block", "shipped_calibration", "fairness")
"""What metrics hold metrics of parts under."""

_REMEMBERED = 4
"""Half-lives after which outcomes no longer correct anything."""


def evaluate(
    home: Home,
    objectives: Sequence[str] | None = None,
    since: datetime | None = None,
    source: History | None = None,
    predictions: Path | None = None,
    seed: int = 7,
    progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Metrics per objective, with `slices` and the champion's `version` and `trained_until`.

    Without `since` and `source`: on the holdout that the champion was judged on, and where that is several blocks in
    time, on the last of them alone under `last_block`. since: on rows with a moment
    at or after it (`seen_rows` of them lie in what the champion learned from). source: on its customers alone, who need
    not be in the home. predictions: a CSV or Parquet file for every row of the population, label empty where
    it is censored.
    """
    if predictions is not None:
        check_suffix(predictions)
    names = list(objectives or home.configuration.workspace.objectives)
    registry = Registry(home)
    results, frames = {}, []
    with _record(home, since, source) as record:
        for name in names:
            objective = home.configuration.objective(name)
            champion = registry.require_champion(name, home.configuration.workspace.digest)
            rows = champion.holdout() if record is None else _predicted(record, objective, champion, since, progress)
            results[name] = _result(objective, champion, rows, seed, fresh=source is not None)
            frames.append(rows.select(*COLUMNS, pl.lit(name).alias("objective")))
    if predictions is not None:
        write_frame(pl.concat(frames).with_columns(pl.col("label").cast(pl.Int8)), predictions)
    return results


@contextmanager
def _record(home: Home, since: datetime | None, source: History | None) -> Iterator[Record | None]:
    """The home's record, that of the source in a home of its own, or none for the holdout."""
    if source is not None:
        with tempfile.TemporaryDirectory(prefix="nextlead-") as folder:
            yield Record.of(source_home(home, source, Path(folder)))
    else:
        yield None if since is None else Record.of(home)


def source_home(home: Home, source: History, folder: Path) -> Home:
    """A home in `folder` with the same workspace and nothing but the source's customers and events."""
    other = Home.create(folder / "home", home.configuration, source.observed_until)
    import_history(other, source)
    return other


def _predicted(
    record: Record, objective: Objective, champion: Bundle, since: datetime | None, progress: Progress | None
) -> pl.DataFrame:
    """What a service would have said of each row at its moment."""
    before = champion.manifest.prior
    early = None if since is None else first_told(objective, before, since)
    rows = as_said(record, objective, champion, early, progress)
    rows = corrected(objective, rows, "probability", "baseline", start=before)
    return rows if since is None else rows.filter(pl.col("at") >= since)


def as_said(
    record: Record, objective: Objective, champion: Bundle, since: datetime | None, progress: Progress | None = None
) -> pl.DataFrame:
    """What the champion says of each row by itself."""
    parts = [predicted(champion, part) for part in full_sets(record, objective, since, progress)]
    return pl.concat(parts) if parts else champion.holdout().clear()


def first_told(objective: Objective, before: PriorShift | None, at: datetime) -> datetime:
    """From when on outcomes must be looked at to correct what is said at a time and after. before: what was learned
    before, which counts where it is no later.
    """
    if objective.prior is None:
        return at
    if before is not None and before.at <= at:
        return before.at
    return at - objective.horizon - _REMEMBERED * max(objective.prior.half_lives)


def predicted(champion: Bundle, data: Dataset) -> pl.DataFrame:
    """The rows' keys with `probability`, `baseline`, and a column `slice__…` per slice."""
    return data.keys.with_columns(
        pl.col("label").cast(pl.Float64),
        pl.Series("probability", champion.predict(data.rows), dtype=pl.Float64),
        pl.Series("baseline", champion.baseline(data.rows), dtype=pl.Float64),
        *slices(data.objective, data.rows),
    )


def _result(objective: Objective, champion: Bundle, rows: pl.DataFrame, seed: int, fresh: bool) -> dict[str, Any]:
    window = champion.manifest.data_window
    known = rows.filter(pl.col("label").is_not_null())
    result = measured(objective, known, seed) | {
        "version": champion.manifest.version,
        "trained_until": format_time(window.observed_until),
        "censored_rows": len(rows) - len(known),
    }
    if not fresh:
        seen = known.filter(pl.col("at").is_between(window.start, window.until))
        result["seen_rows"] = len(seen)
    return result


def measured(objective: Objective, rows: pl.DataFrame, seed: int) -> dict[str, Any]:
    """The metrics of labelled rows, of each slice of the objective under `slices`, and of the last of several blocks
    in time under `last_block`.
    """
    slices = {rule.name: _metrics(rows.filter(f"slice__{rule.name}"), seed) for rule in objective.slices}
    result = _metrics(rows, seed) | {"slices": slices}
    if objective.split.by == "time" and "part" in rows.columns and rows["part"].n_unique() > 1:
        result["last_block"] = _metrics(rows.filter(pl.col("part") == pl.col("part").max()), seed)
    return result


def _metrics(rows: pl.DataFrame, seed: int) -> dict[str, Any]:
    label, probability, baseline, weight = (
        rows[name].to_numpy() for name in ("label", "probability", "baseline", "weight")
    )
    return metrics(label, probability, baseline, weight, seed, customer=numbered(rows["customer_id"]))


def check_suffix(path: Path) -> None:
    """Refuse a file whose kind cannot be told, before any work is done."""
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidInput("file", str(path), f"a name that ends in {' or '.join(SUFFIXES)}")


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """CSV or Parquet by extension; times in CSV are RFC 3339 in UTC."""
    check_suffix(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".parquet":
        frame.write_parquet(path)
        return
    times = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    frame.with_columns(pl.col(times).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")).write_csv(path)

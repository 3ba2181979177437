"""Windows: consecutive samples of one size, of the moments at which an objective predicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from leads.arbitration.draws import hashed
from leads.configuration.objective import Objective
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from models.scoring import in_population, population_columns
from monitoring.population.sample import Sample
from training.data.dataset import about

WINDOWS = 3
"""So many in a row must agree before anything is said."""

ROWS = 400
"""Rows of a window: what is found does not grow with the insurer."""

LEAST = 100
"""Fewer rows in a window say nothing."""

_APART = timedelta(hours=8)
"""Between the looks at everybody, where an objective predicts for everybody at a time: three in a day."""

_BACK = timedelta(days=30)
"""How far back windows may reach to be filled, where moments are those of each customer."""

_SPARE = 3
"""Moments joined for each row wanted: some are not of the population."""


@dataclass(frozen=True)
class Window:
    """Rows with `customer_id, at`, what the model reads, and its `probability`; from the first moment to the last."""

    rows: pl.DataFrame
    begins: datetime
    ends: datetime

    def __len__(self) -> int:
        return len(self.rows)


def windows(sample: Sample, objective: Objective, bundle: Bundle, size: int = ROWS) -> list[Window]:
    """The latest windows up to the end of the record, the oldest first: of no customer twice where everybody is looked
    at at once, else one after the other in time. One that is not full is there as it is.
    """
    asked = moments_of_windows(sample, objective, size)
    if objective.moments.every is not None:
        found = [_look(sample, objective, bundle, part, size) for part in asked]
    else:
        found = _consecutive(sample, objective, bundle, asked[0], size)
    return [window for window in found if len(window)]


def moments_of_windows(sample: Sample, objective: Objective, size: int = ROWS) -> list[pl.DataFrame]:
    """The moments (`customer_id, at`) that windows are made of, for `Sample.prepare`."""
    if objective.moments.every is not None:
        return [_everybody(sample, place, size) for place in range(WINDOWS)]
    recent = sample.moments(objective).filter(pl.col("at") > sample.until - _BACK).sort("at", "customer_id")
    return [recent.tail(size * WINDOWS * _SPARE)]


def _everybody(sample: Sample, place: int, size: int) -> pl.DataFrame:
    """At one time, of whom each window has others."""
    end = sample.until - (WINDOWS - 1 - place) * _APART
    known = sample.customers.filter(pl.col("at") <= end)["customer_id"].unique()
    mine = sorted((lot, name) for name in known if (lot := hashed(name)) % WINDOWS == place)
    chosen = pl.DataFrame(
        {"customer_id": [name for _, name in mine][: size * _SPARE]}, schema={"customer_id": pl.String}
    )
    return chosen.with_columns(pl.lit(end).cast(sample.customers.schema["at"]).alias("at"))


def _look(sample: Sample, objective: Objective, bundle: Bundle, asked: pl.DataFrame, size: int) -> Window:
    rows = _scored(sample, objective, bundle, asked)
    if objective.product == "each":
        rows = rows.filter(pl.Series(_one_each(rows)))
    end: datetime = asked["at"].max() or sample.until  # type: ignore[assignment]
    return Window(rows.head(size), end, end)


def _one_each(rows: pl.DataFrame) -> np.ndarray:
    """Of the rows of a customer one, by lot: several are of one person, and say one thing."""
    lot = [hashed(f"{name}|{product}") for name, product in rows.select("customer_id", "product").iter_rows()]
    drawn = rows.select("customer_id").with_columns(pl.Series("lot", lot, dtype=pl.UInt64))
    return drawn.select(pl.col("lot") == pl.col("lot").min().over("customer_id"))["lot"].to_numpy()


def _consecutive(sample: Sample, objective: Objective, bundle: Bundle, asked: pl.DataFrame, size: int) -> list[Window]:
    """Samples of one size, one after the other."""
    rows = _scored(sample, objective, bundle, asked).tail(size * WINDOWS)
    parts = [rows.slice(start, size) for start in range(len(rows) % size if len(rows) > size else 0, len(rows), size)]
    return [Window(part, part["at"].min(), part["at"].max()) for part in parts if len(part)]  # type: ignore[arg-type]


def _scored(sample: Sample, objective: Objective, bundle: Bundle, asked: pl.DataFrame) -> pl.DataFrame:
    """The rows of the population at these moments, as training has them, with the model's probability."""
    rows = population_at(sample, objective, asked)
    probability = bundle.predict(rows) if len(rows) else np.empty(0)
    names = [name for name, _ in bundle.manifest.features]
    keys = ["customer_id", "at", *([] if "product" in names or "product" not in rows.columns else ["product"])]
    return rows.select([*keys, *names]).with_columns(pl.Series("probability", probability, dtype=pl.Float64))


def population_at(sample: Sample, objective: Objective, asked: pl.DataFrame) -> pl.DataFrame:
    """The features of the population's rows at moments (`customer_id, at`), with `at`; a row per product where the
    objective has one for each.
    """
    layout = sample.configuration.layout
    frame, asked = sample.features(asked), asked.with_row_index("moment")
    if objective.product == "each":
        products = pl.DataFrame({"product": list(objective.products)}, schema={"product": pl.String()})
        asked = asked.join(products, how="cross", maintain_order="left_right")
    rows = frame[asked["moment"].to_numpy()]
    if objective.product == "each":
        rows = about(layout, rows, asked["product"])
    elif objective.product == "expiring":
        rows = about(layout, rows, rows["policy_next_product"])
    inside = in_population(objective, Sheet.of(rows, population_columns(objective)))
    return rows.with_columns(asked["at"]).filter(pl.Series(inside))


def enough(found: Sequence[Window]) -> bool:
    """Whether there are windows enough, each of rows enough, to say anything."""
    return len(found) == WINDOWS and all(len(window) >= LEAST for window in found)

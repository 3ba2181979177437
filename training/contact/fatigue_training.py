"""What contact takes: how much less likely success becomes with every contact before it, whatever it was about.

Contact tires people, and what it takes shows later, where nobody thinks of that contact any more. The success of those
who were contacted more is compared to that of those who were contacted less, both less what was known of them before
that contact lets expect (Robinson 1988, Econometrica 56); a second slope, on the square, tells whether the fifth takes
more than the first. Intervals hold whatever the variances, and for several rows of one customer (Liang & Zeger 1986,
Biometrika 73).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leads.configuration.objective import Objective
from leads.configuration.objective import Toll as Asked
from leads.sheet.sheet import Sheet
from models.calibrator import Floats
from models.encoding import Encoding, Matrix, encoding_of
from models.fatigue_effect import Toll, contacts_of
from training.contact.uplift import crossed, fold_of
from training.contact.verdict import CASES, LEAST
from training.data.dataset import Dataset, Record, about, model_features, training_set
from training.data.join import features_at

MOST_ROWS = 80_000

HIGHEST = 0.99
"""Share of the rows whose contacts are at most the number beyond which nothing more is told."""

NORMAL = 1.6448536269514722
"""Standard errors on either side of a 90% interval."""


def learn(record: Record, goal: Objective, asked: Asked, seed: int, threads: int = 1) -> Toll:
    """From the rows of a record whose horizon is over."""
    data = training_set(record, replace(goal, moments=asked.moments or goal.moments, max_rows=MOST_ROWS), seed)
    data = replace(data, keys=data.keys.filter(data.over), rows=data.rows.filter(data.over))
    label = data.keys["label"].cast(pl.Float64).to_numpy()
    contacts = contacts_of(asked, Sheet.of(data.rows, asked.contacts.columns))
    told = np.isfinite(contacts)
    cases = label[told].sum()
    if told.sum() < LEAST or min(cases, told.sum() - cases) < CASES or np.ptp(contacts[told]) == 0:
        return Toll(int(told.sum()), int(cases))
    encoding, matrix = _before(record, data, asked)
    rows = _Rows(
        label=label[told],
        contacts=contacts[told],
        weight=data.keys["weight"].to_numpy()[told],
        customer=data.keys["customer_id"].rank("dense").to_numpy().astype(np.intp)[told],
        fold=fold_of(data.keys["customer_id"])[told],
        matrix=matrix[told],
    )
    return _found(rows, encoding.category_positions, seed, threads)


def _before(record: Record, data: Dataset, asked: Asked) -> tuple[Encoding, Matrix]:
    """What was known of each row `since` before its moment."""
    configuration, goal = record.configuration, data.objective
    moments = data.keys.select("customer_id", pl.col("at") - asked.since).with_row_index("moment")
    frame = features_at(record.history, configuration, moments)
    if goal.product != "none":
        frame = about(configuration.layout, frame, data.keys["product"])
    encoding = encoding_of(frame, model_features(configuration, goal), configuration.workspace.categories)
    return encoding, encoding.matrix(frame)


@dataclass(frozen=True)
class _Rows:
    """n rows. customer: a number each, the same for rows of one."""

    label: Floats
    contacts: Floats
    weight: Floats
    customer: NDArray[np.intp]
    fold: NDArray[np.intp]
    matrix: Matrix


def _found(rows: _Rows, categories: list[int], seed: int, threads: int) -> Toll:
    highest = float(rows.contacts.max())
    share = np.clip(rows.contacts / highest, 0.0, 1.0)
    targets = {"label": rows.label, "once": share, "square": share**2}
    expected = crossed(rows.matrix, targets, rows.weight, rows.fold, categories, seed, threads)
    rest = {name: target - expected[name] for name, target in targets.items()}
    once, square = rest["once"] * highest, rest["square"] * highest**2
    slope, error = _slopes(rest["label"], once[:, None], rows)
    each, margin = -float(slope[0]), NORMAL * float(error[0])
    (bend, curve), _ = _slopes(rest["label"], np.column_stack([once, square]), rows)
    grows = curve < 0
    return Toll(
        rows=len(rows.label),
        successes=int(rows.label.sum()),
        first=-float(bend + curve) if grows else each,
        growth=-2 * float(curve) if grows else 0.0,
        most=float(np.quantile(rows.contacts, HIGHEST)),
        each=each,
        interval=(each - margin, each + margin),
    )


def _slopes(target: Floats, sides: Floats, rows: _Rows) -> tuple[Floats, Floats]:
    """Weighted least squares without a constant, and standard errors that hold for rows of one customer."""
    weighted = sides * rows.weight[:, None]
    inverse = np.linalg.pinv(sides.T @ weighted)
    slopes = inverse @ (weighted.T @ target)
    scores = weighted * (target - sides @ slopes)[:, None]
    summed = np.column_stack([np.bincount(rows.customer, column) for column in scores.T])
    return slopes, np.sqrt(np.diag(inverse @ (summed.T @ summed) @ inverse))

"""Shadow: champion and challenger score the same record, live events and all; nobody is called by the challenger.

Two questions. Now: do they say the same of everybody who is in the record, and would they call the same first? And of
what happened since neither of them learned: which of them was right? Both speak as they were trained, without what
recent outcomes add for all (`prior`). Nothing is kept but these numbers, for both models can be asked again what they
would have said at any time, of features as they were then. The service takes no part in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from time import thread_time
from typing import Any

import numpy as np
import polars as pl

from features.home import Home
from leads.configuration.objective import Objective
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from models.calibrator import Floats
from models.manifest import format_time
from models.scoring import scores_of
from monitoring.shadow.agreement import agreement
from monitoring.shadow.kept import keep
from training.batch import features_of
from training.data.dataset import Record
from training.data.splits import numbered
from training.evaluation import as_said
from training.fitness import Timer
from training.gates import KEYS
from training.ranking import auc, auc_gain
from training.recipe import gain_of
from training.registry import CHALLENGER, CHAMPION, Registry

LEAST = 20
"""Successes, and failures, that tell which model was right."""


def shadow(
    home: Home, at: datetime | None = None, objective: str | None = None, timer: Timer = thread_time
) -> dict[str, Any]:
    """By objective with a challenger: both versions, their agreement about everybody at a time, what came of it where
    that is known by then, and what it costs; kept as the last answer. at: the end of the record by default.
    """
    end = min(at or home.observed_until, home.observed_until)
    pairs = _pairs(home, objective)
    frame = features_of(home, end) if pairs else pl.DataFrame()
    record = Record.of(home, end) if pairs else None
    found = {
        name: _compared(home, home.configuration.objective(name), pair, frame, record, timer)
        for name, pair in pairs.items()
        if record is not None
    }
    answer = {"at": format_time(end), "objectives": found}
    keep(home, answer)
    return answer


def _pairs(home: Home, objective: str | None) -> Mapping[str, tuple[Bundle, Bundle]]:
    """Champion and challenger of each objective that has both, of this configuration."""
    registry, digest = Registry(home), home.configuration.workspace.digest
    return {
        name: (_bundle(registry, name, named[CHAMPION], digest), _bundle(registry, name, named[CHALLENGER], digest))
        for name, named in registry.aliases().items()
        if {CHAMPION, CHALLENGER} <= named.keys() and objective in (None, name)
    }


def _bundle(registry: Registry, name: str, version: str, digest: str) -> Bundle:
    return Bundle.load(registry.folder(name, version), digest, name)


def _compared(
    home: Home, goal: Objective, pair: tuple[Bundle, Bundle], frame: pl.DataFrame, record: Record,
    timer: Timer,
) -> dict[str, Any]:  # fmt: skip
    sheet = Sheet.of(frame.drop("customer_id"))
    said, spent = zip(*(_scored(bundle, goal, home, sheet, timer) for bundle in pair), strict=True)
    inside = ~np.isnan(said[0]) & ~np.isnan(said[1])
    return {
        "champion": pair[0].manifest.version, "challenger": pair[1].manifest.version,
        "now": agreement(said[0][inside], said[1][inside]), "outcomes": _outcomes(record, goal, pair),
        "seconds": {"champion": spent[0], "challenger": spent[1]},
    }  # fmt: skip


def _scored(bundle: Bundle, goal: Objective, home: Home, sheet: Sheet, timer: Timer) -> tuple[Floats, float]:
    """(rows × products,) what it says of everybody, NaN outside the population; and the seconds of work that took."""
    begin = timer()
    found = scores_of(bundle, goal, home.configuration.layout, sheet).reshape(-1)
    return found, timer() - begin


def _outcomes(record: Record, goal: Objective, pair: tuple[Bundle, Bundle]) -> dict[str, Any]:
    """On moments since neither model learned, whose horizon is over: AUC of both, by how much the challenger is ahead
    in AUC and in log loss, with 95% intervals over customers; None where too few outcomes tell.
    """
    since = max(bundle.manifest.data_window.observed_until for bundle in pair)
    both = [_known(record, goal, bundle, since) for bundle in pair]
    rows = both[0].join(both[1].select(*KEYS, pl.col("probability").alias("theirs")), on=KEYS, nulls_equal=True)
    label, mine, theirs = (rows[name].to_numpy() for name in ("label", "probability", "theirs"))
    told: dict[str, Any] = {"since": format_time(since), "rows": len(rows), "positives": int(label.sum())}
    if min(label.sum(), len(rows) - label.sum()) < LEAST:
        return told | {"auc": None, "auc_gain": None, "loss_gain": None}
    customer = numbered(rows["customer_id"])
    gain, bounds = auc_gain(label, theirs, mine, customer)
    less, error = gain_of(_odds(theirs), _odds(mine), label, np.ones(len(rows)), customer)
    return told | {
        "auc": {"champion": auc(label, mine), "challenger": auc(label, theirs)},
        "auc_gain": gain, "auc_gain_interval": bounds,
        "loss_gain": less, "loss_gain_interval": [less - 1.96 * error, less + 1.96 * error],
    }  # fmt: skip


def _known(record: Record, goal: Objective, bundle: Bundle, since: datetime) -> pl.DataFrame:
    return as_said(record, goal, bundle, since).filter(pl.col("label").is_not_null() & (pl.col("at") > since))


def _odds(probability: Floats) -> Floats:
    inside = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(inside / (1 - inside)), np.float64)

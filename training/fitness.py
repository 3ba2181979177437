"""Fitness for service: what a bundle must show, as it lies on the disk, before the service may ask it."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time

from features.layout import FeatureLayout
from leads.configuration.objective import Objective
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from models.encoding import Encoding, feature_dtype
from training.gates import Check

ROWS, REPEATS = 1_000, 5
"""Rows that are scored at once, as many as one request may ask for, and how often; the quickest time counts."""

Timer = Callable[[], float]
"""Seconds of work so far, of this thread alone: what else the machine does must not decide over a model."""


def fitness_checks(
    objective: Objective, layout: FeatureLayout, bundle: Bundle, timer: Timer = thread_time
) -> list[Check]:
    """Whether the service makes the features that the bundle reads, and whether it answers in time."""
    known = _known(layout, bundle.manifest.encoding)
    return [known, _quick(objective, bundle, timer)] if known.passed else [known]


def _known(layout: FeatureLayout, encoding: Encoding) -> Check:
    """By the hash over names, types, order and categories, of what the service would hand over."""
    schema = layout.schema | layout.product_schema
    handed = tuple((name, feature_dtype(name, schema[name])) for name in encoding.names if name in schema)
    unknown = [name for name, dtype in encoding.features if (name, dtype) not in handed]
    passed = Encoding(handed, encoding.categories).hash == encoding.hash
    note = "" if passed else f"the service makes no such feature: {', '.join(unknown)}"
    return Check("features_known", float(len(unknown)), 0.0, passed, note)


def _quick(objective: Objective, bundle: Bundle, timer: Timer) -> Check:
    """Milliseconds of one thread's work in which `ROWS` rows are scored; of fewer the time is scaled up."""
    rows = bundle.reference().head(ROWS)
    sheet = Sheet.of(rows, bundle.manifest.encoding.names)
    spent = 1000 * min(_spent(bundle, sheet, timer) for _ in range(REPEATS)) * ROWS / len(rows)
    note = f"milliseconds of one thread for {ROWS:,} rows"
    return Check("latency", spent, objective.gate_latency, spent <= objective.gate_latency, note)


def _spent(bundle: Bundle, sheet: Sheet, timer: Timer) -> float:
    begin = timer()
    bundle.predict(sheet)
    return timer() - begin

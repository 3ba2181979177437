"""What a model reads and says now: features and scores of a sample of live customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import polars as pl
import redis

from features.configuration import Configuration
from features.hot import HotFeatures
from features.products import expand
from features.value import value_at
from leads.configuration.objective import Objective
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from models.scoring import in_population
from serving.people.contacts import Contacts


def sample_ids(contacts: Contacts, size: int, rng: np.random.Generator) -> list[str]:
    """At most `size` customers of the hot store, drawn without replacement."""
    known = sorted(customer_id for chunk in contacts.ids(5_000) for customer_id in chunk)
    if len(known) <= size:
        return known
    return [known[i] for i in np.sort(rng.choice(len(known), size, replace=False))]


def live_features(client: redis.Redis, hot: HotFeatures, customer_ids: Sequence[str], now: datetime) -> Sheet:
    """The features of the customers, from the hot store, brought to `now`."""
    layout = hot.layout
    if not customer_ids:
        return Sheet.blank(layout.columns, 0)
    state = hot.read(client, customer_ids)
    return value_at(layout, state.profile, state.interactions, state.standing, now)


def live_rows(configuration: Configuration, objective: Objective, bundle: Bundle, sheet: Sheet) -> pl.DataFrame:
    """What the model would read of the population among these customers, with its `probability`."""
    rows = expand(configuration.layout, sheet, objective.product, objective.products)
    rows = rows.taken(np.flatnonzero(in_population(objective, rows)))
    probability = bundle.predict(rows) if len(rows) else np.empty(0)
    names = [name for name, _ in bundle.manifest.features]
    return rows.frame(names).with_columns(pl.Series("probability", probability, dtype=pl.Float64))

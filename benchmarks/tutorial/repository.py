"""A Feast repository as its documentation shows one: fifty features in two views, served from Redis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Float64

VIEWS = {"profile": 25, "behaviour": 25}
"""By view, how many features it has."""

NAMES = [f"{view}:{view}_{place}" for view, count in VIEWS.items() for place in range(count)]
COLUMNS = [name.partition(":")[2] for name in NAMES]


def store_at(folder: Path, redis: str) -> FeatureStore:
    """The store of a repository folder, over a Redis at `host:port`."""
    return FeatureStore(
        config=RepoConfig(
            project="tutorial", provider="local", registry=str(folder / "registry.db"),
            online_store={"type": "redis", "connection_string": redis}, offline_store={"type": "file"},
            entity_key_serialization_version=3,
        )
    )  # fmt: skip


def fill(folder: Path, redis: str, ids: list[str]) -> pd.DataFrame:
    """Apply the views and put features of customers online; the features as a frame."""
    rng, now = np.random.default_rng(7), datetime.now(UTC)
    store, customer, frames = store_at(folder, redis), Entity(name="customer", join_keys=["customer_id"]), []
    views = []
    for view, count in VIEWS.items():
        frame = pd.DataFrame({f"{view}_{place}": rng.gamma(1.0, 10.0, len(ids)) for place in range(count)})
        frames.append(frame)
        path = folder / f"{view}.parquet"
        frame.assign(customer_id=ids, event_timestamp=now).to_parquet(path)
        source = FileSource(path=str(path), timestamp_field="event_timestamp")
        fields = [Field(name=name, dtype=Float64) for name in frame]
        views.append(
            FeatureView(
                name=view, entities=[customer], ttl=timedelta(days=90), schema=fields, source=source, online=True
            )
        )
    store.apply([customer, *views])
    for view, frame in zip(VIEWS, frames, strict=True):
        store.write_to_online_store(view, frame.assign(customer_id=ids, event_timestamp=now))
    return pd.concat(frames, axis=1)

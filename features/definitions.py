"""Feast objects, generated from a workspace: one entity, three views over the history, a service per objective."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl
from feast import Entity, FeatureService, FeatureView, Field, FileSource, PushSource
from feast.data_format import ParquetFormat
from feast.types import Bool, FeastType, Float64, String
from feast.value_type import ValueType

from features.configuration import Configuration

_TYPES: Mapping[pl.DataType, FeastType] = {pl.String(): String, pl.Float64(): Float64, pl.Boolean(): Bool}


@dataclass(frozen=True)
class Definitions:
    """What `feast apply` registers for a workspace."""

    customer: Entity
    views: tuple[FeatureView, ...]
    services: tuple[FeatureService, ...]


def definitions(configuration: Configuration, history: Path) -> Definitions:
    """The objects of a workspace over the Parquet states under `history` (see `features.history.build`)."""
    customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.STRING)
    layout = configuration.layout
    schemas: dict[str, dict[str, pl.DataType]] = {"profile": layout.kept_profile}
    for state in (layout.interactions, layout.standing):
        if state.columns:
            schemas[state.name] = dict.fromkeys(state.columns, pl.Float64())
    views = tuple(_view(name, customer, schema, history) for name, schema in schemas.items())
    services = tuple(
        FeatureService(name=objective.name, features=list(views), description=objective.label["en"])
        for objective in configuration.workspace.objectives.values()
    )
    return Definitions(customer, views, services)


def _view(name: str, customer: Entity, schema: Mapping[str, pl.DataType], history: Path) -> FeatureView:
    """A view of which rows never expire: `value_at` knows how old they are."""
    batch = FileSource(
        name=f"{name}_history",
        path=str(history / name / "states.parquet"),
        file_format=ParquetFormat(),
        timestamp_field="at",
    )
    return FeatureView(
        name=name,
        entities=[customer],
        ttl=timedelta(0),
        schema=[Field(name=column, dtype=_TYPES[dtype]) for column, dtype in schema.items()],
        source=PushSource(name=f"{name}_push", batch_source=batch),
        tags={"packed": "profile" if name == "profile" else "state"},
    )

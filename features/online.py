"""The packed online store as a Feast plugin: `push`, `materialize` and `get_online_features` on the hot path's rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
import redis
from feast import Entity, FeatureView, RepoConfig
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from feast.repo_config import FeastConfigBaseModel

from features.hot import row_key
from features.packing import pack_profile, pack_state, packed_at, unpack_profile, unpack_states
from features.value import microseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {"Float64": "double_val", "String": "string_val", "Bool": "bool_val", "Int64": "int64_val"}

Row = tuple[EntityKey, dict[str, Value], datetime, datetime | None]


class PackedOnlineStoreConfig(FeastConfigBaseModel):  # type: ignore[misc]
    """Settings in `feature_store.yaml`: where the hot store is and the prefix of its keys."""

    type: Literal["features.online.PackedOnlineStore"] = "features.online.PackedOnlineStore"
    connection: str = "redis://localhost:6379"
    prefix: str = "{nextlead}"


class PackedOnlineStore(OnlineStore):  # type: ignore[misc]
    """One value per customer and view in Valkey or Redis. A row older than the one that stands is not written."""

    def __init__(self) -> None:
        self._clients: dict[str, redis.Redis] = {}

    def _open(self, config: RepoConfig) -> tuple[redis.Redis, str]:
        settings: PackedOnlineStoreConfig = config.online_store
        if settings.connection not in self._clients:
            self._clients[settings.connection] = redis.Redis.from_url(settings.connection)
        return self._clients[settings.connection], settings.prefix

    def online_write_batch(
        self,
        config: RepoConfig,
        table: FeatureView,
        data: list[Row],
        progress: Callable[[int], Any] | None,
    ) -> None:
        """Write rows of a view; of several rows of a customer the latest stands, whatever their order."""
        client, prefix = self._open(config)
        newest: dict[str, Row] = {}
        for row in sorted(data, key=lambda row: _utc(row[2])):
            newest[row_key(prefix, table.name, _customer(row[0]))] = row
        keys = list(newest)
        stood: Any = client.mget(keys) if keys else []
        with client.pipeline(transaction=False) as pipe:
            for key, present in zip(keys, stood, strict=True):
                _, values, at, _ = newest[key]
                moment = microseconds(_utc(at))
                if present is None or packed_at(present) <= moment:
                    pipe.set(key, _pack(table, moment, values))
            pipe.execute()
        if progress:
            progress(len(data))

    def online_read(
        self,
        config: RepoConfig,
        table: FeatureView,
        entity_keys: list[EntityKey],
        requested_features: list[str] | None = None,
    ) -> list[tuple[datetime | None, dict[str, Value] | None]]:
        """The rows of the customers in their order; (None, None) for those without one."""
        client, prefix = self._open(config)
        keys = [row_key(prefix, table.name, _customer(key)) for key in entity_keys]
        wanted = set(requested_features) if requested_features else None
        found: Any = client.mget(keys) if keys else []
        return [_unpack(table, value, wanted) for value in found]

    def update(
        self,
        config: RepoConfig,
        tables_to_delete: Sequence[FeatureView],
        tables_to_keep: Sequence[FeatureView],
        entities_to_delete: Sequence[Entity],
        entities_to_keep: Sequence[Entity],
        partial: bool,
    ) -> None:
        """Remove the rows of views that are no more; others need no preparation."""
        for table in tables_to_delete:
            self._remove(config, table.name)

    def teardown(self, config: RepoConfig, tables: Sequence[FeatureView], entities: Sequence[Entity]) -> None:
        """Remove the rows of all the views."""
        for table in tables:
            self._remove(config, table.name)

    def _remove(self, config: RepoConfig, view: str) -> None:
        client, prefix = self._open(config)
        with client.pipeline(transaction=False) as pipe:
            for key in client.scan_iter(row_key(prefix, view, "*"), count=1000):
                pipe.unlink(key)
            pipe.execute()


def _customer(key: EntityKey) -> str:
    return str(key.entity_values[0].string_val)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _is_state(table: FeatureView) -> bool:
    return bool(table.tags.get("packed") == "state")


def _pack(table: FeatureView, moment: float, values: dict[str, Value]) -> bytes:
    row = [_plain(values.get(field.name)) for field in table.features]
    if _is_state(table):
        return pack_state(moment, np.array([math.nan if value is None else value for value in row]))
    return pack_profile(moment, row)


def _unpack(
    table: FeatureView, value: bytes | None, wanted: set[str] | None
) -> tuple[datetime | None, dict[str, Value] | None]:
    if value is None:
        return None, None
    fields = table.features
    if _is_state(table):
        at, states = unpack_states([value], np.full(len(fields), np.nan))
        moment, row = float(at[0]), [None if math.isnan(number) else number for number in states[0].tolist()]
    else:
        moment, row = unpack_profile(value)
    features = {
        field.name: _proto(str(field.dtype), item)
        for field, item in zip(fields, row, strict=True)
        if wanted is None or field.name in wanted
    }
    return _EPOCH + timedelta(microseconds=moment), features


def _plain(value: Value | None) -> Any:
    kind = None if value is None else value.WhichOneof("val")
    return None if kind is None or kind == "null_val" else getattr(value, kind)


def _proto(dtype: str, value: Any) -> Value:
    return Value() if value is None else Value(**{_KINDS[dtype]: value})

"""The home's Feast store: the same definitions for point-in-time joins and for online reads."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from feast import FeatureStore, RepoConfig
from feast.infra.offline_stores.duckdb import DuckDBOfflineStoreConfig
from feast.repo_config import RegistryConfig

from features.definitions import definitions
from features.home import Home
from features.online import PackedOnlineStoreConfig


def feast_store(home: Home, connection: str = "redis://localhost:6379", prefix: str = "{nextlead}") -> FeatureStore:
    """The Feast store of a home, over its `history`; the connection is used by online reads and writes only.

    Nothing is registered yet where `apply` was not called.
    """
    return _store(home, home.registry / "registry.db", connection, prefix)


def apply(home: Home, connection: str = "redis://localhost:6379", prefix: str = "{nextlead}") -> FeatureStore:
    """Register the workspace's entity, views and services, replacing what stood; returns the store.

    The registry is exchanged whole, so that those who read or register at the same time see one or the other.
    """
    draft = home.registry / f"{uuid4().hex}.draft"
    objects = definitions(home.configuration, home.history)
    try:
        _store(home, draft, connection, prefix).apply([objects.customer, *objects.views, *objects.services])
        draft.replace(home.registry / "registry.db")
    finally:
        draft.unlink(missing_ok=True)
    return feast_store(home, connection, prefix)


def _store(home: Home, registry: Path, connection: str, prefix: str) -> FeatureStore:
    home.registry.mkdir(parents=True, exist_ok=True)
    config = RepoConfig(
        project=home.configuration.workspace.name,
        provider="local",
        registry=RegistryConfig(path=str(registry)),
        offline_store=DuckDBOfflineStoreConfig(type="duckdb"),
        online_store=PackedOnlineStoreConfig(connection=connection, prefix=prefix),
        entity_key_serialization_version=3,
        repo_path=home.registry,
    )
    return FeatureStore(config=config)

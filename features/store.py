"""The home's Feast store: the same definitions for point-in-time joins and for online reads."""

from __future__ import annotations

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
    home.registry.mkdir(parents=True, exist_ok=True)
    config = RepoConfig(
        project=home.configuration.workspace.name,
        provider="local",
        registry=RegistryConfig(path=str(home.registry / "registry.db")),
        offline_store=DuckDBOfflineStoreConfig(type="duckdb"),
        online_store=PackedOnlineStoreConfig(connection=connection, prefix=prefix),
        entity_key_serialization_version=3,
        repo_path=home.registry,
    )
    return FeatureStore(config=config)


def apply(home: Home, connection: str = "redis://localhost:6379", prefix: str = "{nextlead}") -> FeatureStore:
    """Register the workspace's entity, views and services, replacing what stood; returns the store."""
    store = feast_store(home, connection, prefix)
    objects = definitions(home.configuration, home.history)
    store.apply([objects.customer, *objects.views, *objects.services])
    return store

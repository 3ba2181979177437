"""What several rooms' tests share: the real engine, and Hypothesis set to repeat itself."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import settings

from serving.store.engine import connect, running
from tests.declared import all_declared

# With it jsonschema would know addresses in all scripts, which nothing here has checked: its grammar takes each process
# seconds to build.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

for name in ("DO_NOT_TRACK", "BENTOML_DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY"):
    os.environ.setdefault(name, "true")


def pytest_collection() -> None:
    """What is imported now stays: the garbage collector need not walk over it again and again."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    gc.unfreeze()


pytest_plugins = ["tests.training.trained_home"]

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded Valkey, or the server that NEXTLEAD_TEST_REDIS_URL names. It does not wait for the disk with every
    write: what outlives it is tested on engines of their own.
    """
    given = os.environ.get("NEXTLEAD_TEST_REDIS_URL")
    if given:
        yield given
        return
    folder: Path = tmp_path_factory.mktemp("engine")
    with running(folder, fsync="no") as url:
        yield url


@pytest.fixture
def engine(engine_url: str) -> Iterator[redis.Redis]:
    """A client of the engine, emptied before the test."""
    with connect(engine_url) as client:
        client.flushall()
        yield client
        all_declared(client)

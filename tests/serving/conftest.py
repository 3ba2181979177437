"""A served small home: the real engine, the real worker and real HTTP on a free port."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from features.home import Home
from serving.clock import Clock
from serving.composition import Composition, compose
from serving.settings import Settings
from tests.declared import all_declared
from tests.once import once
from tests.serving.rebuilt_store import RebuiltStores
from tests.serving.small_home import NOW, make_home
from tests.serving.small_service import Served, serving


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with history and models, made once."""
    return Home.open(once(tmp_path_factory, "served", make_home) / "home")


@pytest.fixture
def home(pattern: Home, tmp_path: Path) -> Home:
    """The test's own copy of it."""
    return Home.open(shutil.copytree(pattern.folder, tmp_path / "home"))


@pytest.fixture
def patience() -> timedelta:
    """How long whoever tells or erases waits for a worker; none where a test has none."""
    return timedelta(seconds=5)


@pytest.fixture
def settings(home: Home, engine_url: str, patience: timedelta) -> Settings:
    """The clock stands at the end of the history."""
    return Settings(home.folder, engine_url, Clock.starting_at(NOW).offset, wait_bound=patience)


@pytest.fixture(scope="session")
def stores() -> RebuiltStores:
    """What rebuilds leave, made once for each home."""
    return RebuiltStores()


@contextmanager
def held(settings: Settings, engine_url: str, stores: RebuiltStores) -> Iterator[Composition]:
    """The parts over an emptied store that holds the home again, which is looked at afterwards."""
    made = compose(settings, engine_url)
    stores.fill(made)
    yield made
    all_declared(made.client)
    made.client.close()


@pytest.fixture
def parts(settings: Settings, engine_url: str, stores: RebuiltStores) -> Iterator[Composition]:
    """Each test's own."""
    with held(settings, engine_url, stores) as made:
        yield made


@pytest.fixture
def served(parts: Composition) -> Iterator[Served]:
    """The service over HTTP, with its worker."""
    with serving(parts) as running:
        yield running


@pytest.fixture(scope="module")
def standing(
    pattern: Home, tmp_path_factory: pytest.TempPathFactory, engine_url: str, stores: RebuiltStores
) -> Iterator[Served]:
    """One service for all tests of a module that do not mind what the others have told it. No test of the module may
    empty the store.
    """
    home = shutil.copytree(pattern.folder, tmp_path_factory.mktemp("standing") / "home")
    settings = Settings(home, engine_url, Clock.starting_at(NOW).offset, wait_bound=timedelta(seconds=5))
    with held(settings, engine_url, stores) as made, serving(made) as running:
        yield running

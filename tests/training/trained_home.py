"""One small home for the tests of models and their training: made once, trained once.

What learns is imported where it is first used: whoever hands out the tests to others begins with this module.
"""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.once import once

if TYPE_CHECKING:
    from features.home import Home
    from tests.training.small_insurer import Ready, Trained
    from training.data.dataset import Record


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An untrained home; tests must not write to it."""
    from features.home import Home
    from tests.training.small_insurer import home_in, simulated

    return Home(once(tmp_path_factory, "small", lambda folder: home_in(folder, simulated())) / "home")


@pytest.fixture(scope="session")
def record(small_home: Home) -> Record:
    from training.data.dataset import Record

    return Record.of(small_home)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, ready: Ready) -> Trained:
    """A home with a champion for each objective; tests must leave its aliases as they were."""
    from features.home import Home
    from tests.training.small_insurer import Trained, home_in, simulated
    from training.train import train

    def make(folder: Path) -> None:
        home = ready(home_in(folder, simulated()))
        names = home.configuration.workspace.objectives
        (folder / "results").write_bytes(pickle.dumps({name: train(home, name, threads=1) for name in names}))

    folder = once(tmp_path_factory, "trained", make)
    return Trained(Home(folder / "home"), pickle.loads((folder / "results").read_bytes()))


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Gives a home MLflow's empty tables, which take seconds to make: copies them instead."""
    from features.home import Home
    from training.registry import Registry

    template = once(tmp_path_factory, "tables", lambda folder: Registry(Home(folder)).client.search_experiments())

    def prepare(home: Home) -> Home:
        shutil.copytree(template / "mlflow", home.mlflow)
        return home

    return prepare


@pytest.fixture
def bundle_folder(trained: Trained, tmp_path: Path) -> Path:
    """A copy of a bundle that a test may spoil."""
    return Path(shutil.copytree(trained.results["conversion"].folder, tmp_path / "bundle"))

"""One small home for the tests of models and their training: made once, trained once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from features.home import Home
from tests.training.small_insurer import Ready, Trained, home_in, simulated
from training.data.dataset import Record
from training.registry import Registry
from training.train import train


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An untrained home; tests must not write to it."""
    return home_in(tmp_path_factory.mktemp("small"), simulated())


@pytest.fixture(scope="session")
def record(small_home: Home) -> Record:
    return Record.of(small_home)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A home with a champion for each objective; tests must leave its aliases as they were."""
    home = home_in(tmp_path_factory.mktemp("trained"), simulated())
    names = home.configuration.workspace.objectives
    return Trained(home, {name: train(home, name, threads=1) for name in names})


@pytest.fixture
def ready(trained: Trained) -> Ready:
    """Gives a home MLflow's empty tables, which take seconds to make: copies them instead."""
    template = trained.home.folder.parent / "template"
    if not template.is_dir():
        Registry(Home(template)).client.search_experiments()

    def prepare(home: Home) -> Home:
        shutil.copytree(template / "mlflow", home.mlflow)
        return home

    return prepare


@pytest.fixture
def bundle_folder(trained: Trained, tmp_path: Path) -> Path:
    """A copy of a bundle that a test may spoil."""
    return Path(shutil.copytree(trained.results["conversion"].folder, tmp_path / "bundle"))

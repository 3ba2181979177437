"""Homes to serve: an insurer's history of any size with trained models, kept under var/bench/ for the next run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness.events import START
from experiments.sample import prepare, working_morning
from features.configuration import checked, load
from features.home import Home
from features.lake import import_history
from simulator import simulate
from training.registry import Registry

CACHE = Path("var/bench/homes")
_NOT_SERVED = ("history", "mlflow", "registry", "hot", "reports")
"""What only training needs, or what a run makes for itself."""

Say = Callable[[str], None]


def insurer(size: int, trained_on: int, say: Say, seed: int = 7) -> Path:
    """The kept home of `size` customers with models of a history of `trained_on`; made when there is none yet.

    It must not be changed: serve a copy.
    """
    models = _trained(trained_on, seed, say)
    if size == trained_on:
        return models
    name = f"insurer-{size}-of-{trained_on}-{seed}"
    return kept(name, "insurer", lambda folder: _imported(folder, models, size, seed, say))


@contextmanager
def copy_of(home: Path) -> Iterator[Home]:
    """A copy that may be served and is removed at the end."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="run-", dir=CACHE) as folder:
        target = Path(folder) / "home"
        shutil.copytree(home, target, ignore=lambda path, _: _NOT_SERVED if Path(path) == home else ())
        yield Home.open(target)


@contextmanager
def bare_copy_of(home: Path) -> Iterator[Home]:
    """A home of the same workspace and models that has no customers and no history yet."""
    with TemporaryDirectory(prefix="run-", dir=CACHE) as folder:
        bare = Home.create(Path(folder) / "home", Home.open(home).configuration, START)
        shutil.copytree(home / "models", bare.models)
        yield bare


def _trained(size: int, seed: int, say: Say) -> Path:
    def make(folder: Path) -> None:
        say(f"an insurer of {size:,} customers, and its models")
        prepare(folder, size, seed)
        registry = Registry(Home.open(folder))
        for name in registry.home.configuration.workspace.objectives:
            # What is measured is speed and sameness: a model of few customers need not pass the gates.
            registry.promote(name, registry.list(name)[0].version)

    return kept(f"insurer-{size}-{seed}", "insurer", make)


def _imported(folder: Path, models: Path, size: int, seed: int, say: Say) -> None:
    """The lake alone and the models: a service folds its hot state from them."""
    say(f"a history of {size:,} customers")
    configuration = load("insurer")
    until = working_morning(datetime.now(UTC))
    history = checked(configuration.workspace, simulate(size, until=until, seed=seed))
    import_history(Home.create(folder, configuration, until), history)
    shutil.copytree(models / "models", folder / "models")


def kept(name: str, workspace: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name for a workspace as it is today; `make` fills it, whole or not at all."""
    folder = CACHE / f"{name}-{load(workspace).workspace.digest[:8]}"
    if not folder.exists():
        hidden = folder.with_name(f"part-{folder.name}")
        shutil.rmtree(hidden, ignore_errors=True)
        hidden.parent.mkdir(parents=True, exist_ok=True)
        make(hidden)
        hidden.replace(folder)
    return folder.resolve()

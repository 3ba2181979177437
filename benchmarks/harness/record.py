"""BPI Challenge 2012's log cut at a moment: what a service knows at the start of a replay, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from benchmarks.harness.homes import Say, kept
from features.adapters import read_files
from features.configuration import load
from features.home import Home
from features.onboarding import import_files
from training.registry import Registry
from training.train import train

_WHEN = "time:timestamp"


@dataclass(frozen=True)
class Record:
    """The whole log. history: as the adapter reads it; customers and events of the whole."""

    file: Path
    customers: pl.DataFrame
    events: pl.DataFrame

    @classmethod
    def read(cls, file: Path) -> Record:
        history = read_files(load("bpi2012"), [file], datetime.now(UTC)).history
        return cls(file, history.customers, history.events)

    def cut(self, until: datetime, target: Path) -> Path:
        """A file of the same form that holds no entry after `until`."""
        log = pl.read_csv(self.file, infer_schema=False)
        times = log[_WHEN].str.replace(" ", "T").str.replace(r"Z$", "+00:00").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z")
        log.filter(times <= until).write_csv(target)
        return target

    def between(self, start: datetime, end: datetime) -> pl.DataFrame:
        """Events after `start` and up to `end`, in their order."""
        return self.events.filter((pl.col("time") > start) & (pl.col("time") <= end)).sort("time", "id")


def home_until(record: Record, start: datetime, say: Say) -> Path:
    """The kept home of everything up to `start`, with a model that was trained on no more than that."""

    def make(folder: Path) -> None:
        say("importing and training up to the start")
        configuration = load("bpi2012")
        part = record.cut(start, folder.with_suffix(".csv"))
        import_files(configuration, folder, [part], datetime.now(UTC))
        part.unlink()
        home = Home.open(folder)
        for name in configuration.workspace.objectives:
            train(home, name)
            registry = Registry(home)
            registry.promote(name, registry.list(name)[0].version)

    return kept(f"bpi2012-{start:%Y%m%dT%H%M%S}", "bpi2012", make)

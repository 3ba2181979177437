"""From a source's own files to a home: adapter → lake → history → Feast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from features.configuration import Configuration, read_adapter
from features.history import build
from features.home import Home
from features.lake import import_history
from features.store import apply
from features.unification import unite
from leads.history import History

Progress = Callable[[str], None]
"""Called with the name of each step as it begins."""


def import_files(
    configuration: Configuration, folder: Path, files: Sequence[Path], progress: Progress | None = None
) -> tuple[Home, History]:
    """Read the files with the workspace's adapter into a home at `folder`, made when it is not there yet.

    Nothing is written when the adapter refuses a file. Raises what the adapter raises.
    """
    _say(progress, "reading the source")
    return import_into(configuration, folder, read_adapter(configuration, files), progress)


def import_into(
    configuration: Configuration, folder: Path, history: History, progress: Progress | None = None
) -> tuple[Home, History]:
    """Put a checked history into a home and make it ready for training: history views built, Feast applied.

    Customers who share an identity become one. A home that already reaches further keeps its end.
    """
    known = (folder / "home.json").is_file()
    until = max(history.observed_until, Home.open(folder).observed_until) if known else history.observed_until
    home = Home.create(folder, configuration, until)
    _say(progress, "writing the lake")
    import_history(home, history)
    unite(home)
    _say(progress, "folding history")
    build(home)
    _say(progress, "registering features")
    apply(home)
    return home, history


def _say(progress: Progress | None, step: str) -> None:
    if progress is not None:
        progress(step)

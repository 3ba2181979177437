"""A home as commands open it: nothing takes it away meanwhile, and two do not build in it at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.exchange import LEFTOVERS
from features.home import Home
from features.occupancy import BUILDING, IN_USE, alone, shared
from features.staging import keep
from leads.errors import InvalidInput


@contextmanager
def opened(folder: Path) -> Iterator[Home]:
    """A home to read from. Raises NotFound where the folder is none."""
    home = Home.open(folder)
    with shared(home.folder):
        yield home


@contextmanager
def building(folder: Path) -> Iterator[Home]:
    """A home to change what is learned from or by. Raises Unavailable while another does."""
    with opened(folder) as home, alone(home.folder, BUILDING):
        yield home


@contextmanager
def target(folder: Path, option: str = "--into") -> Iterator[None]:
    """The folder of a home to make or to add to; its own from now on. Raises InvalidInput where it holds other things,
    which stay as they are, and Unavailable where anybody works on it: what they hold would be of the time before.
    """
    if (folder / "home.json").is_file():
        with alone(folder, IN_USE):
            yield
            keep(folder)
        return
    if folder.exists() and (not folder.is_dir() or any(path.name not in LEFTOVERS for path in folder.iterdir())):
        raise InvalidInput(option, str(folder), "a home, or a folder that is new or empty")
    yield

"""An import is whole or not at all: it is built beside the home, whose parts are exchanged once all is there."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from features.occupancy import BUILDING, IN_USE, alone

PARTS = ("workspace", "lake", "history", "registry", "secret", "home.json")
"""What an import writes of a home, and the secret under which it reads who was erased."""

_READ = ("encryption.json",)
"""What it writes by, and leaves as it is."""

_STAGE = ".importing"

LEFTOVERS = (_STAGE, BUILDING, IN_USE)
"""What an import that was killed may leave of itself; the next one clears it away."""


@contextmanager
def exchanged(folder: Path) -> Iterator[Path]:
    """A folder with the parts of the home, to be written; the home has them once the block has ended well.

    Raises Unavailable while another builds in the home.
    """
    folder = folder.resolve()
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with alone(folder, BUILDING):
            yield from _staged(folder, folder / _STAGE)
    finally:
        if made and not (folder / "home.json").exists():
            (folder / BUILDING).unlink(missing_ok=True)
            folder.rmdir()


def _staged(folder: Path, stage: Path) -> Iterator[Path]:
    shutil.rmtree(stage, ignore_errors=True)
    try:
        _copy(folder, stage)
        yield stage
        _exchange(folder, stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _copy(folder: Path, stage: Path) -> None:
    """The parts as they are. Files of the lake and the history are the same ones: they are never written in place."""
    stage.mkdir()
    for name in (*PARTS, *_READ):
        part = folder / name
        if part.is_dir():
            _copy_folder(part, stage / name, _link if name in ("lake", "history") else shutil.copy2)
        elif part.exists():
            shutil.copy2(part, stage / name)


def _copy_folder(part: Path, copy: Path, copy_function: Callable[[str, str], object]) -> None:
    """Raises the first OSError of its files, which copytree gathers as texts."""
    try:
        shutil.copytree(part, copy, copy_function=copy_function)
    except shutil.Error as error:
        _, target, told = error.args[0][0]
        number = re.search(r"\[Errno (\d+)\]", str(told))
        raise OSError(int(number[1]) if number else errno.EIO, str(told), str(target)) from error


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _exchange(folder: Path, stage: Path) -> None:
    """The home's parts for the staged ones, or none of them; `home.json`, which makes a folder a home, comes last."""
    moves = [(folder / name, stage / f"{name}.before") for name in PARTS]
    moves += [(stage / name, folder / name) for name in PARTS]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            if source.exists():
                source.replace(target)
                done.append((source, target))
    except BaseException:
        for source, target in reversed(done):
            target.replace(source)
        raise

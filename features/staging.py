"""Where a demo is made: beside the folder that it is for, which it takes over at the end, if that may be replaced."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from features.home import write_json
from features.occupancy import IN_USE, alone, shared
from leads.errors import InvalidInput

MARK = "demo.json"
"""In a home that a demo made and that nobody has imported into since; only such a one is replaced."""

_OURS = (
    "home.json", MARK, "workspace", "lake", "history", "registry", "models", "mlflow", "hot", "hot-*", "reports",
    "learning", "versions", "keys.json", "keys.used.json", "sign_in_links.json", "secret", "agents.json", "pauses.json",
    "clock.json", "desk.ndjson", "serve.log", "*.lock", ".*",
)  # fmt: skip
"""What the product itself puts into a home; anything else is somebody's own."""


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder to make a home in, that takes the place of `folder` when the block ends well; what was there is as it
    was until then, and stays when the block fails.

    Raises InvalidInput where `folder` holds anything but an earlier demo, Unavailable where that is in use.
    """
    place = _place(folder)
    with ExitStack() as stack:
        replaced = _replaceable(place)
        aside = place.with_name(f".{place.name}.next")
        if replaced:
            stack.enter_context(alone(place, IN_USE))
        if _replaceable(aside):
            with alone(aside, IN_USE):
                shutil.rmtree(aside)
        aside.mkdir(parents=True, exist_ok=True)
        stack.enter_context(shared(aside))
        write_json(aside / MARK, {})
        yield aside
        write_json(aside / MARK, {"workspace": _digest(aside)})
        _exchange(aside, place)


def keep(folder: Path) -> None:
    """The home is somebody's own from now on: no demo replaces it."""
    (folder / MARK).unlink(missing_ok=True)


def _place(folder: Path) -> Path:
    """The folder as it is found from anywhere. Raises InvalidInput for what can be none."""
    if folder.is_symlink():
        raise InvalidInput("--dir", str(folder), f"a folder itself; this is a link to {folder.resolve()}")
    if folder.exists() and not folder.is_dir():
        raise InvalidInput("--dir", str(folder), "a folder")
    return folder.resolve()


def _replaceable(place: Path) -> bool:
    """Whether there is an earlier demo that may go; False where nothing is. Raises InvalidInput for all else."""
    if not place.exists() or not any(place.iterdir()):
        return False
    mark = _mark(place)
    if mark is None:
        found = "a home that no demo of this release made" if (place / "home.json").exists() else "other content"
        raise InvalidInput(
            "--dir", str(place),
            f"a new or empty folder, or an earlier demo's; this holds {found} and is left as it is: choose another "
            "folder, or remove this one yourself if nothing in it is needed",
        )  # fmt: skip
    foreign = [path.name for path in place.iterdir() if not any(fnmatchcase(path.name, name) for name in _OURS)]
    changed = "workspace" in mark and mark["workspace"] != _digest(place)
    if foreign or changed:
        own = ", ".join(sorted(foreign)) if foreign else "a changed workspace"
        raise InvalidInput("--dir", str(place), f"a demo without things of your own; this holds {own}: move it first")
    if os.path.ismount(place):
        raise InvalidInput("--dir", str(place), "a folder below it: a mount cannot be replaced")
    return True


def _mark(place: Path) -> Any:
    try:
        return json.loads((place / MARK).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _digest(place: Path) -> str:
    """Of the workspace's copy in a home."""
    found = hashlib.sha256()
    for file in sorted((place / "workspace").glob("*.*")):
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def _exchange(aside: Path, place: Path) -> None:
    """The new home takes the place; the old one goes last."""
    if not place.exists():
        aside.rename(place)
        return
    if not any(place.iterdir()):
        for path in aside.iterdir():
            shutil.move(path, place / path.name)
        aside.rmdir()
        return
    before = place.with_name(f".{place.name}.before")
    if _replaceable(before):
        shutil.rmtree(before)
    place.rename(before)
    aside.rename(place)
    shutil.rmtree(before, ignore_errors=True)

"""Versions that a decision rests on: the configuration, kept for replays, and the code."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from uuid import uuid4

from features.configuration import Configuration, load
from features.home import Home
from leads.errors import InvalidWorkspace, NotFound

_ROOMS = ("leads", "features", "models", "serving")
"""Where what decides is written; how models are learned says nothing of what one of them says."""


@lru_cache(maxsize=1)
def code_version() -> str:
    """The release, and a hash of the source that decides."""
    try:
        release = version("nextlead")
    except PackageNotFoundError:
        release = "0"
    root, source = Path(__file__).resolve().parents[2], hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            source.update(path.read_bytes())
    return f"{release}+{source.hexdigest()[:12]}"


@lru_cache(maxsize=256)
def digest_of(models: tuple[tuple[str, str], ...], catalogue: str, workspace: str, evidence: str) -> str:
    """A name for all that a decision rests on beside its customer: models by objective, and digests; the code too."""
    told = repr((models, catalogue, workspace, evidence, code_version()))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _folder(home: Home, workspace: str, catalogue: str) -> Path:
    return home.folder / "versions" / f"{workspace[:16]}-{catalogue[:16]}"


def keep(home: Home, configuration: Configuration) -> None:
    """Keep the configuration, unless it is kept already or its files are not what was loaded any more."""
    _keep_once(home, configuration.folder, configuration.workspace.digest, configuration.catalogue.digest)


@lru_cache(maxsize=64)
def _keep_once(home: Home, source: Path, workspace: str, catalogue: str) -> None:
    target = _folder(home, workspace, catalogue)
    if target.is_dir():
        return
    hidden = target.with_name(f".{target.name}.{uuid4().hex}")
    hidden.mkdir(parents=True)
    try:
        for name in ("workspace.yaml", "actions.yaml"):
            if (source / name).is_file():
                shutil.copyfile(source / name, hidden / name)
        if _says(hidden, workspace, catalogue):
            with suppress(OSError):  # Another thread or process was first.
                hidden.replace(target)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _says(folder: Path, workspace: str, catalogue: str) -> bool:
    """Whether a folder's files are of these digests; those that somebody is in the middle of changing are not."""
    try:
        found = load(folder)
    except InvalidWorkspace:
        return False
    return (found.workspace.digest, found.catalogue.digest) == (workspace, catalogue)


def configuration_of(home: Home, workspace: str, catalogue: str) -> Configuration:
    """The configuration of these digests; raises NotFound."""
    folder = _folder(home, workspace, catalogue)
    if not folder.is_dir():
        raise NotFound("configuration", folder.name, "it was changed before a decision could keep it")
    return load(folder)

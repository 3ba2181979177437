"""A workspace's adapter: found, run, and its mistakes told in the words of whoever wrote it."""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from features.checking import Checked, check
from features.configuration import Configuration
from leads.errors import AdapterFailed, NextleadError, NotFound
from leads.history import History

READ = "read(files) -> History"


def read_files(configuration: Configuration, files: Sequence[Path], now: datetime) -> Checked:
    """What the workspace's adapter makes of its source's own files, checked (`checking.check`).

    Raises NotFound for a missing file, InvalidInput for what the adapter refuses or gives in another shape than the
    workspace declares, and AdapterFailed, with the adapter's line, for anything else that happens in it.
    """
    paths = [Path(file) for file in files]
    for path in paths:
        if not path.is_file():
            raise NotFound("file", str(path))
    path = configuration.folder / "adapter.py"
    history = _run(path, paths)
    if not isinstance(history, History):
        raise AdapterFailed(f"{path}: read gives a {type(history).__name__} in place of a leads.history.History")
    return check(configuration.workspace, history, now)


def _run(path: Path, files: Sequence[Path]) -> Any:
    """Whatever the adapter's `read` gives."""
    try:
        read = getattr(_module(path), "read", None)
        if not callable(read):
            raise AdapterFailed(f"{path}: has no function {READ}")
        return read(list(files))
    except NextleadError:
        raise
    except Exception as error:
        raise AdapterFailed(_told(path, files, error)) from error


def _module(path: Path) -> ModuleType:
    if not path.is_file():
        raise NotFound("adapter", str(path), f"a workspace needs one, with {READ}, to import files")
    spec = importlib.util.spec_from_file_location(f"workspaces.{path.parent.name}.adapter", path)
    if spec is None or spec.loader is None:
        raise NotFound("adapter", str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _told(path: Path, files: Sequence[Path], error: Exception) -> str:
    """Where in the adapter, what happened, and with which file."""
    said = str(error).strip().splitlines()
    what = f"{type(error).__name__}: {said[0] if said else '(nothing said)'}"
    if isinstance(error, SyntaxError):
        return f"{error.filename or path}, line {error.lineno}: {what}"
    line, current = _place(path, files, error.__traceback__)
    named = [current] if current is not None else list(files)
    return f"{path}{f', line {line}' if line else ''}: {what}; reading {', '.join(file.name for file in named)}"


def _place(path: Path, files: Sequence[Path], trace: TracebackType | None) -> tuple[int | None, Path | None]:
    """The adapter's innermost line, and the file that a frame on the way holds in its hand."""
    line: int | None = None
    current: Path | None = files[0] if len(files) == 1 else None
    for frame, number in traceback.walk_tb(trace):
        if Path(frame.f_code.co_filename) == path:
            line = number
        held = [value for value in frame.f_locals.values() if isinstance(value, Path) and value in files]
        current = held[0] if held else current
    return line, current

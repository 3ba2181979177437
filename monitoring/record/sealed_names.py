"""By which names DuckDB is told of sealed files."""

from __future__ import annotations

from pathlib import Path

SCHEME = "sealed"


def named(path: Path) -> str:
    """A file as SQL names it."""
    return f"{SCHEME}://{path}"


def path_of(name: str) -> Path:
    """The file of such a name, or of a plain one."""
    return Path(name.removeprefix(f"{SCHEME}://"))

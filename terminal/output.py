"""What every command shares: where it prints, the machine-readable result, times as people write them."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, ConsoleDimensions

UNBOUNDED = 10_000
"""Columns where no terminal is: nothing is cut or wrapped for a program or a file."""


class _Screen(Console):
    """As wide as the terminal, and as the text itself where there is none."""

    @property
    def size(self) -> ConsoleDimensions:
        return super().size if self.is_terminal else ConsoleDimensions(UNBOUNDED, 25)

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._width, self._height = new_size


console = _Screen(highlight=False, markup=False, emoji=False)
"""Results: standard output, or standard error where the JSON result takes that."""

notes = _Screen(stderr=True, highlight=False, markup=False, emoji=False)
"""Progress, hints and errors: standard error."""


def _json_place(path: Path | None) -> Path | None:
    console.stderr = str(path) == "-"
    return path


JsonPath = Annotated[
    Path | None,
    typer.Option(
        "--json", metavar="PATH", callback=_json_place,
        help="Write the result as JSON to PATH (- for standard output, alone there).",
    ),
]  # fmt: skip
HomeFolder = Annotated[Path, typer.Argument(metavar="DIR", help="A home, made with import or demo.")]


def say(text: str) -> None:
    """A plain line of a long-running command's own account, on standard error."""
    notes.print(text, soft_wrap=True)


def heading(text: str) -> None:
    """Begins a part of a long result."""
    if console.is_terminal:
        console.rule(text, style="bold")
    else:
        console.print(f"\n== {text}")


def write_result(path: Path | None, result: Any, secret: bool = False) -> None:
    """Write the machine-readable result where it was asked for. secret: a file is this user's alone, also one that was
    there before.
    """
    if path is None:
        return
    text = json.dumps(result, indent=2, ensure_ascii=False, default=_plain) + "\n"
    if str(path) == "-":
        sys.stdout.write(text)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        if secret and path.is_file():
            os.fchmod(file.fileno(), 0o600)
        if path.is_file():
            file.truncate(0)
        file.write(text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def moment(text: str | None) -> datetime | None:
    """A time given on the command line; raises a usage error that says what is allowed."""
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a time such as 2025-06-01T00:00:00Z") from error
    if given.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no zone; write {text}Z for UTC")
    return given.astimezone(UTC)

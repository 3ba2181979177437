"""What every command shares: where it prints, the machine-readable result, times as people write them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

console = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 150)
"""People read here; a command's own result, where it has one, goes to standard output."""

JsonPath = Annotated[
    Path | None,
    typer.Option("--json", metavar="PATH", help="Write the result as JSON to PATH (- for standard output)."),
]
HomeFolder = Annotated[Path, typer.Argument(metavar="DIR", help="A home, made with import or demo.")]


def write_result(path: Path | None, result: Any) -> None:
    """Write the machine-readable result where it was asked for."""
    if path is None:
        return
    text = json.dumps(result, indent=2, ensure_ascii=False, default=_plain) + "\n"
    if str(path) == "-":
        sys.stdout.write(text)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


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


@contextmanager
def steps(title: str) -> Iterator[Callable[..., None]]:
    """A progress bar: call it with the name of the step that begins, or with a step and the share that is done."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=None)

        def report(step: str, done: float | None = None) -> None:
            progress.update(task, description=f"{title}: {step}", total=1.0 if done is not None else None,
                            completed=done or 0.0)  # fmt: skip

        yield report

"""`nextlead bench`: what is measured, one benchmark at a time or all of them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.output import JsonPath, console, write_result

BENCHMARKS = ("fold", "transform", "decision", "violations", "scoring", "simulator", "http")
FOLDER = Path("var/bench")


def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"One of {', '.join(BENCHMARKS)}, or all.")],
    size: Annotated[int | None, typer.Option(min=1, help="Another size than the benchmark's own.")] = None,
    json: JsonPath = None,
) -> None:
    """Run a benchmark; its figures are also written under var/bench/."""
    chosen = BENCHMARKS if name == "all" else (name,)
    if name not in (*BENCHMARKS, "all"):
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(BENCHMARKS)}, all")
    results = {each: _run(each, size) for each in chosen}
    write_result(json, results if name == "all" else results[name])


def _run(name: str, size: int | None) -> dict[str, Any]:
    run = import_module(f"benchmarks.{name}").run
    figures: dict[str, Any] = run() if size is None else run(size)
    write_result(FOLDER / f"{name}.json", figures)
    console.print(f"[bold]{name}[/] " + "  ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


def register(app: typer.Typer) -> None:
    app.command("bench", no_args_is_help=True)(bench)

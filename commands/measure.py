"""`nextlead bench`: what is measured, one benchmark at a time or all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path
from typing import Annotated, Any

import typer

from terminal.output import JsonPath, console, write_result

NAMES = (
    "fold", "transform", "decision", "violations", "scoring", "simulator", "encryption", "http", "freshness", "crash",
    "agents", "parity", "replay", "queue", "order", "textbook", "rank300", "floor", "seats", "sweep", "stream", "train",
    "growth", "watch", "anytime", "reports", "console", "doors", "hostile",
    "public",
)  # fmt: skip
FOLDER = Path("var/bench")


def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"One of {', '.join(NAMES)}, or all.")],
    size: Annotated[int | None, typer.Option(min=1, help="Another size than the benchmark's own.")] = None,
    full: Annotated[bool, typer.Option("--full", help="The sizes that results are told for; this takes long.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes: a look, in a minute or so.")] = False,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Another parameter of the benchmark; may be repeated."),
    ] = None,
    json: JsonPath = None,
) -> None:
    """Run a benchmark; its figures are also written under var/bench/. Exit status 1 when it found a promise broken."""
    chosen = NAMES if name == "all" else (name,)
    if name not in (*NAMES, "all"):
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(NAMES)}, all")
    results = {each: _run(each, size, full, quick, given or []) for each in chosen}
    write_result(json, results if name == "all" else results[name])
    if any(result.get("wrong") for result in results.values()):
        raise typer.Exit(1)


def _run(name: str, size: int | None, full: bool, quick: bool, given: Sequence[str]) -> dict[str, Any]:
    from benchmarks.all import BENCHMARKS
    from benchmarks.harness.timing import environment

    benchmark = BENCHMARKS[name]
    parameters = dict(benchmark.full if full else benchmark.quick if quick else {})
    parameters |= {} if size is None else {"size": size}
    parameters |= dict(_parameter(benchmark.run, text) for text in given)
    figures = benchmark.run(**parameters)
    write_result(FOLDER / f"{name}.json", figures | {"environment": environment()})
    console.print(f"{name} " + "  ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


def _parameter(run: Callable[..., Any], text: str) -> tuple[str, Any]:
    """A parameter and its value, of the kind that its default has."""
    key, _, value = text.partition("=")
    known = {name: parameter.default for name, parameter in signature(run).parameters.items()}
    if key not in known:
        raise typer.BadParameter(f"{text!r} names none of {', '.join(known)}")
    if isinstance(known[key], bool):
        return key, value.lower() in ("1", "true", "yes", "on")
    try:
        return key, type(known[key])(value)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: {key} is of type {type(known[key]).__name__}") from error


def register(app: typer.Typer) -> None:
    app.command("bench", no_args_is_help=True)(bench)

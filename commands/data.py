"""`nextlead import` and `nextlead synthesize`: histories in."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from terminal.output import JsonPath, console, moment, write_result
from terminal.progress import steps


def import_(
    workspace: Annotated[
        str, typer.Argument(metavar="WORKSPACE", help="A folder with workspace.yaml, or a ready one.")
    ],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The source's own files, plain or gzip.")],
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The home to make or to add to.")],
    json: JsonPath = None,
) -> None:
    """Read a source's own files into a home: lake, feature history and Feast registry.

    What is good of them is kept; the rest is told, row by row in a file under refused/ in the home. Status 0 when
    anything was imported.
    """
    from commands.imports import document, show_left_out
    from commands.policy import tell_policy
    from features.configuration import load
    from features.onboarding import import_files
    from features.opened_home import target

    started = time.monotonic()
    configuration = load(workspace)
    with target(into), steps("import") as report:
        imported = import_files(configuration, into, files, datetime.now(UTC), report)
    home, history = imported.home, imported.checked.history
    result = {
        "workspace": configuration.workspace.name,
        "home": home.folder,
        "customers": history.customers["customer_id"].n_unique(),
        "events": len(history.events),
        "observed_until": home.observed_until,
        "seconds": round(time.monotonic() - started, 2),
        "refused": document(imported.checked, imported.refused),
    }
    console.print(
        f"{result['customers']:,} customers and {result['events']:,} events of {configuration.workspace.title['en']} "
        f"are in {into}, complete until {home.observed_until:%Y-%m-%d %H:%M} UTC."
    )
    show_left_out(imported.checked, imported.refused)
    tell_policy(configuration)
    console.print(f"Next: nextlead train {into}")
    write_result(json, result)


def synthesize(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where customers.parquet and events.parquet go.")],
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 20_000,
    days: Annotated[int, typer.Option(min=1, help="How long the history is.")] = 365,
    until: Annotated[str | None, typer.Option(metavar="T", help="When it ends; now by default.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another insurer.")] = 7,
    json: JsonPath = None,
) -> None:
    """Write the history of a synthetic insurer, for `nextlead import insurer`."""
    from simulator import simulate
    from simulator.export import write

    started = time.monotonic()
    end = moment(until) or datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with steps("synthesize") as report:
        report("a year in the life of an insurer")
        history = simulate(customers, until=end, days=days, seed=seed)
        report("writing")
        files = write(history, out)
    result = {
        "customers": history.customers["customer_id"].n_unique(),
        "events": len(history.events),
        "files": files,
        "seconds": round(time.monotonic() - started, 2),
    }
    console.print(f"{result['customers']:,} customers and {result['events']:,} events are in {out}.")
    write_result(json, result)


def register(app: typer.Typer) -> None:
    app.command("import", no_args_is_help=True)(import_)
    app.command("synthesize", no_args_is_help=True)(synthesize)

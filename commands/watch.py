"""`nextlead monitor`: drift of what the models read and say now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.table import Table

from terminal.output import HomeFolder, JsonPath, console, moment, write_result
from terminal.progress import steps
from terminal.tables import print_table


def monitor(
    home: HomeFolder,
    at: Annotated[str | None, typer.Option("--at", metavar="T", help="As of T; the service's now by default.")] = None,
    json: JsonPath = None,
) -> None:
    """Compare live features and scores with the sample each model was born with; HTML and JSON under DIR/reports."""
    from commands.hot import composed
    from monitoring.report import monitor as monitor_home

    with composed(home) as parts, steps("monitor") as report:
        found = monitor_home(
            parts.home,
            parts.models,
            parts.contacts,
            parts.client,
            parts.hot,
            moment(at) or parts.clock.now(),
            progress=report,
        )
    print_table(drift_table(found["objectives"]))
    console.print(f"The page: {parts.home.reports / 'index.html'}")
    write_result(json, found)


def drift_table(findings: Mapping[str, Any]) -> Table:
    """The findings, an objective a row."""
    table = Table("objective", "model", "live rows", "drifted columns", "most moved (PSI)")
    for name, item in findings.items():
        if "skipped" in item:
            table.add_row(name, item["version"], "–", item["skipped"], "")
            continue
        most = ", ".join(f"{column} {score:.2f}" for column, score in list(item["psi"].items())[:3])
        table.add_row(name, item["version"], f"{item['rows']:,}", f"{len(item['drifted'])} of {len(item['psi'])}", most)
    return table


def register(app: typer.Typer) -> None:
    app.command("monitor", no_args_is_help=True)(monitor)

"""`nextlead follow`: where rates of success stand by the outcomes that are known now."""

from __future__ import annotations

from typing import Annotated

import typer

from terminal.output import HomeFolder, JsonPath, console, moment, write_result


def follow(
    home: HomeFolder,
    at: Annotated[str | None, typer.Option("--at", metavar="T", help="As of T; now by default.")] = None,
    json: JsonPath = None,
) -> None:
    """Ask the outcomes known by now where the rate of each objective with a `prior` stands, and keep it for scores."""
    from features.opened_home import building
    from serving.clock import Clock
    from training.following import follow as follow_home

    with building(home) as held:
        told = follow_home(held, moment(at) or Clock.of(held).now())
    found = {
        name: {"until": item.until, "shift": None if item.shift is None else item.shift.mean}
        for name, item in told.items()
    }
    for name, item in found.items():
        moved = "no outcome tells anything yet" if item["shift"] is None else f"log-odds move by {item['shift']:+.3f}"
        console.print(f"{name}: {moved}, by outcomes known at {item['until']}")
    if not found:
        console.print("Nothing is new: no objective with a champion declares a `prior`, or it is known already.")
    write_result(json, found)


def register(app: typer.Typer) -> None:
    app.command("follow", no_args_is_help=True)(follow)

"""`nextlead replay`: a decision made again from the ledger, and compared."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.output import HomeFolder, JsonPath, console, write_result


def replay(
    home: HomeFolder,
    decision_id: Annotated[str, typer.Argument(metavar="DECISION_ID", help="As an answer or the ledger names it.")],
    json: JsonPath = None,
) -> None:
    """Recompute a decision from its inputs and versions and compare; exit status 1 when it comes out otherwise."""
    from commands.hot import hot_services
    from serving.replay import replay as replay_decision

    with hot_services(home) as services:
        found = replay_decision(services, decision_id)
    for field, (recorded, recomputed) in found.differences.items():
        console.print(f"[bold]{field}[/]\n  recorded   {recorded}\n  recomputed {recomputed}", soft_wrap=True)
    console.print("the same result" if found.same else "[bold red]another result[/]")
    if found.code_changed:
        console.print("Other code decides now than did then.")
    differences = [
        {"field": field, "recorded": recorded, "recomputed": recomputed}
        for field, (recorded, recomputed) in found.differences.items()
    ]
    result = {"decision_id": decision_id, "same": found.same, "code_changed": found.code_changed}
    write_result(json, result | {"differences": differences})
    if not found.same:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    app.command("replay", no_args_is_help=True)(replay)

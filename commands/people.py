"""`nextlead people`: who shares an identity and is not one, and a person's word on who is who."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.trailed import trailed
from terminal.output import HomeFolder, JsonPath, console, write_result

people = typer.Typer(name="people", help="Who is who: conflicts, and merges taken back or made.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="A customer id.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so; it is kept.")]


@people.command("conflicts", no_args_is_help=True)
def conflicts(home: HomeFolder, json: JsonPath = None) -> None:
    """Identities that people share who are not one, and why."""
    from dataclasses import asdict

    from rich.table import Table

    from commands.hot import received
    from terminal.tables import print_table

    with received(home) as parts:
        found = parts.people.conflicts()
    table = Table("identity · 身份", "why · 原因", "how many · 人数", "customers · 客户")
    for conflict in found:
        names = ", ".join(conflict.customers[:10]) + (" …" if conflict.count > 10 else "")
        table.add_row(conflict.identity, conflict.reason, f"{conflict.count:,}", names)
    if found:
        print_table(table)
    else:
        console.print("nobody shares an identity with somebody else · 没有共用身份的客户")
    write_result(json, [asdict(conflict) for conflict in found])


@people.command("unmerge", no_args_is_help=True)
def unmerge(
    home: HomeFolder,
    customer_id: Id,
    other: Annotated[str, typer.Option("--from", metavar="ID", help="The customer that it was merged with.")],
    reason: Reason,
    by: By,
    json: JsonPath = None,
) -> None:
    """Take back that an id was merged with a customer: they are as if they had never been one, and stay apart."""
    from commands.hot import received
    from serving.access.act import Act
    from serving.clock import microseconds

    trailed(home, Act.JUDGE_IDENTITY.value, "people unmerge", [customer_id, other])
    with received(home) as parts:
        at = microseconds(parts.clock.now())
        kept, gone = parts.merging.unmerge(other, customer_id, by, reason, at)
    console.print(
        f"{gone} is no longer {kept}; a running service knows within a second, or the next one when it starts"
    )
    write_result(json, {"customer_id": kept, "unmerged": gone})


@people.command("merge", no_args_is_help=True)
def merge(
    home: HomeFolder,
    customer_id: Id,
    other: Annotated[str, typer.Option("--with", metavar="ID", help="The customer that it is.")],
    reason: Reason,
    by: By,
    json: JsonPath = None,
) -> None:
    """Make two customers one, also where a person had said that they are not."""
    from commands.hot import received
    from serving.access.act import Act
    from serving.clock import microseconds

    trailed(home, Act.JUDGE_IDENTITY.value, "people merge", [customer_id, other])
    with received(home) as parts:
        at = microseconds(parts.clock.now())
        kept = parts.merging.merge(other, customer_id, by, reason, at)
        ids = parts.contacts.members([kept])[0]
    console.print(f"{', '.join(ids[1:])} and {kept} are one, kept as {kept}")
    write_result(json, {"customer_id": kept, "merged": ids[1:]})


def register(app: typer.Typer) -> None:
    app.add_typer(people)

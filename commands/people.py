"""`nextlead people`: who is who, what is kept on a person, and legal holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.trailed import trailed
from terminal.output import HomeFolder, JsonPath, console, moment, write_result

people = typer.Typer(name="people", help="Who is who, what is kept on a person, and legal holds.", no_args_is_help=True)

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
        trailed(home, "conflicts.read", "people conflicts")
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


@people.command("export", no_args_is_help=True)
def export(
    home: HomeFolder,
    customer_id: Id,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; standard output.")] = None,
) -> None:
    """All that is kept on a person, as JSON, for who asks what is known of them; what a legal hold keeps sealed of who
    is erased.
    """
    from json import loads

    from commands.hot import composed
    from leads.errors import NotFound
    from serving.access.act import Act

    trailed(home, Act.EXPORT_CUSTOMER.value, "people export", [customer_id])
    with composed(home) as parts:
        try:
            found = parts.person_export.of(customer_id, parts.clock.now())
        except NotFound:
            hold = parts.legal_holds.of([customer_id])
            if hold is None or hold.kept is None:
                raise
            found = loads(parts.legal_holds.opened(hold))
    write_result(out or Path("-"), found, secret=True)
    if out is not None:
        events, decisions = len(found["events"]), len(found["decisions"])
        console.print(f"{events:,} events and {decisions:,} decisions of {customer_id} are in {out}")


@people.command("hold", no_args_is_help=True)
def hold(
    home: HomeFolder,
    customer_id: Id,
    reason: Reason,
    by: By,
    json: JsonPath = None,
) -> None:
    """Keep what is kept on a customer from being destroyed: an erasure is a restriction then."""
    from commands.hot import composed
    from serving.access.act import Act

    trailed(home, Act.HOLD_CUSTOMER.value, "people hold", [customer_id])
    with composed(home) as parts:
        ids = parts.customers.all_ids(parts.customers.known(customer_id).customer_id)
        made = parts.legal_holds.place(ids, by, reason, parts.clock.now())
    console.print(f"{customer_id} is held since {made.since:%Y-%m-%d %H:%M}")
    write_result(json, {"customer_id": customer_id, "held": True, "since": made.since})


@people.command("lift", no_args_is_help=True)
def lift(home: HomeFolder, customer_id: Id, json: JsonPath = None) -> None:
    """Lift a legal hold; whom it had made a restriction of an erasure is erased then."""
    from commands.hot import composed
    from leads.errors import NotFound
    from serving.access.act import Act

    trailed(home, Act.HOLD_CUSTOMER.value, "people lift", [customer_id])
    with composed(home) as parts:
        try:
            ids = parts.customers.all_ids(parts.customers.known(customer_id).customer_id)
        except NotFound:
            ids = [customer_id]
        lifted = parts.legal_holds.lift(ids)
    erased = lifted.restricted is not None
    console.print(f"{customer_id} is held no more" + (": what was sealed is destroyed" if erased else ""))
    write_result(json, {"customer_id": customer_id, "held": False, "erased": erased})


@people.command("held", no_args_is_help=True)
def held(home: HomeFolder, json: JsonPath = None) -> None:
    """The legal holds there are; they name nobody."""
    from features.digest import Digests
    from features.home import Home
    from serving.people.legal_holds import LegalHolds

    opened = Home.open(home).folder
    found = LegalHolds(opened, Digests(opened)).all()
    for each in found:
        erased = "" if each.restricted is None else f", sealed since {each.restricted:%Y-%m-%d %H:%M}"
        console.print(f"{each.names[0]}: since {each.since:%Y-%m-%d %H:%M} by {each.by}, {each.why}{erased}")
    write_result(json, [{"name": h.names[0], "by": h.by, "why": h.why, "since": h.since, "restricted": h.restricted}
                        for h in found])  # fmt: skip


@people.command("kept", no_args_is_help=True)
def kept(home: HomeFolder) -> None:
    """What is kept where, of whom, for how long, and what becomes of it when somebody is erased; in Markdown."""
    from features.home import Home
    from serving.managers.kept_page import page

    typer.echo(page(Home.open(home).configuration.workspace))


def retain(
    home: HomeFolder,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="T", help="As of T; the service's now by default.")] = None,
    json: JsonPath = None,
) -> None:
    """Take out what `retention` in workspace.yaml keeps no longer. A service does it by itself once a day."""
    from commands.hot import composed

    trailed(home, "retention.run", "retain")
    with composed(home) as parts:
        done = parts.retention.run(moment(at) or parts.clock.now(), dry_run)
    going = "would go" if dry_run else "are kept no longer"
    for what, count in done.counts.items():
        console.print(f"{count:,} of {what} {going}")
    if done.trail:
        console.print(f"{done.trail:,} files of the audit trail {going}")
    if not done.counts and not done.trail:
        console.print("all that is there is kept still")
    write_result(json, {"counts": done.counts, "customers": done.customers, "trail_files": done.trail, "dry": dry_run})


def register(app: typer.Typer) -> None:
    app.add_typer(people)
    app.command("retain", no_args_is_help=True)(retain)

"""`nextlead audit`: who looked at whom and who changed what, and whether that record is whole."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.trailed import trailed
from terminal.output import HomeFolder, JsonPath, console, moment, say, write_result

audit = typer.Typer(name="audit", help="The audit trail of a home.", no_args_is_help=True)


@audit.command("verify")
def verify(home: HomeFolder, json: JsonPath = None) -> None:
    """Whether every line of the trail is there as it was written; status 1 where one is not."""
    from features.home import Home
    from serving.audit.checking import check

    found = check(Home.open(home).folder)
    for problem in found.problems:
        say(problem)
    if not found.problems:
        console.print(f"{found.lines:,} lines in {len(found.ends)} chains, all as they were written")
    for number, mark in found.ends.items():
        console.print(f"chain {number} ends with line {mark.number}, seal {mark.seal}")
    ends = {number: {"line": mark.number, "seal": mark.seal} for number, mark in found.ends.items()}
    write_result(json, {"lines": found.lines, "problems": found.problems, "ends": ends})
    if found.problems:
        raise typer.Exit(1)


@audit.command("export")
def export(
    home: HomeFolder,
    since: Annotated[str | None, typer.Option(metavar="T", help="From when on; the beginning.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Up to when; now.")] = None,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="About whom, by an id of theirs.")] = None,
    who: Annotated[str | None, typer.Option(metavar="ID", help="By whom.")] = None,
    form: Annotated[str, typer.Option("--format", metavar="jsonl|syslog", help="JSON lines, or RFC 5424.")] = "jsonl",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; standard output.")] = None,
) -> None:
    """The trail, a line each, the earliest first."""
    from features.home import Home
    from leads.errors import InvalidInput
    from serving.audit.record import Record, Sought

    if form not in ("jsonl", "syslog"):
        raise InvalidInput("--format", form, "jsonl or syslog")
    opened = Home.open(home).folder
    trailed(opened, "audit.export", "audit export", [customer] if customer else [])
    entries = Record(opened).entries(Sought(_moment(since), _moment(until), customer, who))
    lines = _written(entries, form)
    if out is None:
        for line in lines:
            typer.echo(line)
        return
    with out.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def _written(entries: Iterator[Mapping[str, Any]], form: str) -> Iterator[str]:
    import msgspec

    from serving.audit.syslog import message

    host = socket.gethostname() or "-"
    for told in entries:
        yield message(told, host) if form == "syslog" else msgspec.json.encode(told).decode()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def register(app: typer.Typer) -> None:
    app.add_typer(audit)

"""`nextlead tail` and `nextlead kafka`: events in, beside HTTP."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from terminal.output import HomeFolder, JsonPath, console, say, write_result
from terminal.progress import steps


def tail(
    home: HomeFolder,
    file: Annotated[Path, typer.Argument(metavar="FILE|-", help="A file or named pipe; - is standard input.")],
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is written later, through rotation, until stopped.")
    ] = False,
    json: JsonPath = None,
) -> None:
    """Take in events, a CloudEvent as JSON per line, whether or not the service runs.

    Refused lines are told and do not stop the rest. A line sent again within 8 days is known as a duplicate, so a
    file can be read again after an interruption. Exit status: 0 when every line is in, 1 when some was refused or
    left, 2 for wrong usage.
    """
    from commands.hot import received
    from serving.signals import signalled
    from serving.sources.feed import Feed

    started, stopped = time.monotonic(), Event()
    with (
        closing(Feed(file, follow)) as feed,
        received(home) as parts,
        signalled(stopped),
        steps("tail") as report,
    ):
        from serving.sources.tail import tail as tail_feed

        found = tail_feed(parts.intake, parts.clock, feed, stopped, say, lambda tally, done: report(str(tally), done))
    tally = found.tally
    console.print(f"{tally.events:,} lines: {tally}{'' if found.complete else '; stopped before the end'}")
    write_result(
        json,
        {"lines": tally.events, **tally.document(), "left": found.left, "complete": found.complete,
         "seconds": round(time.monotonic() - started, 2)},
    )  # fmt: skip
    raise typer.Exit(1 if tally.refused or found.left else 0)


def kafka(
    home: HomeFolder,
    brokers: Annotated[str, typer.Option(metavar="HOST:PORT,…", help="Where the cluster is reached first.")],
    topic: Annotated[list[str], typer.Option(metavar="NAME", help="A topic to read; may be repeated.")],
    group: Annotated[str, typer.Option(metavar="NAME", help="The consumer group.")] = "nextlead",
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One of librdkafka's settings; may be repeated."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="librdkafka's settings, key=value a line: for secrets."
        ),
    ] = None,
    dead_letter_topic: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where refused messages are kept with the reason.")
    ] = None,
    json: JsonPath = None,
) -> None:
    """Take in events from Kafka until stopped: CloudEvents as JSON, structured or binary.

    An offset is committed once its event is durable; what comes again is known as a duplicate. Refused messages are
    told, and go to the dead-letter topic where there is one. Exit status: 0 when stopped, 1 when something that is
    needed was lost, 2 for wrong usage. Needs the `kafka` extra of the package.
    """
    from commands.hot import received
    from serving.signals import signalled
    from serving.sources.broker import Broker, library
    from serving.sources.kafka import consume

    library()
    written = settings.read_text("utf-8").splitlines() if settings else []
    given = dict(_pair(line) for line in [*_said(written), *(setting or [])])
    broker = Broker(brokers, tuple(topic), group, given, dead_letter_topic)
    started, stopped = time.monotonic(), Event()
    with received(home) as parts, signalled(stopped), steps("kafka") as report:
        say(f"reading {', '.join(topic)} as {group} · stop with Ctrl-C")
        tally = consume(parts.intake, parts.clock, broker, stopped, say, lambda tally: report(str(tally)))
    console.print(f"{tally.events:,} messages: {tally}")
    seconds = round(time.monotonic() - started, 2)
    write_result(json, {"messages": tally.events, **tally.document(), "seconds": seconds})


def _said(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        raise typer.BadParameter("a setting is written KEY=VALUE, such as security.protocol=SSL")
    return name.strip(), value.strip()


def register(app: typer.Typer) -> None:
    app.command("tail", no_args_is_help=True)(tail)
    app.command("kafka", no_args_is_help=True)(kafka)

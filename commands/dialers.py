"""`nextlead vicidial` and `nextlead webhooks`: other dialers, and who is told what happens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from terminal.output import HomeFolder, JsonPath, console, say, write_result
from terminal.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.dialers.dead_letters import DeadLetter

vicidial = typer.Typer(name="vicidial", help="Feed a VICIdial, and hear what came of its calls.", no_args_is_help=True)
webhooks = typer.Typer(name="webhooks", help="Tell others what happens, signed.", no_args_is_help=True)

Dialer = Annotated[str, typer.Argument(metavar="NAME", help="As dialers.yaml names it.")]
Letter = Annotated[str, typer.Argument(metavar="ID|all", help="A dead letter, or all of them.")]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", dir_okay=False, help="Instead of DIR/dialers.yaml.")
]


@vicidial.command("run", no_args_is_help=True)
def feed(home: HomeFolder, name: Dialer, config: Config = None, json: JsonPath = None) -> None:
    """Keep the hopper filled with leads that are leased to this VICIdial, until stopped."""
    from threading import Event

    from commands.hot import composed
    from serving.dialers.configuration import load_dialers
    from serving.signals import signalled

    stopped = Event()
    with composed(home) as parts, signalled(stopped):
        dialer = load_dialers(parts.home, config).a_vicidial(name)
        say(f"feeding campaign {dialer.campaign} at {dialer.url} · stop with Ctrl-C")
        rounds = parts.feeding.feed(dialer, os.environ, stopped, say)
    write_result(json, {"dialer": name, "rounds": rounds})


@vicidial.command("urls", no_args_is_help=True)
def urls(
    home: HomeFolder,
    name: Dialer,
    address: Annotated[str, typer.Option("--at", metavar="URL", help="Where VICIdial reaches this service.")],
    json: JsonPath = None,
) -> None:
    """A new secret, the URLs to paste into the campaign, and the line for dialers.yaml. The secret is shown once."""
    from secrets import token_urlsafe

    from serving.dialers.vicidial.urls import DISPO, NO_AGENT, url_of
    from serving.kept_secrets import digest_of_secret

    secret = token_urlsafe(24)
    made = {
        "dispo_call_url": url_of(name, DISPO, address, secret),
        "no_agent_call_url": url_of(name, NO_AGENT, address, secret),
        "secret_sha256": digest_of_secret(secret),
    }
    if str(json) != "-":
        for label, text in made.items():
            typer.echo(f"{label}: {text}")
    write_result(json, made)


@vicidial.command("dead", no_args_is_help=True)
def dead(home: HomeFolder, name: Dialer, config: Config = None, json: JsonPath = None) -> None:
    """What of a dialer could not be taken, with the reason."""
    from commands.hot import composed
    from serving.dialers.configuration import load_dialers

    with composed(home) as parts:
        _show(parts.retrying.letters_of(load_dialers(parts.home, config), name).list(), json)


@vicidial.command("retry", no_args_is_help=True)
def retry(home: HomeFolder, name: Dialer, letter: Letter, config: Config = None, json: JsonPath = None) -> None:
    """Take dead letters once more. Exit status 1 when some still cannot be taken."""
    from commands.hot import composed
    from leads.errors import NextleadError
    from serving.dialers.configuration import load_dialers

    taken, left = 0, 0
    with composed(home) as parts:
        dialers = load_dialers(parts.home, config)
        letters = parts.retrying.letters_of(dialers, name)
        for each in letters.chosen(letter):
            try:
                parts.retrying.retry(dialers, name, each, parts.clock.now())
                taken += 1
            except NextleadError as error:
                left += 1
                say(f"{each.id}: {error.detail}")
    console.print(f"{taken} taken, {left} left")
    write_result(json, {"taken": taken, "left": left})
    raise typer.Exit(1 if left else 0)


@vicidial.command("drop", no_args_is_help=True)
def drop(home: HomeFolder, name: Dialer, letter: Letter, config: Config = None) -> None:
    """Forget dead letters."""
    from commands.hot import composed
    from serving.dialers.configuration import load_dialers

    with composed(home) as parts:
        letters = parts.retrying.letters_of(load_dialers(parts.home, config), name)
        for each in letters.chosen(letter):
            letters.drop(each.id)


@webhooks.command("run", no_args_is_help=True)
def run(home: HomeFolder) -> None:
    """Deliver what waits, until stopped."""
    from random import SystemRandom
    from threading import Event

    from commands.hot import composed
    from serving.signals import signalled

    stopped = Event()
    with composed(home) as parts, signalled(stopped):
        say(f"delivering to {', '.join(parts.endpoints) or 'nobody'} · stop with Ctrl-C")
        parts.webhooks.deliver(os.environ, SystemRandom(), stopped, say)


@webhooks.command("list", no_args_is_help=True)
def list_(home: HomeFolder, json: JsonPath = None) -> None:
    """Endpoints, with what waits and what was given up."""
    from commands.hot import composed

    with composed(home) as parts:
        found = parts.webhooks.standing()
    table = Table("endpoint", "url", "waiting", "dead", "disabled")
    for item in found:
        table.add_row(item["endpoint"], item["url"], f"{item['waiting']:,}", f"{item['dead']:,}", item["disabled"])
    print_table(table)
    write_result(json, found)


@webhooks.command("dead", no_args_is_help=True)
def dead_webhooks(home: HomeFolder, endpoint: Dialer, json: JsonPath = None) -> None:
    """Messages that were given up, with the reason."""
    from commands.hot import composed

    with composed(home) as parts:
        _show(parts.webhooks.dead_letters(parts.webhooks.endpoint(endpoint).name).list(), json)


@webhooks.command("retry", no_args_is_help=True)
def retry_webhooks(home: HomeFolder, endpoint: Dialer, letter: Letter, json: JsonPath = None) -> None:
    """Let dead letters wait for delivery again; an endpoint that was disabled is sent to again."""
    from commands.hot import composed

    with composed(home) as parts:
        letters = parts.webhooks.dead_letters(parts.webhooks.endpoint(endpoint).name)
        chosen = letters.chosen(letter)
        waiting = sum(parts.webhooks.retry(endpoint, each) for each in chosen)
        parts.outbox.enable(endpoint)
    console.print(f"{waiting} wait again")
    write_result(json, {"waiting": waiting, "dropped": len(chosen) - waiting})


@webhooks.command("drop", no_args_is_help=True)
def drop_webhooks(home: HomeFolder, endpoint: Dialer, letter: Letter) -> None:
    """Forget dead letters."""
    from commands.hot import composed

    with composed(home) as parts:
        letters = parts.webhooks.dead_letters(parts.webhooks.endpoint(endpoint).name)
        for each in letters.chosen(letter):
            letters.drop(each.id)


@webhooks.command("test", no_args_is_help=True)
def test(home: HomeFolder, endpoint: Dialer, json: JsonPath = None) -> None:
    """Send one message of type `test`. Exit status 1 when it is not taken."""
    from commands.hot import composed

    with composed(home) as parts:
        attempt = parts.webhooks.try_out(endpoint, os.environ)
    console.print(attempt.problem or f"{endpoint} has taken it")
    write_result(json, {"endpoint": endpoint, "problem": attempt.problem})
    raise typer.Exit(1 if attempt.problem else 0)


@webhooks.command("secret")
def secret() -> None:
    """A new secret for dialers.yaml and whoever receives."""
    from secrets import token_bytes

    from serving.dialers.webhooks.signature import secret_of

    typer.echo(secret_of(token_bytes(32)))


def _show(letters: Sequence[DeadLetter], json: Path | None) -> None:
    table = Table("id", "at", "kind", "reason")
    for letter in letters:
        table.add_row(letter.id, letter.at, letter.kind, letter.reason)
    print_table(table)
    write_result(json, [{"id": each.id, "at": each.at, "kind": each.kind, "reason": each.reason} for each in letters])


def register(app: typer.Typer) -> None:
    app.add_typer(vicidial)
    app.add_typer(webhooks)

"""`nextlead serve`, `rebuild` and `keys`."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from commands.encryption import encrypt
from commands.trailed import trailed
from terminal.output import HomeFolder, JsonPath, console, moment, say, write_result
from terminal.progress import steps
from terminal.tables import print_table

if TYPE_CHECKING:
    from features.home import Home
    from serving.http.keys import CreatedKey, KeyFile

WINGS = "console.wings:build"
"""What the service answers beside the API."""

WATCHER = "monitoring.guarding.watcher"
"""What looks after it once in a while."""

FOLLOWER = "commands.following"
"""The process that asks outcomes where rates of success stand."""

keys = typer.Typer(name="keys", help="API keys of a home.", no_args_is_help=True)


def serve(
    home: HomeFolder,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 3000,
    host: Annotated[str, typer.Option(help="The address to listen at; this machine alone.")] = "127.0.0.1",
    certificate: Annotated[
        Path | None, typer.Option(metavar="PEM", help="With which it speaks TLS, with --key.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="PEM", help="The certificate's private key.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="HTTP worker processes.")] = 1,
    stream_workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that apply events; NEXTLEAD_STREAM_WORKERS, or 1.")
    ] = None,
    start_at: Annotated[
        str | None,
        typer.Option("--start-at", metavar="T", help="Run the clock from T, serving the past as it was then."),
    ] = None,
) -> None:
    """The HTTP service and the stream worker, until stopped."""
    begin = moment(start_at)
    with ExitStack() as starting:
        report = starting.enter_context(steps("serve"))
        report("loading")

        def ready(url: str) -> None:
            starting.close()
            console.print(f"serving {home} at {url} · console at {url}/console · API at {url}/docs · stop with Ctrl-C")
            opened = Home.open(home)
            tell_policy(opened.configuration)
            _tell_hours(opened, begin)

        from commands.policy import tell_policy
        from features.home import Home
        from serving.run import serve as run_service
        from serving.tls import certificate_of

        status = run_service(
            home,
            port=port,
            host=host,
            certificate=certificate_of(*(None if path is None else str(path) for path in (certificate, key))),
            workers=workers,
            start_at=begin,
            stream_workers=stream_workers,
            ready=ready,
            wings=WINGS,
            follower=FOLLOWER,
            watcher=WATCHER,
            report=report,
        )
    raise typer.Exit(status)


def _tell_hours(home: Home, begin: datetime | None) -> None:
    """Where nobody may be called yet: until when, and how to see the home at another time."""
    from serving.clock import Clock
    from serving.queue.hours import next_open

    zone, now = home.configuration.workspace.timezone, Clock.starting_at(begin).now()
    opens = next_open(home.configuration, now)
    if opens == now:
        return
    until = "this week" if opens is None else f"until {opens.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} in {zone}"
    say(f"Nobody may be called by phone {until}: claims are empty till then.")
    then = next_open(home.configuration, home.observed_until)
    if then is not None and begin is None:
        say(f"To see it as it is in call hours: nextlead serve {home.folder} --start-at {then:%Y-%m-%dT%H:%M:%SZ}")


def rebuild(
    home: HomeFolder,
    discard_store: Annotated[
        bool,
        typer.Option(
            "--discard-store",
            help="Put a damaged embedded store aside first. What only it held is lost: leases, and what was accepted "
            "in the seconds before and is not in the lake.",
        ),
    ] = False,
    json: JsonPath = None,
) -> None:
    """Hot state anew from the lake. The service must not run."""
    from commands.hot import composed
    from features.home import Home
    from features.occupancy import SERVING, alone
    from leads.errors import Unavailable
    from serving.live.membership import present

    held = Home.open(home)
    with alone(held.folder, SERVING), steps("rebuild") as report:
        if discard_store:
            _put_store_aside(held)
        with composed(home) as parts:
            if present(parts.client, parts.keyspace):
                raise Unavailable("the service is running, and would write while the state is folded: stop it first")
            found = parts.rebuild.run(parts.clock.now(), lambda done, total: report("customers", done / max(total, 1)))
    console.print(f"{found.customers:,} customers folded from {found.events:,} events")
    write_result(json, {"customers": found.customers, "events": found.events, "merged": found.merged})


def _put_store_aside(home: Home) -> None:
    from serving.store.engine import discard

    aside = home.folder / f"{home.hot.name}-discarded-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    discard(home.hot, aside)
    if aside.is_dir():
        console.print(f"the store as it was is in {aside}")


@keys.command("create", no_args_is_help=True)
def create(
    home: HomeFolder,
    scope: Annotated[str, typer.Option(metavar="dialer|crm|admin|metrics", help="What the key may do.")],
    owner: Annotated[str, typer.Option(help="Who answers for it.")] = "",
    expires: Annotated[str | None, typer.Option(metavar="T", help="From when on it opens nothing; never.")] = None,
    agents: Annotated[str, typer.Option(metavar="A,B", help="For whom it claims leads; everybody.")] = "",
    teams: Annotated[str, typer.Option(metavar="A,B", help="For whose agents it claims leads.")] = "",
    held: Annotated[
        int | None, typer.Option(min=0, help="Leads held at once over all agents; 0: no limit. 500 for a dialer.")
    ] = None,
    lease_seconds: Annotated[
        int | None, typer.Option(min=0, help="How long a lease lasts at most; 0: no limit. 3600 for a dialer.")
    ] = None,
    rate: Annotated[
        int | None, typer.Option(min=0, help="Requests a second; 0: no limit. 500, and none for admin.")
    ] = None,
    hourly: Annotated[
        int | None, typer.Option(min=0, help="Leads taken within an hour; 0: no limit. 40 for each that may be held.")
    ] = None,
    masked: Annotated[bool, typer.Option("--masked", help="It sees numbers and other identities with stars.")] = False,
    json: JsonPath = None,
) -> None:
    """A new key. It is shown once; only its hash is kept."""
    from serving.http.api_key import usual_limits

    given = {"held": held, "lease_seconds": lease_seconds, "rate": rate, "hourly": hourly}
    told: dict[str, Any] = {name: most or None for name, most in given.items() if most is not None}
    limits = usual_limits(scope, {"agents": _names(agents), "teams": _names(teams)} | told)
    now = datetime.now(UTC)
    trailed(home, "keys.create", "keys create")
    created = _key_file(home).create(scope, now, limits=limits, owner=owner, expires_at=moment(expires), masked=masked)
    _show(created, json)


@keys.command("rotate", no_args_is_help=True)
def rotate(
    home: HomeFolder,
    key_id: Annotated[str, typer.Argument(metavar="ID")],
    overlap: Annotated[int, typer.Option(min=0, metavar="SECONDS", help="How long the old one goes on.")] = 86_400,
    json: JsonPath = None,
) -> None:
    """A new key that may do what another may, which ends after the overlap."""
    trailed(home, "keys.rotate", "keys rotate")
    _show(_key_file(home).rotate(key_id, timedelta(seconds=overlap), datetime.now(UTC)), json)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _show(created: CreatedKey, json: Path | None) -> None:
    if str(json) != "-":
        typer.echo(created.key)
    write_result(json, {"id": created.id, "key": created.key, "scope": created.scope}, secret=True)


@keys.command("link", no_args_is_help=True)
def link(
    home: HomeFolder,
    role: Annotated[str, typer.Option(metavar="agent|team_lead|manager|…", help="What they are here.")],
    agent: Annotated[str | None, typer.Option(metavar="ID", help="The agent they are.")] = None,
    name: Annotated[str, typer.Option(help="What people call them; the agent's id.")] = "",
    team: Annotated[str | None, typer.Option(help="Theirs, where the register of agents does not say it.")] = None,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="For how long it opens.")] = 10,
    json: JsonPath = None,
) -> None:
    """A link with which one person signs in once. It is shown once; only its hash is kept."""
    from features.digest import Digests
    from features.home import Home
    from serving.signin.sign_in_links import PATH, SignInLinks

    opened, now = Home.open(home), datetime.now(UTC)
    until = now + timedelta(minutes=minutes)
    links = SignInLinks(opened, Digests(opened.folder))
    trailed(home, "keys.link", "keys link")
    secret = links.create(role, until, now, name=name, agent_id=agent, team=team)
    if str(json) != "-":
        typer.echo(f"{PATH}{secret}")
    write_result(json, {"link": secret, "path": f"{PATH}{secret}", "role": role, "until": until}, secret=True)


@keys.command("list", no_args_is_help=True)
def list_(home: HomeFolder, json: JsonPath = None) -> None:
    """The keys there are, without their secrets."""
    from features.home import Home
    from serving.http.api_key import public
    from serving.http.key_use import KeyUse

    found, used = _key_file(home).list(), KeyUse(Home.open(home).keys).read()
    table = Table("id", "begins", "scope", "owner", "created", "last used", "expires", "revoked")
    for key in found:
        times = (key.created_at, used.get(key.id), key.expires_at, key.revoked_at)
        told = ("" if at is None else f"{at:%Y-%m-%d %H:%M}" for at in times)
        table.add_row(key.id, key.prefix, key.scope, key.owner, *told)
    print_table(table)
    write_result(json, [public(key) | {"last_used_at": used.get(key.id)} for key in found])


@keys.command("revoke", no_args_is_help=True)
def revoke(home: HomeFolder, key_id: Annotated[str, typer.Argument(metavar="ID")], json: JsonPath = None) -> None:
    """End a key; the service refuses it at once."""
    trailed(home, "keys.revoke", "keys revoke")
    _key_file(home).revoke(key_id, datetime.now(UTC))
    console.print(f"{key_id} is revoked")
    write_result(json, {"id": key_id, "revoked": True})


def _key_file(home: Path) -> KeyFile:
    from features.home import Home
    from serving.http.keys import KeyFile

    return KeyFile(Home.open(home).keys)


def register(app: typer.Typer) -> None:
    app.command("serve", no_args_is_help=True)(serve)
    app.command("rebuild", no_args_is_help=True)(rebuild)
    keys.command("encrypt", no_args_is_help=True)(encrypt)
    app.add_typer(keys)

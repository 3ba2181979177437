"""`nextlead alerts`: what stands, and who wants to hear no more of it for a while."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from terminal.output import HomeFolder, JsonPath, console, write_result
from terminal.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitoring.alerts.alert_book import Standing

alerts = typer.Typer(name="alerts", help="What looks at a home have found, and is not over.", no_args_is_help=True)


@alerts.command("list", no_args_is_help=True)
def list_(home: HomeFolder, json: JsonPath = None) -> None:
    """Those that stand: what, since when, whom it affects, how sure it is, what to do."""
    from features.opened_home import opened
    from monitoring.alerts.alert_book import AlertBook

    with opened(home) as found:
        standing = AlertBook.of(found).surest()
    if standing:
        print_table(_table(standing))
    else:
        console.print("没有告警 · nothing is wrong")
    write_result(json, [one.document() for one in standing])


@alerts.command("silence", no_args_is_help=True)
def silence(
    home: HomeFolder,
    key: Annotated[str, typer.Argument(metavar="KEY", help="As `alerts list` names it.")],
    why: Annotated[str, typer.Option(help="For whoever wonders.")],
    by: Annotated[str, typer.Option(help="Who wants it so.")],
    lasting: Annotated[str, typer.Option("--for", metavar="DURATION", help="Such as 3d.")] = "7d",
    json: JsonPath = None,
) -> None:
    """Tell nobody of an alert for a while; when it is over is told all the same."""
    from commands.trailed import trailed
    from features.opened_home import opened
    from leads.errors import InvalidInput
    from leads.words.durations import parse_duration
    from monitoring.alerts.alert_book import AlertBook
    from serving.clock import Clock

    with opened(home) as found:
        try:
            until = Clock.of(found).now() + parse_duration(lasting)
        except ValueError as error:
            raise InvalidInput("--for", lasting, str(error)) from error
        with AlertBook.held(found) as book:
            one = book.silence(key, until, by, why)
            trailed(home, "alerts.silence", f"alerts silence {key}", why=why)
            book.keep(found)
    console.print(f"{key} is told to nobody until {until:%Y-%m-%d %H:%M} UTC")
    write_result(json, one.document())


def _table(standing: Sequence[Standing]) -> Table:
    table = Table("告警 alert", "现象 what", "始于 since", "影响 affects", "把握 how sure", "处理 what to do")
    for one in standing:
        alert = one.alert
        parts = [alert["affects"], alert["sure"], alert["advice"]]
        affects, sure, advice = (f"{words['zh']}\n{words['en']}" for words in parts)
        what = "\n".join(f"{seen['zh']}\n{seen['en']}" for seen in alert["what"])
        table.add_row(f"{alert['key']}\n{_state(one)}", what, alert["since"][:16], affects, sure, advice)
    return table


def _state(one: Standing) -> str:
    if one.silent_until is not None and one.silenced_by is not None:
        return f"静默至 silent until {one.silent_until:%Y-%m-%d} ({one.silenced_by})"
    return "未确认 not confirmed" if one.raised is None else f"已告警 told {_day(one.raised)}"


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def register(app: typer.Typer) -> None:
    app.add_typer(alerts)

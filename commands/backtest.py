"""`nextlead backtest`: how a home's objectives would have been predicted in the past, beside simpler ways."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from terminal.output import HomeFolder, JsonPath, console, heading, moment, write_result
from terminal.progress import steps
from terminal.tables import print_table

if TYPE_CHECKING:
    from training.backtest.backtest import Backtest


def backtest(
    home: HomeFolder,
    objective: Annotated[
        str | None, typer.Option("--objective", metavar="O", help="Only this one; all by default.")
    ] = None,
    windows: Annotated[
        int | None, typer.Option("--windows", min=1, metavar="N", help="Consecutive blocks of time; 4 by default.")
    ] = None,
    share: Annotated[
        float | None,
        typer.Option("--share", min=0.01, max=0.95, help="Of the rows, the latest that are judged; half by default."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Use nothing after T.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same result.")] = 7,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Also write tables, pictures and predictions there.")
    ] = None,
    json: JsonPath = None,
) -> None:
    """Learn from the past, leave the horizon out, judge the next window, again and again; beside simpler ways."""
    from commands.model import objectives_of
    from features.opened_home import building
    from training.backtest.backtest import USUAL
    from training.backtest.backtest import backtest as backtest_home
    from training.backtest.keeping import keep, plain
    from training.learning import Chance

    end, documents = moment(until), {}
    with building(home) as held:
        for name in objectives_of(held, objective):
            with steps(f"backtest {name}") as report:
                chance = Chance(seed, USUAL.threads)
                found = backtest_home(held, name, windows, share, until=end, chance=chance, progress=report)
                report("keeping")
                keep(held, found, datetime.now(UTC), out)
            show(found)
            documents[name] = plain(found.document)
    write_result(json, documents)


def show(found: Backtest) -> None:
    """The table over all windows, a line for each window, and what it comes to."""
    from training.backtest.words import METHODS, heads, rows, verdict

    document = found.document
    heading(f"{document['label']['zh']} · {document['label']['en']} ({document['objective']})")
    table = Table(*heads())
    for row in rows(document["overall"], document["currency"]):
        table.add_row(*row)
    print_table(table)
    names = list(document["overall"]["methods"])
    by_window = Table("#", "从 from", "至 until", "学自 learned from", "行 rows", "成功 successes",
                      *(f"{METHODS[name]['zh']} AUC" for name in names))  # fmt: skip
    for window in document["windows"]:
        shown = (window["methods"][name]["auc"] for name in names)
        by_window.add_row(
            str(window["window"]), f"{window['from']:%Y-%m-%d}", f"{window['until']:%Y-%m-%d}",
            f"{window['learned_rows']:,}", f"{window['judged_rows']:,}", f"{window['positives']:,}",
            *("–" if value is None else f"{value:.3f}" for value in shown),
        )  # fmt: skip
    print_table(by_window)
    said = verdict(document)
    console.print(said["zh"], soft_wrap=True)
    console.print(said["en"], soft_wrap=True)


def register(app: typer.Typer) -> None:
    app.command("backtest", no_args_is_help=True)(backtest)

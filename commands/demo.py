"""`nextlead demo`: the synthetic insurer, end to end, as a stranger would want to see it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from commands.output import JsonPath, console, heading, write_result
from commands.progress import steps
from commands.tables import print_table

TRIALS = 25_000
"""Of an objective, in which the demo seeks effects of contact."""


def demo(
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="The home it makes and leaves.")] = Path(
        "var/demo"
    ),
    customers: Annotated[int, typer.Option(min=500, help="How many customers the insurer has.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed is another insurer.")] = 7,
    json: JsonPath = None,
) -> None:
    """History → features → three models → service → live events → queue → claims and outcomes → drift report."""
    from commands import live
    from commands.staging import staged

    started = time.monotonic()
    result: dict[str, Any] = {"home": folder}
    with staged(folder) as place:
        until = prepare(place, customers, seed, result, TRIALS)
        console.print(
            f"Effects of contact are sought in at most {TRIALS:,} trials of an objective here, to be quick; "
            "nextlead train looks at many more."
        )
        start_at = until + timedelta(minutes=5)
        result["live"] = live.show(place, start_at)
        result["drift"] = _drift(place, start_at + timedelta(minutes=5))
    result["seconds"] = round(time.monotonic() - started, 1)
    console.print(
        f"Done in {result['seconds']:.0f} s. Serve it with nextlead serve {folder}; "
        f"the drift page is {folder / 'reports' / 'index.html'}."
    )
    write_result(json, result)


def prepare(
    folder: Path, customers: int, seed: int, result: dict[str, Any] | None = None, trials: int | None = None
) -> datetime:
    """A new home with history and models; returns when its history ends. Findings are added to `result`. trials: at
    most so many are looked at for effects of contact, which take half the time.
    """
    until = working_morning(datetime.now(UTC))
    found = {} if result is None else result
    found["history"] = _history(folder, customers, seed, until)
    found["models"] = _models(folder, seed, trials)
    return until


def working_morning(now: datetime) -> datetime:
    """The latest ten o'clock in Shanghai: the demo's history ends, and its service starts, when calls are allowed."""
    morning = now.astimezone(ZoneInfo("Asia/Shanghai")).replace(hour=10, minute=0, second=0, microsecond=0)
    return (morning if morning <= now - timedelta(minutes=30) else morning - timedelta(days=1)).astimezone(UTC)


def _history(folder: Path, customers: int, seed: int, until: datetime) -> dict[str, Any]:
    from features.configuration import checked, load
    from features.onboarding import import_into
    from simulator import simulate

    heading("1 · a year of history · 一年的历史")
    configuration = load("insurer")
    with steps("history") as report:
        report("a year in the life of an insurer")
        history = checked(configuration.workspace, simulate(customers, until=until, seed=seed))
        home, _ = import_into(configuration, folder, history, report)
    found = {"customers": history.customers["customer_id"].n_unique(), "events": len(history.events)}
    kinds = history.events["type"].value_counts(sort=True).head(5)
    often = ", ".join(f"{kind} {count:,}" for kind, count in kinds.iter_rows())
    console.print(
        f"{found['customers']:,} customers, {found['events']:,} events until {until:%Y-%m-%d %H:%M} UTC; "
        f"most often {often}"
    )
    console.print(
        f"Each event left a state row: {len(home.configuration.layout.schema)} features at any moment of the year."
    )
    return found


def _models(folder: Path, seed: int, trials: int | None) -> dict[str, Any]:
    from commands.model import show_trained, trained
    from features.home import Home
    from training.contact.uplift_training import Benefits
    from training.train import train

    heading("2 · three models · 三个模型")
    home, documents = Home.open(folder), {}
    benefits = Benefits(home, seed=seed, most=trials)
    for name in home.configuration.workspace.objectives:
        with steps(f"train {name}") as report:
            documents[name] = trained(train(home, name, seed=seed, progress=report, benefits=benefits))
    show_trained(documents)
    return documents


def _drift(folder: Path, at: datetime) -> dict[str, Any]:
    from commands.hot import composed
    from commands.watch import drift_table
    from monitoring.report import monitor

    heading("4 · what moved since training · 训练以来的漂移")
    with composed(folder) as parts, steps("drift") as report:
        found = monitor(parts.home, parts.models, parts.contacts, parts.client, parts.hot, at, progress=report)
    print_table(drift_table(found["objectives"]))
    return found


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)

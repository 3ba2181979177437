"""`nextlead demo`: the synthetic insurer, end to end, as a stranger would want to see it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from terminal.output import JsonPath, console, heading, write_result
from terminal.progress import steps

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
    started = time.monotonic()
    console.print("A synthetic insurer, end to end · 示例保险公司全流程")
    from commands import live
    from experiments.sample import working_morning
    from features.staging import staged

    result: dict[str, Any] = {"home": folder}
    with staged(folder) as place:
        until = working_morning(datetime.now(UTC))
        result["history"] = _history(place, customers, seed, until)
        result["models"] = _models(place, seed)
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
    _console(folder)
    write_result(json, result)


_PEOPLE = (("agent", "wang", "坐席 · the agent"), ("manager", None, "经理 · the manager"))
"""Who may open the demo's console: their role, the agent they are, and how they are called."""


def _console(folder: Path) -> None:
    """Where the console is, and a link for each of its people, which opens once within a day."""
    from features.digest import Digests
    from features.home import Home
    from serving.signin.sign_in_links import PATH, SignInLinks

    home, now = Home.open(folder), datetime.now(UTC)
    links = SignInLinks(home, Digests(home.folder))
    console.print(
        f"The console · 工作台: nextlead serve {folder} --port 3000, then sign in (each opens once, for a day)"
    )
    for role, agent, called in _PEOPLE:
        secret = links.create(role, now + timedelta(days=1), now, name=agent or role, agent_id=agent)
        console.print(f"  {called}: http://127.0.0.1:3000{PATH}{secret}")


def _history(folder: Path, customers: int, seed: int, until: datetime) -> dict[str, Any]:
    from experiments.sample import with_history

    heading("1 · a year of history · 一年的历史")
    with steps("history") as report:
        home, history = with_history(folder, customers, seed, until, report)
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


def _models(folder: Path, seed: int) -> dict[str, Any]:
    from commands.model import show_trained, trained
    from experiments.sample import with_models
    from features.home import Home

    heading("2 · three models · 三个模型")
    found = with_models(Home.open(folder), seed, TRIALS, steps)
    documents = {name: trained(result) for name, result in found.items()}
    show_trained(documents)
    return documents


def _drift(folder: Path, at: datetime) -> dict[str, Any]:
    from commands.watch import show
    from features.home import Home
    from monitoring.watching.look import look

    heading("4 · what moved since training · 训练以来的漂移")
    with steps("drift") as report:
        found = look(Home.open(folder), at, progress=report).answer
    show(found)
    return dict(found)


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)

"""`nextlead shadow`: challengers beside champions, on the same customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.table import Table

from terminal.output import HomeFolder, JsonPath, console, moment, write_result
from terminal.progress import steps
from terminal.tables import print_table


def shadow(
    home: HomeFolder,
    objective: Annotated[str | None, typer.Option("--objective", metavar="O", help="Only this one.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="T", help="As of T; the record's end by default.")] = None,
    json: JsonPath = None,
) -> None:
    """Challenger and champion score everybody together; nobody is called by it. Served beside /metrics afterwards."""
    from features.opened_home import opened
    from monitoring.shadow.shadow import shadow as look

    end = moment(at)
    with opened(home) as held, steps("shadow") as report:
        report("scoring")
        found = look(held, end, objective)
    if found["objectives"]:
        print_table(table(found["objectives"]))
    else:
        console.print("没有挑战者，无可比较 · There is no challenger beside a champion: nothing to compare")
    write_result(json, found)


def table(objectives: Mapping[str, Any]) -> Table:
    """A challenger a row."""
    shown = Table("objective", "冠军 champion", "挑战者 challenger", "客户 rows", "平均 mean", "PSI",
                  "前 10% 重合 overlap", "Spearman", "Kendall", "结果 outcomes", "AUC 之差 gain in AUC",
                  "CPU s")  # fmt: skip
    for name, item in objectives.items():
        now, told = item["now"], item["outcomes"]
        if not now["rows"]:
            continue
        gain = "–" if told["auc_gain"] is None else _spread(told["auc_gain"], told["auc_gain_interval"])
        shown.add_row(
            name, item["champion"], item["challenger"], f"{now['rows']:,}",
            f"{now['champion_mean']:.3f} → {now['challenger_mean']:.3f}", f"{now['psi']:.3f}",
            f"{100 * now['overlap']['10']:.0f}%", _number(now["spearman"]), _number(now["kendall"]),
            f"{told['positives']:,} / {told['rows']:,}", gain,
            f"{item['seconds']['champion']:.2f} + {item['seconds']['challenger']:.2f}",
        )  # fmt: skip
    return shown


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _spread(value: float, bounds: list[float]) -> str:
    return f"{value:+.3f} ({bounds[0]:+.3f} to {bounds[1]:+.3f})"


def register(app: typer.Typer) -> None:
    app.command("shadow", no_args_is_help=True)(shadow)

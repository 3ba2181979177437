"""`nextlead simulate`: the closed loop against the hidden truth."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from experiments.levers import parsed
from leads.errors import InvalidInput
from terminal.output import JsonPath, console, write_result
from terminal.progress import steps
from terminal.tables import print_table

COLUMNS = {
    "renewal_rate": "续保率\nrenewal",
    "conversions": "首单\nfirst policies",
    "cross_sell": "加保\ncross-sell",
    "gmv": "保费 万元\nGMV 10k CNY",
    "agent_hours": "坐席工时\nagent hours",
    "calls": "外呼\ncalls",
    "messages": "消息\nmessages",
    "complaints": "投诉\ncomplaints",
    "opt_outs": "退订\nopt-outs",
    "gmv_per_hour": "每工时保费\nGMV per hour",
}
BASE = "fifo"
"""The policy that differences are from, where nothing else is asked for and it runs."""

SCALES = {"renewal_rate": 100.0, "gmv": 1e-4}
"""Shown in percent (points), and in ten thousands."""

POLICIES = {
    "nobody": "不触达 nobody",
    "fifo": "按名单顺序 fifo",
    "blast": "群发提醒 blast",
    "static": "静态标签 static",
    "propensity": "只看得分 propensity",
    "static-all": "静态标签·全渠道 static-all",
    "propensity-all": "只看得分·全渠道 propensity-all",
    "random": "规则内随机 random",
    "unproven": "无实测效果 unproven",
    "unaided": "无人工设定 unaided",
    "nba": "下一最佳行动 nba",
    "nba+levers": "调整杠杆 nba+levers",
    "served": "上线运行 served",
    "reference": "全知参照 reference",
}


def simulate(
    policies: Annotated[
        str,
        typer.Option(
            metavar="A,B,…",
            help="fifo, blast, nobody, reference; static and propensity (calls only), static-all and propensity-all "
            "(every channel), random, unproven, unaided, nba. docs/closed_loop.md says what each does.",
        ),
    ] = "fifo,blast,static,propensity,nba,reference",
    seeds: Annotated[int, typer.Option(min=1, help="Branches; every policy meets each.")] = 10,
    first: Annotated[int, typer.Option(min=1, help="Seed of the first branch.")] = 1,
    customers: Annotated[int, typer.Option(min=100, help="Of each branch.")] = 3_000,
    days: Annotated[int, typer.Option(min=50, help="Of the test.")] = 120,
    world: Annotated[
        str,
        typer.Option(
            help="default, few_persuadable, strong_fatigue, half_agents, silent_answers, two_traits or uncoupled."
        ),
    ] = "default",
    history: Annotated[
        str, typer.Option(help="Who led the past: drawn (chance decides) or ranked (scores, and what agents hear).")
    ] = "drawn",
    levers: Annotated[
        str, typer.Option(metavar="scene.renewal=1.5,…", help="Also run nba with these levers, and see what moves.")
    ] = "",
    past_customers: Annotated[
        int, typer.Option(min=1_000, help="Of the branch whose past the models learn from.")
    ] = 120_000,
    teachers: Annotated[int, typer.Option(min=1, help="Such branches; models of each meet every branch.")] = 1,
    first_teacher: Annotated[int, typer.Option(min=1, help="Seed of the first of them.")] = 1_000_003,
    generations: Annotated[
        int, typer.Option(min=0, help="Also run nba as served, retrained so often on the year that it led before.")
    ] = 0,
    base: Annotated[
        str | None, typer.Option(metavar="A", help="The policy that differences are from; by default fifo.")
    ] = None,
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the models here; models that are there are used.")
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Keep each run here as it ends; runs that are there are used.")
    ] = None,
    json: JsonPath = None,
) -> None:
    """Policies on identical worlds and seeds: renewal, sales, GMV, agent hours and harm, with 95% intervals."""
    from experiments.comparison import compared
    from experiments.contest import Settings, contest

    started = time.monotonic()
    chosen = [name.strip() for name in policies.split(",") if name.strip()]
    settings = Settings(
        chosen, seeds, customers, past_customers, days, world, parsed(levers), first, teachers, first_teacher, history,
        generations,
    )  # fmt: skip
    if base is not None and base not in settings.names:
        raise InvalidInput("--base", base, f"one of {', '.join(settings.names)}")
    with steps("simulate") as report:
        result = contest(settings, home, report, runs)
    found = compared(result.outcomes, base or BASE)
    print_table(level_table(found))
    print_table(difference_table(found, base or BASE))
    seconds = round(time.monotonic() - started, 1)
    over = "branches" if teachers == 1 else f"branches and {teachers} teachers"
    console.print(
        f"{seeds} branches × {len(found)} policies in {seconds:.0f} s; world {world}; 95% intervals over {over}."
    )
    document = {"settings": asdict(settings), "policies": found, "models": result.models, "seconds": seconds}
    write_result(json, document)


def level_table(found: Mapping[str, Any]) -> Table:
    """What each policy came to."""
    table = Table("策略\npolicy", *COLUMNS.values(), title="各策略结果 · what each policy came to")
    for name, item in found.items():
        cells = (_shown(item["level"][measure], SCALES.get(measure, 1.0)) for measure in COLUMNS)
        table.add_row(POLICIES.get(name, name), *cells)
    return table


def difference_table(found: Mapping[str, Any], base: str) -> Table:
    """Against the base on the same branches, and the share of the reference's gain."""
    shares = ("占全知参照增益（续保）\nshare, renewal", "占全知参照增益（保费）\nshare, GMV")
    table = Table("策略\npolicy", *COLUMNS.values(), *shares, title=f"与 {base} 之差 · difference from {base}")
    for name, item in found.items():
        if "difference" in item:
            cells = [_shown(item["difference"][measure], SCALES.get(measure, 1.0), "+") for measure in COLUMNS]
            of_best = [
                _shown(item["share"][m], 100.0) + "%" if "share" in item else "–" for m in ("renewal_rate", "gmv")
            ]
            table.add_row(POLICIES.get(name, name), *cells, *of_best)
    return table


def _shown(value: Mapping[str, float | None], scale: float, sign: str = "") -> str:
    """A mean, and under it the interval."""
    mean, low, high = (
        None if value[key] is None else float(value[key] or 0) * scale for key in ("mean", "low", "high")
    )
    if low is None or high is None:
        return f"{mean:{sign},.1f}"
    return f"{mean:{sign},.1f}\n{low:{sign},.1f} … {high:{sign},.1f}"


def register(app: typer.Typer) -> None:
    app.command("simulate")(simulate)

"""`nextlead what-if`: the ledger's decisions made again by a changed catalogue, before it goes live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from commands.trailed import trailed
from experiments.levers import parsed, pulled
from terminal.output import HomeFolder, JsonPath, console, moment, write_result
from terminal.progress import steps
from terminal.tables import print_table

if TYPE_CHECKING:
    from monitoring.whatif.comparison import Comparison

SHOWN = 15
"""Rows of a table on the screen; the JSON result has all."""

NOTHING = "不触达 nothing"


def what_if(
    home: HomeFolder,
    workspace: Annotated[
        str | None, typer.Option("--workspace", metavar="W", help="The changed workspace; the home's by default.")
    ] = None,
    levers: Annotated[str, typer.Option(metavar="scene.renewal=1.5,…", help="Levers to change beside it.")] = "",
    since: Annotated[str | None, typer.Option("--since", metavar="T", help="Only decisions since T.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="T", help="Only before T; the service's now by default.")
    ] = None,
    sample: Annotated[int, typer.Option(min=0, help="How many who lose an action to name.")] = 10,
    json: JsonPath = None,
) -> None:
    """Decide the ledger's decisions again with other levers, rules, caps or actions: volumes, value, who loses what."""
    from commands.hot import composed
    from features.configuration import load
    from monitoring.whatif.rehearsal import what_if as compare

    if workspace is None and not levers:
        raise typer.BadParameter("a change is needed: --workspace, --levers or both")
    trailed(home, "decision.read", "what-if")
    with composed(home) as parts, steps("what if") as report:
        target = parts.configuration if workspace is None else load(Path(workspace))
        target = replace(target, catalogue=pulled(target.catalogue, parsed(levers)))
        found = compare(
            parts.home,
            parts.outcomes,
            parts.experience,
            target,
            moment(since),
            moment(until) or parts.clock.now(),
            sample,
            report,
        )
    for table in (_sums(found), *_volumes(found), _moves(found.moves), _rules(found.rules), _lost(found.lost)):
        if table.row_count:
            print_table(table)
    for why, count in found.skipped.items():
        console.print(f"{count:,} 个决策未重新计算 · decisions not made again: {why}")
    write_result(json, found.document())


def _sums(found: Comparison) -> Table:
    title = f"{found.decisions:,} 个决策，{found.customers:,} 位客户 · decisions, customers"
    table = Table("", "之前 before", "之后 after", "变化 change", title=title)
    names = {
        "expected": "期望价值 expected value",
        "agent_minutes": "坐席分钟 agent minutes",
        "nothing": "无动作的决策 decisions with nothing",
        "customers_with_nothing": "无动作的客户 customers left with nothing",
    }
    for name, shown in names.items():
        before, after = getattr(found.before, name), getattr(found.after, name)
        table.add_row(shown, f"{before:,.0f}", f"{after:,.0f}", f"{after - before:+,.0f}")
    return table


def _volumes(found: Comparison) -> Sequence[Table]:
    titles = {"actions": "动作 action", "channels": "渠道 channel", "scenes": "场景 scene"}
    return [_volume(title, getattr(found, name)) for name, title in titles.items()]


def _volume(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title, "之前 before", "之后 after", "变化 change")
    for row in rows[:SHOWN]:
        label = row.get("label")
        shown = row["name"] if label is None else f"{row['name']}\n{label['zh']} {label['en']}"
        table.add_row(shown, f"{row['before']:,}", f"{row['after']:,}", f"{row['after'] - row['before']:+,}")
    return table


def _moves(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("失去 loses", "换成 gets", "决策 decisions")
    for row in rows[:SHOWN]:
        table.add_row(row["from"], row["to"] or NOTHING, f"{row['decisions']:,}")
    return table


def _rules(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("阶段 stage", "规则 rule", "含义 meaning", "决策 decisions")
    for row in rows[:SHOWN]:
        table.add_row(row["stage"], row["rule"], f"{row['text']['zh']}\n{row['text']['en']}", f"{row['decisions']:,}")
    return table


def _lost(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("客户 customer", "决策 decision", "失去 loses", "换成 gets", "规则 rule")
    for row in rows[:SHOWN]:
        table.add_row(row["customer_id"], row["decision_id"], row["from"], row["to"] or NOTHING, row["rule"])
    return table


def register(app: typer.Typer) -> None:
    app.command("what-if", no_args_is_help=True)(what_if)

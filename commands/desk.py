"""`nextlead queue` and `nextlead aside`: what managers want to see of the queue, and operators of the stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from commands.trailed import trailed
from terminal.output import HomeFolder, JsonPath, console, moment, write_result
from terminal.tables import print_table


def queue(
    home: HomeFolder,
    at: Annotated[str | None, typer.Option("--at", metavar="T", help="As of T; the service's now by default.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows of leases and of recalls.")] = 20,
    json: JsonPath = None,
) -> None:
    """Sizes by state, who holds what, recalled leads, and campaigns with their pace."""
    from commands.hot import received

    with received(home) as parts:
        trailed(home, "leases.read", "queue")
        from serving.managers import overview
        from serving.managers.recalled_leads import recalled_leads

        now = moment(at) or parts.clock.now()
        found = parts.overview.queues(now)
        leases = [overview.lease_body(lease) for lease in parts.queue.leases.all(now)]
        recalls, campaigns = recalled_leads(parts.queue.recalls, None, limit), parts.campaigns.all(now)
        labels: dict[str, str] = {state: " · ".join(overview.STATE_LABELS[state]) for state in overview.STATES}
    print_table(sizes_table(found["queues"], labels))
    _say(found)
    for title, rows in (("leases · 在手线索", leases), ("recalled leads · 收回的线索", recalls)):
        if rows:
            print_table(rows_table(f"{title}: {len(rows)}", rows[:limit]))
    if campaigns:
        print_table(campaigns_table(campaigns))
    write_result(json, {**found, "leases": leases, "recalls": recalls, "campaigns": campaigns})


def aside(home: HomeFolder, json: JsonPath = None) -> None:
    """Events that could not be applied, recorded or rebuilt, and customers who cannot be ranked, with the reasons."""
    from commands.hot import received

    with received(home) as parts:
        trailed(home, "set_aside.read", "aside")
        letters, unranked = parts.aside.list(), parts.aside.unranked()
    shown = ("position", "id", "type", "stage", "reason", "at")
    events = [{name: getattr(letter, name) for name in shown} for letter in letters]
    customers = [{"customer_id": name, "reason": reason} for name, reason in unranked.items()]
    for title, rows in (
        ("events set aside · 搁置的事件", events),
        ("customers not ranked · 未能排序的客户", customers),
    ):
        if rows:
            print_table(rows_table(f"{title}: {len(rows)}", rows))
    if not (events or customers):
        console.print("Nothing is set aside.")
    write_result(json, {"events": events, "customers": customers})


def sizes_table(queues: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> Table:
    """A queue a row, a state a column."""
    table = Table("queue · 队列", "size · 等待", *labels.values(), title="the queues · 拨打队列")
    for row in queues:
        name = f"{row['queue']} (paused · 已暂停)" if row["paused"] else row["queue"]
        table.add_row(name, f"{row['size']:,}", *(f"{row['states'][state]:,}" for state in labels))
    return table


def rows_table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Rows as they are answered by the API, under their names."""
    table = Table(*rows[0], title=title)
    for row in rows:
        table.add_row(*("" if value is None else _short(value) for value in row.values()))
    return table


def campaigns_table(campaigns: Sequence[Mapping[str, Any]]) -> Table:
    """A campaign a row: what it used today, and what it may have used by now."""
    columns = (
        "campaign · 活动",
        "waiting · 等待",
        "taken · 今日已领",
        "allowed by now · 此刻可领",
        "quota · 日配额",
        "",
    )
    table = Table(*columns, title="campaigns · 活动")
    for row in campaigns:
        state = "paused · 已暂停" if row["paused"] else "" if row["open"] else "outside hours · 时段外"
        limits = ("–" if row[name] is None else f"{row[name]:,}" for name in ("allowed", "daily_quota"))
        label = f"{row['label']['zh']} · {row['label']['en']}"
        table.add_row(label, f"{row['waiting']:,}", f"{row['taken']:,}", *limits, state)
    return table


def _say(found: Mapping[str, Any]) -> None:
    reasons = ", ".join(f"{name} {count:,}" for name, count in found["resting_after"].items())
    console.print(f"resting · 休息中: {found['resting']:,}" + (f" ({reasons})" if reasons else ""))
    console.print(f"promised callbacks · 已约回访: {found['promised']:,}")
    for title, ages in (("leads wait · 等待时长", found["waits"]), ("leases held · 持有时长", found["lease_ages"])):
        if ages:
            oldest, median = (timedelta(seconds=round(ages[name])) for name in ("oldest_seconds", "median_seconds"))
            console.print(f"{title}: oldest · 最长 {oldest}, median · 中位 {median}")


def _short(value: Any) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def register(app: typer.Typer) -> None:
    app.command("queue", no_args_is_help=True)(queue)
    app.command("aside", no_args_is_help=True)(aside)

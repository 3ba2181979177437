"""`nextlead report`: what managers ask, from the lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from commands.special_reports import special
from commands.trailed import trailed
from leads.words.bilingual import both
from terminal.output import HomeFolder, JsonPath, console, moment, write_result
from terminal.tables import print_table

if TYPE_CHECKING:
    from monitoring.reports.answer import BusinessReport, BusinessReports, ReportColumn, ReportRow


def report(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as funnel; `list` names them.")],
    home: HomeFolder,
    since: Annotated[str | None, typer.Option(metavar="T", help="30 days before the end, by default.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="As far as is recorded, by default.")] = None,
    by: Annotated[str | None, typer.Option(metavar="DIMENSION", help="By what it is told.")] = None,
    region: Annotated[str | None, typer.Option(help="Of customers there alone.")] = None,
    team: Annotated[str | None, typer.Option(help="Of this team's agents alone.")] = None,
    product: Annotated[str | None, typer.Option(help="Of this product line alone.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="PATH", help="Write it for spreadsheets too.")] = None,
    figure: Annotated[str | None, typer.Option(help="Name the customers behind this figure instead.")] = None,
    key: Annotated[str | None, typer.Option(help="Of the row with this key; of all without it.")] = None,
    json: JsonPath = None,
) -> None:
    """A report from the record of events, such as funnel, results, gmv, experiments, fairness; `list` names all."""
    from features.opened_home import opened
    from monitoring.reports.reports import Reports, about
    from serving.clock import Clock

    with opened(home) as found:
        reports = Reports(found, Clock.of(found).now)
        if name == "list":
            from monitoring.routes.reports import listed

            names: BusinessReports = {"reports": listed(reports)}
            print_table(_names(names))
            write_result(json, names)
            return
        other = special(name)
        if other is not None:
            asked = {"by": by, "region": region, "team": team, "product": product, "figure": figure, "key": key}
            other.check(asked)
            told = other.ask(reports, moment(since), moment(until), asked)
            other.show(told)
            if csv is not None:
                csv.write_text(other.csv(told), encoding="utf-8", newline="")
            write_result(json, told)
            return
        question = about(reports.question(moment(since), moment(until)), by, region, team, product)
        if figure is not None:
            behind = reports.customers(name, question, figure, key, limit=1_000)
            trailed(home, "customer.read", "report", behind["customer_ids"])
            console.print(f"{behind['customers']:,} 位客户 customers")
            console.print("\n".join(behind["customer_ids"]))
            write_result(json, behind)
            return
        made = reports.report(name, question)
    print_table(report_table(made))
    for note in made["notes"]:
        console.print(f"{note['zh']} · {note['en']}")
    if csv is not None:
        from monitoring.reports.csvfile import written_as_csv

        csv.write_text(written_as_csv(made), encoding="utf-8", newline="")
    write_result(json, made)


def _names(names: BusinessReports) -> Table:
    table = Table("name", "报表 report", "维度 by")
    for found in names["reports"]:
        dimensions = ", ".join(dimension["name"] for dimension in found["dimensions"])
        table.add_row(found["name"], f"{found['title']['zh']}\n{found['title']['en']}", dimensions)
    return table


def report_table(made: BusinessReport) -> Table:
    """A report as a table, a figure a column, shares with their intervals."""
    title = f"{made['title']['zh']} · {made['title']['en']} · {made['since'][:10]} – {made['until'][:10]}"
    headings = (f"{column['label']['zh']}\n{column['label']['en']}" for column in made["columns"])
    dimension = next(found["label"] for found in made["dimensions"] if found["name"] == made["by"])
    table = Table(f"{dimension['zh']}\n{dimension['en']}", *headings, title=title)
    for row in [*made["rows"], made["total"]]:
        cells = (shown(row, column) for column in made["columns"])
        table.add_row(both(row["label"]), *cells)
    return table


def shown(row: ReportRow, column: ReportColumn) -> str:
    """A figure as people read it."""
    value = row["figures"][column["name"]]
    if value is None:
        return "–"
    if column["kind"] == "share":
        interval = row["intervals"][column["name"]]
        return f"{value:.1%} ({interval['low']:.1%}–{interval['high']:.1%})"
    return f"{value:,.1f}" if column["kind"] in ("days", "hours", "number") else f"{value:,.0f}"


def register(app: typer.Typer) -> None:
    app.command("report", no_args_is_help=True)(report)

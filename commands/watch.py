"""`nextlead monitor`: drift, performance and quality of what comes in and of what the models say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from terminal.output import HomeFolder, JsonPath, console, moment, write_result
from terminal.progress import steps
from terminal.tables import print_table


def monitor(
    home: HomeFolder,
    at: Annotated[str | None, typer.Option("--at", metavar="T", help="As of T; the service's now by default.")] = None,
    ui: Annotated[bool, typer.Option("--ui", help="Show all looks so far in a browser, until stopped.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of --ui.")] = 8_000,
    json: JsonPath = None,
) -> None:
    """Compare rows as training builds them with the sample each model was born with, judge what came of predictions,
    and look for faults in what comes in; HTML and JSON under DIR/reports.
    """
    from features.opened_home import opened
    from monitoring.watching.look import look
    from monitoring.watching.workspace import serve

    with opened(home) as found:
        if ui:
            console.print(f"http://127.0.0.1:{port} · stop with Ctrl-C")
            serve(found, "127.0.0.1", port)
            return
        with steps("monitor") as report:
            seen = look(found, moment(at), progress=report)
    show(seen.answer)
    console.print(f"The page: {found.reports / 'index.html'}")
    write_result(json, seen.answer)


def show(answer: Mapping[str, Any]) -> None:
    """Findings, then objectives."""
    print_table(drift_table(answer["objectives"]))
    if answer["quality"]["findings"]:
        print_table(findings_table(answer["quality"]["findings"]))
    else:
        console.print("数据质量：未发现异常 · quality: nothing found wrong")


def drift_table(looks: Mapping[str, Any]) -> Table:
    """An objective a row."""
    table = Table(
        "objective",
        "model",
        "行 live rows",
        "漂移 drifted columns",
        "最大变动 most moved (PSI)",
        "校准误差 calibration error",
    )
    for name, item in looks.items():
        found = item["performance"]["calibration"]
        error = "–" if found is None else f"{found['error']:.4f} ({found['source']})"
        if "skipped" in item:
            table.add_row(name, item["version"], "–", item["skipped"], "", error)
            continue
        told = item["drift"]
        most = ", ".join(f"{column['label']['en']} {column['psi'][-1]:.2f}" for column in told["columns"][:3])
        drifted = f"{len(item['drifted'])} of {len(told['columns'])}"
        table.add_row(name, item["version"], f"{told['rows']:,}", drifted, most, error)
    return table


def findings_table(findings: Sequence[Mapping[str, Any]]) -> Table:
    """A finding a row."""
    table = Table("现象 seen", "可能原因 cause", "始于 since", title="数据质量 · quality")
    for one in findings:
        seen, cause = (f"{one[name]['zh']}\n{one[name]['en']}" for name in ("text", "cause"))
        table.add_row(seen, cause, one["since"][:16])
    return table


def register(app: typer.Typer) -> None:
    app.command("monitor", no_args_is_help=True)(monitor)

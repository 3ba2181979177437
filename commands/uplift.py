"""`nextlead uplift`: learners of what contact changes, compared on customers that they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from commands.model import Sources
from terminal.output import HomeFolder, JsonPath, console, heading, write_result
from terminal.progress import steps
from terminal.tables import print_table


def uplift(
    home: HomeFolder,
    objective: Annotated[
        str | None, typer.Option("--objective", metavar="O", help="Only this one; all that ask for effects by default.")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts, each predicted by learners of the others.")] = 5,
    divisions: Annotated[int, typer.Option(min=1, help="How often rows are divided anew.")] = 2,
    placebos: Annotated[int, typer.Option(min=0, help="How often contact is dealt out anew.")] = 5,
    seed: Annotated[int, typer.Option(help="Same seed, same result.")] = 7,
    source: Sources = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Each customer's effect, by the best (CSV or Parquet).")
    ] = None,
    json: JsonPath = None,
) -> None:
    """S-, T-, X-, DR- and R-learners by Qini, with intervals, beside what chance makes look like an effect."""
    import polars as pl

    from commands.model import source_of
    from commands.trailed import trailed
    from features.opened_home import opened
    from training.evaluation import check_suffix, write_frame
    from training.uplift.comparing import compared, effects
    from training.uplift.comparison import Design

    if out is not None:
        check_suffix(out)
        trailed(home, "score.read", "uplift")
    documents: dict[str, Any] = {}
    frames = []
    with opened(home) as held:
        given = source_of(held, source)
        for name in _asked(held.configuration.workspace.objectives, objective):
            with steps(f"uplift {name}") as report:
                found = compared(held, name, Design(folds, divisions, placebos, seed), report)
                if out is not None:
                    report("effects")
                    frames.append(effects(held, name, found, given).with_columns(pl.lit(name).alias("objective")))
            documents[name] = {treatment: comparison.document for treatment, comparison in found.items()}
            for treatment, document in documents[name].items():
                show(name, treatment, document)
    if out is not None:
        write_frame(pl.concat(frames), out)
        console.print(f"{sum(map(len, frames)):,} effects are in {out}")
    write_result(json, documents)


def _asked(objectives: Mapping[str, Any], objective: str | None) -> list[str]:
    """That one, or all that ask for effects."""
    from leads.errors import InvalidInput

    asking = [name for name, goal in objectives.items() if goal.uplift is not None]
    if not asking or objective not in (None, *asking):
        raise InvalidInput("objective", objective, f"one with uplift in workspace.yaml: {', '.join(asking) or 'none'}")
    return asking if objective is None else [objective]


_NAMES = {"s": "S", "t": "T", "x": "X", "dr": "DR", "r": "R", "blend": "均值 blend"}


def show(objective: str, treatment: str, document: Mapping[str, Any]) -> None:
    """A learner a row, and in words what it comes to."""
    heading(f"{objective} · {treatment}")
    top = f"{100 * document['top']:.0f}%"
    table = Table("learner", "Qini", "AUUC", f"前 {top} 的效果 effect of first {top}", "比平均多 more than the average",
                  "打乱后 placebo", "证实需 rows to prove")  # fmt: skip
    for name, item in document["learners"].items():
        gains = item["placebo"]["gains"]
        placebo = f"{_points(item['placebo']['mean'])} (最高 at most {_points(max(gains))})" if gains else "–"
        needed = "–" if item["rows_needed"] is None else f"{item['rows_needed']:,}"
        shown = (_spread(item, figure) for figure in ("qini", "auuc", "top", "gain"))
        table.add_row(_NAMES[name], *shown, placebo, needed)
    print_table(table)
    for sentence in sentences(document):
        console.print(sentence, soft_wrap=True)


def sentences(document: Mapping[str, Any]) -> tuple[str, str]:
    """What was found, in Chinese and in English; effects in points of probability."""
    best, needed = document["learners"][document["best"]], document["rows_needed"]
    name, average, gain = _NAMES[document["best"]], _spread(document, "average"), _spread(best, "gain")
    top, tossed = f"{100 * document['top']:.0f}%", document["contact"]["tossed"]
    rows, contacted = f"{document['rows']:,}", f"{document['contacted']:,}"
    chance = (
        ("触达与否全凭偶然", "as a coin would have it")
        if tossed
        else ("触达与否可由特征看出，已校正", "as the features tell, which is allowed for")
    )
    proof = (
        (f"证实约需 {needed:,} 行", f"to prove that takes about {needed:,} rows")
        if needed
        else ("看不出好处", "no good of it is seen")
    )
    zh = (
        f"{rows} 行，触达 {contacted}；{chance[0]}。平均效果 {average} 个百分点，{proof[0]}。"
        f"Qini 最高的是 {name}：前 {top} 比平均多 {gain} 个百分点。它是从多个学习器中选出的，数值略偏乐观。"
    )
    en = (
        f"{rows} rows, {contacted} contacted, {chance[1]}. On average contact adds {average} points; {proof[1]}. "
        f"By Qini {name} is first: its first {top} gain {gain} points more than the average. The first of several is "
        "somewhat flattered."
    )
    return zh, en


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _spread(item: Mapping[str, Any], figure: str) -> str:
    low, high = item[f"{figure}_interval"]
    return f"{_points(item[figure])} ({_points(low)} to {_points(high)})"


def register(app: typer.Typer) -> None:
    app.command("uplift", no_args_is_help=True)(uplift)

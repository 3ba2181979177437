"""What `nextlead report experiments` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from leads.words.bilingual import both
from terminal.output import console
from terminal.tables import print_table

if TYPE_CHECKING:
    from monitoring.experiments.answer import ComparisonAnswer, ExperimentsReport, MeasureAnswer
    from monitoring.reports.answer import Interval, Kind


def show_experiments(report: ExperimentsReport) -> None:
    """Headline, arms and whether the lot was kept to, then each arm against the other."""
    for told in report["headline"]:
        console.print(f"{told['title']['zh']} · {told['title']['en']}\n  {told['text']['zh']}\n  {told['text']['en']}")
    print_table(_arms(report))
    for ratio in report["sample_ratio"]:
        if not ratio["right"] and ratio["cause"] is not None:
            label, cause = ratio["label"], ratio["cause"]
            console.print(f"[red]样本比例失衡 · sample ratio is wrong[/red] · {label['zh']} {label['en']}")
            console.print(f"  {cause['zh']}\n  {cause['en']}")
    for comparison in report["comparisons"]:
        print_table(_compared(comparison))
    for note in report["notes"]:
        console.print(f"{note['zh']} · {note['en']}")


def _arms(report: ExperimentsReport) -> Table:
    title = f"实验 · experiments · {report['since'][:10]} – {report['until'][:10]} · {report['window_days']:g} d"
    table = Table(
        "实验组\narm", "份额\nshare", "客户\ncustomers", "窗口未满\nwaiting", "已触达\ncontacted", title=title
    )
    for arm in report["arms"]:
        contacted = "–" if arm["contacted"] is None else f"{arm['contacted']:.1%}"
        label = both(arm["label"])
        table.add_row(label, f"{arm['share']:.1%}", f"{arm['customers']:,}", f"{arm['waiting']:,}", contacted)
    return table


def _compared(comparison: ComparisonAnswer) -> Table:
    title = f"{comparison['arm']} — {comparison['base']}"
    table = Table(
        "指标\nmeasure", "行数\nrows", "基准\nbase", "实验\narm", "差异 (随时有效 95%)\ndifference (95%, anytime)",
        "方差减少\nvariance", "结论\nverdict", title=title,
    )  # fmt: skip
    for one in comparison["measures"]:
        table.add_row(both(one["label"]), f"{one['rows']:,}", *_figures(one), both(one["text"]))
    return table


def _figures(one: MeasureAnswer) -> list[str]:
    effect, kind = one["effect"], one["kind"]
    if effect is None:
        return ["–"] * 4
    sides = [_shown(value or 0.0, kind) for value in (one["base"], one["arm"])]
    told = f"{_shown(effect['value'], kind, '+')} ({_interval(effect['anytime'], kind)})"
    return [*sides, told, f"-{effect['reduction']:.0%}"]


def _interval(found: Interval, kind: Kind) -> str:
    return f"{_shown(found['low'], kind, '+')} … {_shown(found['high'], kind, '+')}"


def _shown(value: float, kind: Kind, sign: str = "") -> str:
    return f"{value:{sign}.2%}" if kind == "share" else f"{value:{sign},.3g}"

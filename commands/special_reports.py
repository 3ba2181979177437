"""Reports of `nextlead report` that answer in a form of their own: experiments and fairness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table

from commands.experiments_report import show_experiments
from leads.errors import InvalidInput
from leads.words.bilingual import both
from terminal.output import console
from terminal.tables import print_table

if TYPE_CHECKING:
    from monitoring.fairness.answer import FairnessReport, GroupRate, ProtectedAnswer
    from monitoring.reports.reports import Reports


@dataclass(frozen=True)
class Special:
    """options: those that it takes beside the time. ask: makes the report. show, csv: print it, and write it."""

    options: tuple[str, ...]
    ask: Callable[[Reports, datetime | None, datetime | None, Mapping[str, str | None]], Any]
    show: Callable[[Any], None]
    csv: Callable[[Any], str]

    def check(self, options: Mapping[str, str | None]) -> None:
        """Raises InvalidInput for an option that it does not take."""
        for name, value in options.items():
            if value is not None and name not in self.options:
                raise InvalidInput(
                    f"--{name}", value, f"absent: it takes {', '.join(('since', 'until', *self.options))}"
                )


def special(name: str) -> Special | None:
    """The report of that name, None where it is one of the others."""
    from monitoring.experiments.csvfile import written_as_csv as experiments_as_csv
    from monitoring.experiments.report import experiments
    from monitoring.fairness.csvfile import written_as_csv as fairness_as_csv
    from monitoring.fairness.report import fairness

    found = {
        "experiments": Special(
            ("by", "region"),
            lambda reports, since, until, told: experiments(reports, since, until, told["by"], told["region"]),
            show_experiments, experiments_as_csv,
        ),
        "fairness": Special(
            (), lambda reports, since, until, told: fairness(reports, since, until), show_fairness, fairness_as_csv
        ),
    }  # fmt: skip
    return found.get(name)


def show_fairness(report: FairnessReport) -> None:
    """A table for each protected tag, and what the gates said."""
    for tag in report["tags"]:
        print_table(_protected(report, tag))
    for gate in report["gates"]:
        for check in gate["checks"]:
            passed = "通过 passed" if check["passed"] else "未通过 failed"
            note = f" · {check['note']}" if check["note"] else ""
            console.print(f"{gate['objective']} v{gate['version']} · {check['check']}: {passed}{note}", soft_wrap=True)
    for words in report["notes"]:
        console.print(f"{words['zh']} · {words['en']}")


def _protected(report: FairnessReport, tag: ProtectedAnswer) -> Table:
    bound = f"{tag['bound']:g}" + ("" if tag["declared"] else " (未声明 none declared)")
    labels = [f"{one['label']['zh']}\n{one['label']['en']}" for one in report["measures"]]
    title = f"{tag['label']['zh']} · {tag['label']['en']} · 界限 bound {bound}"
    table = Table("组\ngroup", "客户\ncustomers", *labels, title=title)
    for group in tag["groups"]:
        table.add_row(both(group["label"]), f"{group['customers']:,}", *(_shown(one) for one in group["rates"]))
    return table


def _shown(one: GroupRate) -> str:
    if one["rate"] is None:
        return "–"
    told = f"{one['rate']:.1%}"
    if one["finding"] == "small":
        return f"{told}\n人数太少 too few"
    ratio = "" if one["ratio"] is None else f"\n× {one['ratio']:.2f}"
    ends = one["ratio_interval"]
    interval = "" if ends is None else f" ({ends['low']:.2f}–{ends['high']:.2f})"
    return told + ratio + interval + (" 低于 below" if one["finding"] == "below" else "")

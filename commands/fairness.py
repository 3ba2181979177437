"""Fairness on the screen: for each protected tag the group that is furthest off and the one that is seldom first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from terminal.output import console
from terminal.tables import print_table


def show_fairness(documents: Mapping[str, Any]) -> None:
    """Of what training found, an objective's tag a row, and what failed or could not be judged."""
    table = fairness_table(documents)
    if table.row_count:
        print_table(table)
    elif documents:
        console.print("公平性：未声明受保护标签 · Fairness: no protected tags are declared (`fairness`)")
    for objective, item in documents.items():
        for check in item["checks"]:
            if check["name"].startswith("fairness_") and check["note"]:
                console.print(f"{objective}: {check['note']}", soft_wrap=True)


def fairness_table(documents: Mapping[str, Any]) -> Table:
    heads = ("标签 tag", "特征 feature", "最大差 widest gap", "最低入选比 lowest ratio", "界限 bounds")
    table = Table("objective", *heads, title="公平性 · fairness")
    for objective, item in documents.items():
        for tag, found in item["metrics"].get("fairness", {}).items():
            judged = {name: group for name, group in found["groups"].items() if not group["small"]}
            proven = [name for name in judged if judged[name]["proven"] >= found["least"]]
            gap = max(proven, key=lambda name: abs(judged[name]["gap"]), default=None)
            told = [name for name in judged if judged[name]["ratio"] is not None]
            ratio = min(told, key=lambda name: judged[name]["ratio"], default=None)
            feature = "是 yes" if found["feature"] else "否 no"
            table.add_row(objective, tag, feature, _figure(judged, gap, "gap", "+.4f"),
                          _figure(judged, ratio, "ratio", ".2f"), _bounds(found))  # fmt: skip
    return table


def _figure(groups: Mapping[str, Any], name: str | None, figure: str, form: str) -> str:
    return "–" if name is None else f"{name} {groups[name][figure]:{form}}"


def _bounds(found: Mapping[str, Any]) -> str:
    bounds: Sequence[tuple[str, str]] = (("calibration", "±{:.4f}"), ("selection", "≥ {:.2f}"))
    return ", ".join(form.format(found[name]) for name, form in bounds if found[name] is not None) or "–"

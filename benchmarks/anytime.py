"""Experiments looked at every day: how often, and how soon, a difference is found, beside a fixed test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.harness.arms import DAYS, Arms, Looks, looked, planned
from terminal.tables import print_table

SITES = (
    (Arms(200, 0.5, 0.05), 0.01),
    (Arms(300, 0.1, 0.05), 0.015),
    (Arms(700, 0.05, 0.30), 0.03),
)
"""Who takes part, and the lift that a fixed test would be planned for."""

TIMES = (0.5, 1.0, 1.5, 2.0)
"""What the lift really is, as a multiple of it."""

BAR = 0.05


def run(size: int = 1_000, seed: int = 21) -> dict[str, Any]:
    """Over `size` years of each: of alike arms how often somebody who looks every day is wrong, and of arms that
    differ how often and after how many days it is told, beside a test of fixed length that is looked at once.

    `wrong` counts sites at which daily looks by the confidence sequence are wrong in more than 5 of 100 years.
    """
    alike = [_alike(site, size, seed) for site, _ in SITES]
    apart = [row for site, lift in SITES for row in _apart(site, lift, size, seed)]
    print_table(_shown(apart))
    return {"years": size, "alike": alike, "apart": apart, "wrong": sum(row["anytime"] > BAR for row in alike)}


def _alike(site: Arms, size: int, seed: int) -> dict[str, Any]:
    looks = looked(site, size, seed)
    return _site(site) | {"anytime": looks.ever(looks.anytime), "fixed_looked_at_daily": looks.ever(looks.fixed)}


def _apart(site: Arms, lift: float, size: int, seed: int) -> Iterator[dict[str, Any]]:
    length = planned(site, lift)
    for times in TIMES:
        looks = looked(replace(site, lift=lift * times), size, seed + 1)
        yield _site(site) | {"planned_lift": lift, "lift": lift * times, "fixed_days": length} | _told(looks, length)


def _told(looks: Looks, length: int) -> dict[str, float]:
    """Power by the end of the fixed test and of the year, and days until the sequence decides, a year where never."""
    days = looks.days(looks.anytime)
    return {
        "fixed_power": looks.on(looks.fixed, min(length, DAYS)), "power_by_then": looks.by(looks.anytime, length),
        "power_in_a_year": looks.ever(looks.anytime), "mean_days": round(float(days.mean()), 1),
        "median_days": float(np.median(days)),
    }  # fmt: skip


def _site(site: Arms) -> dict[str, Any]:
    return {"people_a_day": site.people, "share": site.share, "rate": site.rate}


def _shown(rows: list[dict[str, Any]]) -> Table:
    table = Table("people a day", "share", "rate", "lift", "fixed: days", "power", "any time: by then", "in a year",
                  "mean days", "median")  # fmt: skip
    for row in rows:
        shares = [f"{row[name]:.0%}" for name in ("power_by_then", "power_in_a_year")]
        table.add_row(
            str(row["people_a_day"]), f"{row['share']:.0%}", f"{row['rate']:.0%}", f"{row['lift']:.4f}",
            str(row["fixed_days"]), f"{row['fixed_power']:.0%}", *shares, f"{row['mean_days']:.0f}",
            f"{row['median_days']:.0f}",
        )  # fmt: skip
    return table

"""Public data sets, each imported, trained and judged by the commands that users type: what models earn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from leads.errors import InvalidInput
from terminal.progress import steps

_TOLD = (
    "rows", "positives", "auc", "auc_interval", "average_precision", "average_precision_interval", "brier", "ece",
    "lift_at_10pct", "baseline_auc", "version",
)  # fmt: skip


@dataclass(frozen=True)
class PublicSet:
    """file: of the data's folder. aims: what is asked of rows that no model has seen, by figure. first: the share of
    the list that can be called, where successes in it are counted; only where every row is judged, none drawn.
    """

    file: str
    aims: Mapping[str, float] = field(default_factory=dict)
    first: float | None = None


SETS: Mapping[str, PublicSet] = {
    "bpi2012": PublicSet("bpi2012/events.csv.gz", {"auc": 0.72, "average_precision": 0.46}),
    "bank_marketing": PublicSet(
        "bank_marketing/bank-additional.csv.gz", {"auc": 0.755, "average_precision": 0.545, "ece": 0.03}
    ),
    "eudirectlapse": PublicSet("eudirectlapse/eudirectlapse.csv.gz"),
    "health_cross_sell": PublicSet("health_cross_sell/health_cross_sell.csv.gz"),
    "coil2000": PublicSet("coil2000/train.csv.gz", {"found_first": 123 / 238}, first=0.2),
    "insurance_uplift": PublicSet("insurance_uplift/train.csv.gz"),
}
QUICK = {"sets": "coil2000"}

Say = Callable[[str], None]


def run(data: str = "", sets: str = ",".join(SETS), trials: int = 0, seed: int = 7) -> dict[str, Any]:
    """For each set what its rows that the judged model had not seen say of it, with 95% intervals over customers.

    data: the folder of the sets, by default what NEXTLEAD_DATA names, or `../shared/data`. sets: names, with commas.
    trials: settings that are searched for each objective; 0 for the usual ones. Raises InvalidInput for a set that
    nobody knows and for files that are not there.
    """
    folder = Path(data or os.environ.get("NEXTLEAD_DATA") or "../shared/data")
    chosen = dict(_chosen(folder, sets.split(",")))
    with steps("public") as report, TemporaryDirectory(prefix="nextlead-public-") as place:
        return {name: _judged(name, file, Path(place) / name, trials, seed, report) for name, file in chosen.items()}


def _chosen(folder: Path, names: list[str]) -> Iterator[tuple[str, Path]]:
    for name in names:
        if name not in SETS:
            raise InvalidInput("sets", name, f"one of {', '.join(SETS)}")
        file = folder / SETS[name].file
        if not file.is_file():
            raise InvalidInput("data", str(folder), f"a folder with {SETS[name].file}")
        yield name, file


def _judged(name: str, file: Path, home: Path, trials: int, seed: int, report: Say) -> dict[str, Any]:
    report(f"{name}: import")
    _status("import", name, "--into", home, file)
    report(f"{name}: train")
    started = time.perf_counter()
    searched = ("--trials", trials) if trials else ()
    trained, fitted = _told(home, "train", home, "--seed", seed, *searched)
    seconds = time.perf_counter() - started
    for objective, found in fitted.items():
        if not found["promoted"]:
            _status("promote", home, objective, found["version"])
    report(f"{name}: evaluate")
    rows = home.with_suffix(".parquet")
    _, judged = _told(home, "evaluate", home, "--predictions", rows)
    objectives = {
        objective: {figure: metrics[figure] for figure in _TOLD}
        | {"gates_failed": [check["name"] for check in fitted[objective]["checks"] if not check["passed"]]}
        | _found(rows, objective, SETS[name].first)
        for objective, metrics in judged.items()
    }
    aims = dict(SETS[name].aims)
    return {"train_status": trained, "train_seconds": round(seconds, 1), "objectives": objectives, "aims": aims}


def _found(predictions: Path, objective: str, first: float | None) -> dict[str, float]:
    """The share of all successes in the first part of the list, where it is asked for."""
    if first is None:
        return {}
    rows = pl.read_parquet(predictions).filter((pl.col("objective") == objective) & pl.col("label").is_not_null())
    listed = rows.sort("probability", descending=True, maintain_order=True)["label"].cast(pl.Int64)
    return {"found_first": int(listed.head(round(first * len(listed))).sum()) / int(listed.sum())}


def _told(home: Path, *arguments: object) -> tuple[int, dict[str, Any]]:
    """The status of a command and what it tells as JSON."""
    answer = home.with_suffix(".json")
    status = _status(*arguments, "--json", answer)
    return status, json.loads(answer.read_text(encoding="utf-8"))


def _status(*arguments: object) -> int:
    """The status of a command; raises RuntimeError with what it said where it ends as no command should."""
    ended = subprocess.run(
        [sys.executable, "-m", "commands.main", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if ended.returncode not in (0, 1) or (arguments[0] != "train" and ended.returncode):
        raise RuntimeError(f"nextlead {arguments[0]} ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return ended.returncode

"""The report of fairness counts by protected group, compares with the highest, and says what may be chance."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.home import Home
from features.lake import append_own
from leads.history import TIME
from monitoring.fairness.answer import FairnessReport, GroupRate
from monitoring.fairness.csvfile import written_as_csv
from monitoring.fairness.rates import Counted, rates
from monitoring.fairness.report import fairness
from monitoring.reports.reports import Reports
from tests.monitoring.told_home import END, ago, customer, event, home_told


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> FairnessReport:
    """300 women of whom a half is called, and 300 men of whom a fifth is; of 100 of each there is a decision."""
    people = [(f"{sex}{number}", sex, number) for sex in ("f", "m") for number in range(300)]
    customers = [customer(name, gender=sex, age=25.0 if number % 2 else 70.0) for name, sex, number in people]
    called = [name for name, sex, number in people if number % 10 < (5 if sex == "f" else 2)]
    events = [event("call.completed", name, ago(3), disposition="interested", channel="call") for name in called]
    home = home_told(tmp_path_factory.mktemp("fairness") / "home", customers, events)
    _decide(home, [(name, sex == "f" or number % 2 == 0) for name, sex, number in people if number < 250])
    return fairness(Reports(home, lambda: END), ago(30), END)


def _decide(home: Home, made: list[tuple[str, bool]]) -> None:
    columns = {"id": pl.String(), "customer_id": pl.String(), "time": TIME, "document": pl.String()}
    rows = [
        (f"d-{name}", name, ago(2), json.dumps({"chosen": [{"action": "call"}] if offered else []}))
        for name, offered in made
    ]
    append_own(home, pl.DataFrame(rows, schema=columns, orient="row"), "made", "decisions")


def group_rate(report: FairnessReport, tag: str, group: str, measure: str) -> GroupRate:
    groups: Any = next(one["groups"] for one in report["tags"] if one["tag"] == tag)
    found = next(one for one in groups if one["group"] == group)
    return next(rate for rate in found["rates"] if rate["measure"] == measure)


def test_rates_are_told_by_group_with_their_ratio_to_the_highest(report: FairnessReport) -> None:
    women, men = (group_rate(report, "gender", sex, "contacted") for sex in ("f", "m"))
    assert (women["rate"], men["rate"], men["of"]) == (0.5, 0.2, 300)
    assert men["ratio"] == pytest.approx(0.4)
    assert men["ratio_interval"] is not None
    assert men["ratio_interval"]["low"] < 0.4 < men["ratio_interval"]["high"] < 0.8
    assert (women["finding"], men["finding"]) == ("within", "below")


def test_what_is_offered_is_a_part_of_those_decided_on(report: FairnessReport) -> None:
    men = group_rate(report, "gender", "m", "offered")
    assert (men["of"], men["rate"]) == (250, 0.5)


def test_numbers_are_taken_in_bands_in_their_order(report: FairnessReport) -> None:
    (age,) = (one for one in report["tags"] if one["tag"] == "age")
    assert [group["group"] for group in age["groups"]] == ["under 30", "60 and over"]
    assert not age["declared"] and age["bound"] == 0.8


def test_who_is_called_most_is_spoken_with_alike(report: FairnessReport) -> None:
    assert group_rate(report, "gender", "m", "reached")["finding"] == "small"  # 60 who were called.


def test_without_protected_tags_it_says_so(tmp_path: Path) -> None:
    home = home_told(tmp_path / "home", [customer("a")], [event("lead.created", "a", END - timedelta(days=1))])
    path = home.workspace_folder / "workspace.yaml"
    text = path.read_text("utf-8")
    start = text.index("fairness:\n")
    path.write_text(text[:start] + text[text.index("\nobjectives:", start) :], "utf-8")
    found = fairness(Reports(Home.open(home.folder), lambda: END))
    assert found["tags"] == []
    assert any("no protected tags" in note["en"] for note in found["notes"])


def test_it_can_be_read_by_spreadsheets(report: FairnessReport) -> None:
    rows = list(csv.reader(io.StringIO(written_as_csv(report).removeprefix("\ufeff"))))
    assert len({len(row) for row in rows}) == 1
    assert any(row[1] == "男 male" and row[-1] == "below" for row in rows)


@pytest.mark.parametrize(
    ("one", "finding"),
    [
        (Counted(500, 200), "within"),
        (Counted(500, 120), "below"),
        (Counted(400, 150), "unclear"),
        (Counted(50, 5), "small"),
    ],
)
def test_what_may_be_chance_is_not_called_below(one: Counted, finding: str) -> None:
    found = rates("offered", {"first": Counted(400, 200), "other": one}, bound=0.77, least=100)
    assert found["other"]["finding"] == finding


def test_where_nobody_of_a_group_counts_it_is_below() -> None:
    assert rates("offered", {"a": Counted(300, 200), "b": Counted(300, 0)}, 0.8, 100)["b"]["finding"] == "below"

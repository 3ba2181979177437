"""The report of experiments tells what was planted, by lot, and whether the lot was kept to."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from features.home import Home
from leads.errors import InvalidInput
from monitoring.experiments.answer import ExperimentsReport
from monitoring.experiments.csvfile import written_as_csv
from tests.monitoring.experiments.conftest import END, MONTHS, Planted, measured, reported, told_home
from tests.monitoring.told_home import customer, event, home_told

FEBRUARY = MONTHS["2026-02"]


@pytest.fixture(scope="module")
def report(planted: Home) -> ExperimentsReport:
    """Of all that happened."""
    return reported(planted)


NOTHING = {"control": 0.6, "no_gift": 0.6, "treatment": 0.6}


def test_what_was_planted_is_found_and_its_interval_covers_it(report: ExperimentsReport) -> None:
    found = measured(report, "treatment", "control", "renewal_rate")
    assert found["verdict"] == "better"
    assert found["effect"] is not None
    for kind in ("anytime", "fixed"):
        interval = found["effect"][kind]
        assert interval["low"] < 0.2 < interval["high"]


def test_an_interval_for_any_time_is_wider_than_a_fixed_one(report: ExperimentsReport) -> None:
    effect = measured(report, "treatment", "control", "renewal_rate")["effect"]
    assert effect is not None
    assert effect["anytime"]["low"] < effect["fixed"]["low"] < effect["fixed"]["high"] < effect["anytime"]["high"]


def test_an_arm_that_changes_nothing_is_not_said_to(report: ExperimentsReport) -> None:
    for measure in ("renewal_rate", "gmv", "agent_hours"):
        assert measured(report, "no_gift", "treatment", measure)["verdict"] == "open"


def test_what_was_known_before_makes_intervals_narrower(report: ExperimentsReport) -> None:
    effect = measured(report, "treatment", "control", "gmv")["effect"]
    assert effect is not None
    assert effect["reduction"] > 0.3


def test_everybody_counts_in_the_arm_of_the_lot(report: ExperimentsReport) -> None:
    arms = {arm["arm"]: arm for arm in report["arms"]}
    assert sum(arm["customers"] for arm in arms.values()) == 2 * 4_000
    assert (arms["control"]["contacted"], arms["treatment"]["contacted"]) == (0.0, 1.0)


def test_only_windows_that_are_over_count(planted: Home) -> None:
    report = reported(planted, FEBRUARY + timedelta(days=20))
    assert sum(arm["customers"] for arm in report["arms"]) == 4_000
    assert sum(arm["waiting"] for arm in report["arms"]) == 4_000


def test_renewals_count_once_their_days_of_grace_are_over(planted: Home) -> None:
    report = reported(planted, FEBRUARY + timedelta(days=35))
    assert measured(report, "treatment", "control", "renewal_rate")["rows"] < 1_000
    assert measured(report, "treatment", "control", "contacts")["rows"] > 5_000


def test_before_any_window_is_over_it_says_when_one_will_be(planted: Home) -> None:
    report = reported(planted, MONTHS["2026-01"] + timedelta(days=20))
    assert measured(report, "treatment", "control", "gmv")["verdict"] == "waiting"
    assert any("2026-01-31" in note["en"] for note in report["notes"])


def test_a_report_of_the_past_knows_nothing_that_came_later(planted: Home, report: ExperimentsReport) -> None:
    early, late = reported(planted, FEBRUARY + timedelta(days=60)), report
    assert measured(early, "treatment", "control", "gmv") == measured(late, "treatment", "control", "gmv")


def test_the_lot_was_kept_to_where_all_is_recorded(report: ExperimentsReport) -> None:
    assert [ratio["right"] for ratio in report["sample_ratio"]] == [True, True]


def test_decisions_of_one_arm_that_are_lost_in_a_month_are_told_with_where(tmp_path: Path) -> None:
    def lost(decisions: pl.DataFrame) -> pl.DataFrame:
        control = pl.col("document").str.contains('"control"') & pl.col("id").str.contains("2026-02")
        return decisions.filter(~control | (pl.col("customer_id").hash(1) % 2 == 0))

    report = reported(told_home(tmp_path, Planted(NOTHING, 1_500, recorded=lost)))
    customers, decisions = report["sample_ratio"]
    assert customers["right"] and not decisions["right"]
    assert decisions["cause"] is not None and "2026-02" in decisions["cause"]["en"]


def test_decisions_in_another_arm_than_the_lots_are_told_as_such(tmp_path: Path) -> None:
    def otherwise(decisions: pl.DataFrame) -> pl.DataFrame:
        return decisions.with_columns(pl.col("document").str.replace('"control"', '"treatment"'))

    report = reported(told_home(tmp_path, Planted(NOTHING, 800, recorded=otherwise)))
    cause = report["sample_ratio"][1]["cause"]
    assert cause is not None and "another arm than the lot" in cause["en"]


def test_segments_are_told_together_and_none_differs_where_none_was_planted(report: ExperimentsReport) -> None:
    pair = next(one for one in report["comparisons"] if (one["arm"], one["base"]) == ("treatment", "control"))
    parts = next(one["segments"] for one in pair["segments"] if one["measure"] == "renewal_rate")
    assert {part["segment"] for part in parts} == {"east", "north"}
    assert not any(part["differs"] for part in parts)
    whole = measured(report, "treatment", "control", "renewal_rate")["effect"]
    assert whole is not None
    for part in parts:
        assert part["effect"] is not None
        interval = part["effect"]["anytime"]
        assert interval["high"] - interval["low"] > whole["anytime"]["high"] - whole["anytime"]["low"]


def test_the_headline_says_how_far_the_renewal_rate_moved_and_what_it_returns(report: ExperimentsReport) -> None:
    told = {one["name"]: one for one in report["headline"]}
    assert told["renewal"]["value"] == pytest.approx(0.2, abs=0.05)
    assert "points" in told["renewal"]["text"]["en"] and "个百分点" in told["renewal"]["text"]["zh"]
    # Two minutes of talk at 1.2 a minute cost 2.4 each; a fifth more of a quarter renews, which leaves 162.5 each.
    assert told["return"]["value"] == pytest.approx(0.2 * 0.25 * 162.5 / 2.4, rel=0.25)


def test_hours_saved_are_told_from_the_times_before_and_since(report: ExperimentsReport) -> None:
    told = {one["name"]: one for one in report["headline"]}["hours"]
    assert not told["by_lot"]
    assert told["value"] is None  # Nobody was called before.


def test_a_region_alone_can_be_asked_for(planted: Home, report: ExperimentsReport) -> None:
    whole, part = report, reported(planted, region="north")
    assert 2 * sum(arm["customers"] for arm in part["arms"]) == sum(arm["customers"] for arm in whole["arms"])


def test_what_cannot_be_asked_is_told_with_what_can(planted: Home) -> None:
    with pytest.raises(InvalidInput, match="region"):
        reported(planted, by="weather")
    with pytest.raises(InvalidInput, match="before"):
        reported(planted, since=END)


def test_without_a_decision_there_is_no_experiment(tmp_path: Path) -> None:
    home = home_told(tmp_path / "home", [customer("a")], [event("lead.created", "a", END - timedelta(days=3))])
    report = reported(home)
    assert report["arms"] == report["comparisons"] == []
    assert any("control_share" in note["en"] for note in report["notes"])


def test_it_can_be_read_by_spreadsheets(report: ExperimentsReport) -> None:
    rows = list(csv.reader(io.StringIO(written_as_csv(report).removeprefix("\ufeff"))))
    assert len({len(row) for row in rows}) == 1
    renewal = next(row for row in rows if row[:2] == ["treatment", "control"] and "renewal rate" in row[2])
    assert float(renewal[7]) == pytest.approx(0.2, abs=0.05)

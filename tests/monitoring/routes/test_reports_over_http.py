"""Reports over HTTP: for admins, as the document says, as JSON and as a delimited file."""

from __future__ import annotations

import pytest

from tests.monitoring.routes.winged import Winged


def test_the_names_of_reports_are_told(winged: Winged) -> None:
    names = [found["name"] for found in winged.get("/reports").json()["reports"]]
    assert names == [
        "funnel", "results", "follow_up", "stage_flow", "gmv", "portrait", "untouched", "experiments", "fairness",
    ]  # fmt: skip


def test_experiments_are_answered_as_the_document_says(winged: Winged) -> None:
    found = winged.get("/reports/experiments?by=standing").json()
    assert (found["by"], found["window_days"]) == ("standing", 14.0)
    assert [told["name"] for told in found["headline"]] == ["renewal", "hours", "return"]
    assert winged.get("/reports/experiments/csv").text.startswith("\ufeff")


def test_a_report_is_answered_for_the_time_that_is_asked(winged: Winged) -> None:
    found = winged.get("/reports/results?since=2025-01-01T00:00:00Z&by=product").json()
    motor = next(row for row in found["rows"] if row["key"] == "motor")
    assert motor["figures"]["sold"] == 80
    assert motor["label"]["en"] == "motor"


def test_the_customers_behind_a_figure_are_named(winged: Winged) -> None:
    path = "/reports/results/customers?since=2025-01-01T00:00:00Z&figure=sold&key=motor&limit=2"
    found = winged.get(path).json()
    assert found["customers"] == 80
    assert found["customer_ids"] == ["c000", "c003"]


def test_a_report_is_answered_as_a_delimited_file(winged: Winged) -> None:
    found = winged.get("/reports/portrait/csv")
    assert found.headers["content-type"].startswith("text/csv")
    assert "east" in found.text


@pytest.mark.parametrize("scope", ["dialer", "crm"])
def test_reports_are_for_admins(winged: Winged, scope: str) -> None:
    assert winged.get("/reports/funnel", scope).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/tunnel", 404),
        ("/reports/funnel?by=weather", 422),
        ("/reports/funnel?team=first", 422),
        ("/reports/funnel?since=yesterday", 422),
        ("/reports/funnel?since=1767225600", 422),
        ("/reports/funnel?since=2026-01-01T00:00:00", 422),
        ("/reports/funnel?since=2027-01-01T00:00:00Z", 422),
        ("/reports/funnel/customers?figure=lords", 422),
        ("/reports/funnel?colour=red", 422),
        ("/reports/experiments?by=weather", 422),
        ("/reports/experiments?team=first", 422),
        ("/reports/experiments?since=2027-01-01T00:00:00Z", 422),
    ],
)
def test_what_cannot_be_answered_is_told(winged: Winged, path: str, status: int) -> None:
    assert winged.get(path).status_code == status

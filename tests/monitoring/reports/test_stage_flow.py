"""Stage flows: who stood where at first, and who stands where at last."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from features.home import Home
from leads.words.bilingual import Text
from monitoring.reports.answer import BusinessReport
from monitoring.reports.question import Question
from monitoring.reports.reports import Reports, about
from tests.monitoring.told_home import END, ago, customer, event, home_told


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Over the last month one silent customer became potential, one bought, one fell silent, and one came."""
    folder: Path = tmp_path_factory.mktemp("stages")
    return home_told(
        folder / "home",
        [customer("woken"), customer("buyer", region="north"), customer("asleep"), customer("fresh", since=ago(5)),
         customer("still")],
        [
            event("web.page_viewed", "woken", ago(200)),
            event("web.page_viewed", "woken", ago(3)),
            event("web.page_viewed", "buyer", ago(50)),
            event("policy.purchased", "buyer", ago(10), product="health", premium=650.0, expires_at=ago(-355)),
            event("web.page_viewed", "asleep", ago(100)),
            event("lead.created", "fresh", ago(5)),
            event("web.page_viewed", "still", ago(300)),
        ],
    )  # fmt: skip


def asked(home: Home, by: str, **filters: str) -> BusinessReport:
    question = about(
        Question(ago(30), END), by, filters.get("region"), filters.get("team"), filters.get("product")
    )  # fmt: skip
    return Reports(home, lambda: END).report("stage_flow", question)


def counted(report: BusinessReport) -> Mapping[str | None, float | None]:
    return {row["key"]: row["figures"]["customers"] for row in report["rows"]}


def test_a_flow_counts_who_came_from_one_stage_to_another(home: Home) -> None:
    assert counted(asked(home, "flow")) == {
        "silent→potential": 1, "potential→newly_insured": 1, "potential→silent": 1, "new→potential": 1,
        "silent→silent": 1,
    }  # fmt: skip


def test_told_by_the_stage_at_first_it_is_the_whole_table(home: Home) -> None:
    rows = {row["key"]: row["figures"] for row in asked(home, "before")["rows"]}
    assert (rows["silent"]["customers"], rows["silent"]["to_potential"], rows["silent"]["to_silent"]) == (2, 1, 1)
    assert (rows["silent"]["moved"], rows["potential"]["moved"], rows["new"]["moved"]) == (0.5, 1.0, None)


def test_flows_are_told_of_a_region_and_of_a_product_alone(home: Home) -> None:
    only = {"potential→newly_insured": 1}
    assert counted(asked(home, "flow", region="north")) == counted(asked(home, "flow", product="health")) == only


def test_a_flow_opens_the_customers_behind_it(home: Home) -> None:
    reports, question = Reports(home, lambda: END), about(Question(ago(30), END), "flow", None, None, None)
    found = reports.customers("stage_flow", question, "customers", "silent→potential")
    assert found["customer_ids"] == ["woken"]


def test_the_stages_are_told_under_their_labels(home: Home) -> None:
    labels: Mapping[str | None, Text] = {row["key"]: row["label"] for row in asked(home, "flow")["rows"]}
    assert labels["silent→potential"] == {"zh": "沉默客户 → 潜在客户", "en": "silent → potential"}
    assert labels["new→potential"]["zh"].startswith("尚未出现")

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from features.configuration import Configuration
from leads.errors import InvalidWorkspace
from leads.history import TIME
from tests.training.small_insurer import WORKSPACE, configuration_in
from training.data.labels import label_rows

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return T0 + timedelta(days=number)


def events(*rows: tuple[str, str, float, str | None]) -> pl.DataFrame:
    """(type, customer, day, product)"""
    return pl.DataFrame(
        {
            "id": [str(i) for i in range(len(rows))],
            "source": ["t"] * len(rows),
            "type": [row[0] for row in rows],
            "customer_id": [row[1] for row in rows],
            "time": [day(row[2]) for row in rows],
            "product": [row[3] for row in rows],
            "expires_at": [None] * len(rows),
        },
        schema_overrides={"type": pl.String(), "customer_id": pl.String(), "product": pl.String()}
        | {"time": TIME, "expires_at": TIME},
    )


def people(**known: float) -> pl.DataFrame:
    rows = {"customer_id": list(known), "at": [day(since) for since in known.values()]}
    return pl.DataFrame(rows, schema={"customer_id": pl.String(), "at": TIME})


def configured(folder: Path, moments: str, horizon: str = "10d", more: str = "") -> Configuration:
    head = WORKSPACE[: WORKSPACE.index("objectives:")]
    text = f"objectives:\n  o:\n    moments: {moments}\n    target: policy.purchased\n"
    text += f"    horizon: {horizon}\n{more}"
    return configuration_in(folder, head + text)


def labels(configuration: Configuration, happened: pl.DataFrame, known: pl.DataFrame, until: float) -> list[tuple]:
    workspace = configuration.workspace
    rows = label_rows(workspace, workspace.objectives["o"], happened, known, day(until))
    return [((row[1] - T0) / timedelta(days=1), row[0], row[2], row[3]) for row in rows.rows()]


def settled(configuration: Configuration, happened: pl.DataFrame, known: pl.DataFrame, until: float) -> list[tuple]:
    """(customer, label, day when it is known at the latest)"""
    workspace = configuration.workspace
    rows = label_rows(workspace, workspace.objectives["o"], happened, known, day(until))
    return [(row[0], row[3], (row[4] - T0) / timedelta(days=1)) for row in rows.rows()]


def test_a_target_at_the_end_of_the_horizon_counts_and_one_after_it_does_not(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested}")
    happened = events(
        ("quote.requested", "a", 0, None), ("policy.purchased", "a", 10, "motor"),
        ("quote.requested", "b", 0, None), ("policy.purchased", "b", 10.001, "motor"),
    )  # fmt: skip
    assert labels(configuration, happened, people(a=0, b=0), 30) == [(0, "a", None, 1), (0, "b", None, 0)]


def test_a_target_at_the_moment_itself_is_the_past(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested, delay: 1d}")
    happened = events(("quote.requested", "a", 0, None), ("policy.purchased", "a", 1, "motor"))
    assert labels(configuration, happened, people(a=0), 30) == [(1, "a", None, 0)]


def test_a_row_is_censored_until_its_horizon_is_over(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested}")
    happened = events(
        ("quote.requested", "a", 20, None), ("quote.requested", "b", 20.001, None),
        ("policy.purchased", "b", 21, "motor"),
    )  # fmt: skip
    assert [row[3] for row in labels(configuration, happened, people(a=0, b=0), 30)] == [0, None]


def test_a_moment_beyond_the_record_is_left_out(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested, delay: 5d}")
    assert labels(configuration, events(("quote.requested", "a", 28, None)), people(a=0), 30) == []


def test_the_grid_is_counted_back_from_the_end_and_holds_who_was_known(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{every: 10d}")
    rows = labels(configuration, events(), people(a=0, b=15), 30)
    assert rows == [
        (0, "a", None, 0), (10, "a", None, 0), (20, "a", None, 0), (20, "b", None, 0),
        (30, "a", None, None), (30, "b", None, None),
    ]  # fmt: skip


def test_moments_before_expiry_follow_the_terms_of_policies(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{before_expiry: [30d, 7d]}")
    rows = labels(configuration, events(("policy.purchased", "a", 0, "motor")), people(a=0), 400)
    assert [row[0] for row in rows] == [335, 358]


def test_moments_where_the_tags_became_known(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{known: true}")
    assert labels(configuration, events(), people(a=3), 30) == [(3, "a", None, 0)]


def test_in_each_mode_the_target_must_carry_the_product_of_the_row(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested}", more="    product: each\n")
    happened = events(("quote.requested", "a", 0, None), ("policy.purchased", "a", 2, "health"))
    assert labels(configuration, happened, people(a=0), 30) == [(0, "a", "motor", 0), (0, "a", "health", 1)]


def test_what_happens_after_the_end_of_the_record_changes_nothing(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{every: 10d}")
    known = events(("quote.requested", "a", 1, None))
    later = events(("quote.requested", "a", 1, None), ("policy.purchased", "a", 31, "motor"))
    assert labels(configuration, known, people(a=0), 30) == labels(configuration, later, people(a=0, z=31), 30)


def test_products_without_a_product_field_are_refused(tmp_path: Path) -> None:
    text = """
name: bare
products: {motor: {}}
events: {bought: {}}
objectives:
  o: {product: each, moments: {every: 10d}, target: bought, horizon: 10d}
"""
    configuration = configuration_in(tmp_path, text)
    with pytest.raises(InvalidWorkspace, match=r"objectives\.o\.product"):
        labels(configuration, events(("bought", "a", 0, None)).drop("product"), people(a=0), 30)


ENDS = "    ends: [complaint.opened]\n"


def test_with_declared_endings_a_label_is_settled_by_the_target_or_by_one_of_them(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested}", more=ENDS)
    happened = events(
        ("quote.requested", "a", 0, None), ("policy.purchased", "a", 2, "motor"),
        ("quote.requested", "b", 0, None), ("complaint.opened", "b", 3, None),
    )  # fmt: skip
    assert settled(configuration, happened, people(a=0, b=0), 4) == [("a", 1, 2), ("b", 0, 3)]


def test_what_has_not_settled_stays_null_until_the_horizon_is_over(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested}", more=ENDS)
    happened = events(("quote.requested", "a", 0, None), ("complaint.opened", "a", 11, None))
    assert settled(configuration, happened, people(a=0), 9.9) == [("a", None, 10)]
    assert settled(configuration, happened, people(a=0), 12) == [("a", 0, 10)]


def test_an_ending_before_the_moment_and_events_after_the_record_settle_nothing(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested, delay: 1d}", more=ENDS)
    happened = events(
        ("quote.requested", "a", 0, None), ("complaint.opened", "a", 1, None), ("policy.purchased", "a", 6, "motor"),
    )  # fmt: skip
    assert settled(configuration, happened, people(a=0), 5) == [("a", None, 11)]


def test_a_target_after_an_ending_still_counts(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested}", more=ENDS)
    happened = events(
        ("quote.requested", "a", 0, None), ("complaint.opened", "a", 2, None), ("policy.purchased", "a", 6, "motor"),
    )  # fmt: skip
    assert settled(configuration, happened, people(a=0), 7) == [("a", 1, 6)]


def test_without_declared_endings_no_label_is_settled_before_its_horizon_is_over(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{after: quote.requested}")
    happened = events(("quote.requested", "a", 0, None), ("policy.purchased", "a", 2, "motor"))
    assert settled(configuration, happened, people(a=0), 9.9) == [("a", None, 10)]
    assert settled(configuration, happened, people(a=0), 10) == [("a", 1, 10)]

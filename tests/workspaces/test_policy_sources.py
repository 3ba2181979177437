"""The sources of one row per policyholder: eudirectlapse, health_cross_sell and coil2000."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from features.configuration import load
from leads.errors import InvalidInput
from tests.workspaces.official import COIL, EUDIRECTLAPSE, HEALTH, Table, history, written


def test_a_lapse_of_one_lapses_and_of_zero_renews(tmp_path: Path) -> None:
    events = EUDIRECTLAPSE.history(tmp_path).events.sort("customer_id")
    assert events["type"].to_list() == ["policy.renewed", "policy.lapsed"]


def test_numbers_are_read_out_of_their_units(tmp_path: Path) -> None:
    customers = EUDIRECTLAPSE.history(tmp_path).customers
    assert customers["vehicl_powerkw"].to_list() == [225.0, 25.0]
    assert customers["prem_freqperyear"].to_list() == [4.0, 1.0]


def test_the_quote_is_compared_with_last_year_the_market_and_the_risk(tmp_path: Path) -> None:
    first = EUDIRECTLAPSE.history(tmp_path).customers.row(0, named=True)
    assert first["prem_change"] == pytest.approx(220 / 200)
    assert first["prem_to_market"] == pytest.approx(220 / 250)
    assert first["prem_to_pure"] == pytest.approx(220 / 240)


def test_a_power_without_its_unit_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^vehicl_powerkw = '75'"):
        EUDIRECTLAPSE.with_value(0, "vehicl_powerkw", "75").history(tmp_path)


def test_health_customers_keep_their_own_ids(tmp_path: Path) -> None:
    assert HEALTH.history(tmp_path).customers["customer_id"].to_list() == ["7", "9"]


def test_an_id_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^id = '7'"):
        HEALTH.with_value(1, "id", "7").history(tmp_path)


def test_codes_are_categories_however_they_are_written(tmp_path: Path) -> None:
    written_short = HEALTH.with_value(0, "Region_Code", "28").with_value(0, "Policy_Sales_Channel", "26")
    assert_frame_equal(written_short.history(tmp_path).customers, HEALTH.history(tmp_path).customers)
    assert HEALTH.history(tmp_path).customers["region_code"].to_list() == ["28", "11"]


@pytest.mark.parametrize(("table", "product"), [(HEALTH, "vehicle"), (COIL, "caravan")])
def test_a_purchase_carries_the_product_of_the_objective(table: Table, product: str, tmp_path: Path) -> None:
    objective = load(table.workspace).workspace.objectives["cross_sell"]
    assert objective.products == (product,)
    assert table.history(tmp_path).events["product"].to_list() == [product]


def test_those_not_yet_insured_are_reported_apart() -> None:
    rules = {rule.name: rule.sql for rule in load("health_cross_sell").workspace.objectives["cross_sell"].slices}
    assert rules["not_previously_insured"] == "previously_insured = 0"


def test_the_original_coil_files_agree_with_those_with_a_header(tmp_path: Path) -> None:
    raw = replace(COIL, separator="\t")
    known = history("coil2000", written(tmp_path / "ticdata2000.txt", raw.text(header=False)))
    to_score = history("coil2000", written(tmp_path / "ticeval2000.txt", raw.without("CARAVAN").text(header=False)))
    assert_frame_equal(known.customers, COIL.history(tmp_path).customers)
    assert_frame_equal(known.events, COIL.history(tmp_path).events)
    assert to_score.events.is_empty()


def test_a_file_without_header_and_a_column_too_few_is_refused(tmp_path: Path) -> None:
    raw = replace(COIL, separator="\t").without("CARAVAN").without("ABYSTAND")
    with pytest.raises(InvalidInput, match="85 tab-separated columns, or 86 with CARAVAN; it has 84"):
        history("coil2000", written(tmp_path / "ticeval2000.txt", raw.text(header=False)))


def test_the_customer_types_are_numbers(tmp_path: Path) -> None:
    assert COIL.history(tmp_path).customers["mostype"].to_list() == [33.0, 8.0]

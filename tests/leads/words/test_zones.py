"""Every name of the tz database leads to its own country, or to none."""

from __future__ import annotations

from importlib import resources

import pytest

from leads.configuration.recognition import Recognition
from leads.words.zones import countries, country_of, zone_named

NAMES = resources.files("tzdata").joinpath("zones").read_text("utf-8").split()


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Asia/Shanghai", "CN"), ("PRC", "CN"), ("Asia/Chongqing", "CN"), ("Asia/Kashgar", "CN"), ("Hongkong", "HK"),
        ("Asia/Calcutta", "IN"), ("US/Eastern", "US"), ("Asia/Saigon", "VN"), ("Asia/Katmandu", "NP"), ("GB", "GB"),
        ("Europe/Stockholm", "SE"), ("Europe/Kiev", "UA"), ("Asia/Istanbul", "TR"), ("Iceland", "IS"),
        ("America/Coral_Harbour", "CA"), ("Africa/Asmera", "ER"), ("Africa/Timbuktu", "ML"), ("Pacific/Truk", "FM"),
        ("Atlantic/Jan_Mayen", "SJ"), ("America/Virgin", "VI"), ("US/Samoa", "AS"), ("asia/calcutta", "IN"),
    ],
)  # fmt: skip
def test_an_old_name_of_a_zone_lies_in_the_same_country(zone: str, country: str) -> None:
    assert country_of(zone) == country


def test_only_names_of_clocks_lie_in_no_country() -> None:
    nowhere = {name for name in NAMES if country_of(name) is None}
    assert {"UTC", "GMT", "CET", "EST", "EST5EDT", "MST", "HST", "WET", "Zulu", "Factory", "Etc/GMT+8"} <= nowhere
    assert not [name for name in nowhere if "/" in name and not name.startswith("Etc/")]
    assert {country for name in NAMES if (country := country_of(name))} <= countries()


def test_a_zone_is_found_whatever_its_letters_case_and_spelt_as_the_database_does() -> None:
    assert zone_named("ASIA/shanghai") == "Asia/Shanghai"
    assert all(zone_named(name.upper()) == name for name in NAMES)
    assert zone_named("Mars/Base") is None


def test_a_declared_country_counts_whatever_the_zone() -> None:
    assert Recognition("Asia/Shanghai", "CN").country_at("Asia/Kolkata") == "CN"


def test_a_zone_that_there_is_not_counts_as_none() -> None:
    assert Recognition("Asia/Shanghai").country_at("Beijing time") == "CN"


def test_a_clock_that_a_customer_told_leaves_the_country_open() -> None:
    assert Recognition("Asia/Shanghai").country_at("UTC") is None

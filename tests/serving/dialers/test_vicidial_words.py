"""VICIdial's words: answers, ranks and pace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.configuration.section import Section
from leads.errors import InvalidInput, InvalidWorkspace, Unavailable
from serving.composition import Composition
from serving.dialers.configuration import load_dialers
from serving.dialers.vicidial.flags import parse_flags
from serving.dialers.vicidial.lead_records import code_of
from serving.dialers.vicidial.pace import Pace
from serving.dialers.vicidial.ranks import HIGHEST, LOWEST, hopper_priority_of, rank_of
from serving.dialers.vicidial.replies import Refused, parse_reply, parse_table

PRIORITIES = st.floats(-1e6, 1e12)


@given(PRIORITIES, PRIORITIES, st.floats(0.01, 1e6))
def test_ranks_keep_the_order_of_priorities(first: float, second: float, middle: float) -> None:
    low, high = sorted((first, second))
    assert LOWEST < rank_of(low, middle) <= rank_of(high, middle) <= HIGHEST
    assert -99 <= hopper_priority_of(low, middle) <= hopper_priority_of(high, middle) <= 99


def test_priorities_a_hundredth_apart_do_not_tie_at_the_middle() -> None:
    assert rank_of(100.02, 100) > rank_of(100.0, 100)


def test_an_answer_of_several_lines_is_read_line_by_line() -> None:
    reply = parse_reply(
        "SUCCESS: add_lead LEAD HAS BEEN ADDED - 7275551111|6666|999|193715|-4\n"
        "NOTICE: add_lead ADDED TO HOPPER - 7275551111|6666|193715|1677922\n",
        "add_lead",
    )
    assert reply.success is not None
    assert reply.success.fields == ("7275551111", "6666", "999", "193715", "-4")
    assert reply.says("ADDED TO HOPPER")


def test_a_page_of_html_is_no_answer() -> None:
    with pytest.raises(Unavailable):
        parse_reply("<html>502 Bad Gateway</html>", "update_lead")


def test_an_error_in_place_of_rows_is_raised() -> None:
    with pytest.raises(Refused, match="THIS CAMPAIGN DOES NOT EXIST"):
        parse_table("ERROR: hopper_list THIS CAMPAIGN DOES NOT EXIST - 6666|X", "hopper_list")


def test_an_unknown_flag_is_refused_with_what_is_known() -> None:
    flags = parse_flags(Section.of("dialers.yaml", "vicidial.main", {"flags": {"HOT": "interested"}}), "flags")
    assert flags.disposition("HOT") == "interested"
    with pytest.raises(InvalidInput, match=r"WHAT.*AB.*HOT.*SALE"):
        flags.disposition("WHAT")


def test_a_flag_cannot_mean_what_is_no_disposition() -> None:
    with pytest.raises(InvalidWorkspace, match=r"vicidial\.main\.flags\.HOT"):
        parse_flags(Section.of("dialers.yaml", "vicidial.main", {"flags": {"HOT": "very good"}}), "flags")


def test_ids_that_are_too_long_for_vicidial_get_a_code_of_their_own() -> None:
    codes = {code_of(f"customer with a long id {number}") for number in range(100)}
    assert len(codes) == 100
    assert {len(code) for code in codes} == {20}


def test_requests_are_spaced_evenly() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    pace = Pace(10, lambda: now[0], sleep)
    for _ in range(4):
        pace.wait()
    assert slept == [0.1, 0.1, 0.1]


def test_a_misspelt_key_is_refused_at_load(parts: Composition) -> None:
    path = parts.home.folder / "dialers.yaml"
    path.write_text("vicidial: {main: {hoper: {low: 5}}}", "utf-8")
    with pytest.raises(InvalidWorkspace, match=r"dialers\.yaml: vicidial\.main\.hoper"):
        load_dialers(parts.home)

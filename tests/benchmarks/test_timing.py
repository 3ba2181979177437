"""What benchmarks tell of times is what was taken."""

from __future__ import annotations

from benchmarks.floor import ratios
from benchmarks.harness.timing import environment, summed, timed
from benchmarks.seats import CALL, Seen, _figures


def test_times_are_told_by_their_middle_their_tail_and_how_it_moved() -> None:
    steady = summed([2.0] * 100)
    moving = summed([float(1 + number // 20) for number in range(100)])
    assert steady == {"p50": 2.0, "p99": 2.0, "spread": 0.0}
    assert moving["p50"] == 3.0
    assert moving["spread"] == 4.0


def test_every_round_is_told_its_number_and_the_first_ones_do_not_count() -> None:
    rounds: list[int] = []
    timed(rounds.append, 5, warm=2)
    assert rounds == list(range(7))


def test_a_result_names_the_machine_and_what_it_ran() -> None:
    told = environment()
    assert told["cores"] and told["packages"]["numpy"]


def test_a_step_is_told_as_so_many_times_its_floor() -> None:
    names = ["score_1", "score_20", "score_100", "score_300", "score_1000", "next_action_1", "next_action_20"]
    figures = {f"{name}_ms": {"p50": 10.0} for name in (*names, "claim_1", "claim_50", "micro_batch_1000")}
    figures |= {"empty_ms": {"p50": 2.0}, "forests_1_ms": {"p50": 5.0}, "bare_micro_batch_1000_ms": {"p50": 8.0}}
    found = ratios(figures)
    assert (found["score_1"], found["claim_1"], found["micro_batch_1000"]) == (2.5, 5.0, 1.25)


def test_a_load_holds_only_where_all_of_it_was_done_in_time_and_nobody_was_held_twice() -> None:
    seen = Seen()
    seen.leads = seen.outcomes = 1000
    seen.taken["claim"] = [20.0] * 100
    seats = int(100 * CALL)
    assert _figures(seats, 10.0, seen)["held"]
    seen.twice.append("ann")
    assert not _figures(seats, 10.0, seen)["held"]
    seen.twice.clear()
    seen.taken["claim"] += [80.0] * 10
    assert _figures(seats, 10.0, seen)["late"] == ["claim"]
    seen.taken["claim"] = [20.0]
    seen.outcomes = 500
    assert not _figures(seats, 10.0, seen)["held"]

"""Fair shares: nobody runs ahead, nobody starves, and whoever is alone takes all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leads.distribution.fair_shares import Part, fair_most, fair_start

WEIGHTS = st.lists(st.integers(1, 20), min_size=2, max_size=6)
TURNS = st.lists(st.integers(0, 5), max_size=200)


def most(weights: list[int], had: list[int], who: int, ahead: int) -> int:
    others = [Part(weights[i], had[i]) for i in range(len(weights)) if i != who]
    found = fair_most(weights[who], others, ahead)
    assert found is not None
    return found


def handed_out(weights: list[int], turns: list[int], ahead: int) -> list[int]:
    """What each has had after these turns, in which one takes one more if they may."""
    had = [0] * len(weights)
    for turn in turns:
        who = turn % len(weights)
        had[who] += had[who] < most(weights, had, who, ahead)
    return had


@given(WEIGHTS, TURNS, st.integers(1, 5))
def test_nobody_has_more_than_their_part_of_all_and_ahead(weights: list[int], turns: list[int], ahead: int) -> None:
    had = [0] * len(weights)
    for turn in turns:
        who = turn % len(weights)
        if had[who] < most(weights, had, who, ahead):
            had[who] += 1
            part = weights[who] / sum(weights)
            assert had[who] <= part * sum(had) + ahead * (1 - part) + 1e-9


@given(WEIGHTS, TURNS, st.integers(1, 5))
def test_somebody_may_always_take_the_next_one(weights: list[int], turns: list[int], ahead: int) -> None:
    had = handed_out(weights, turns, ahead)
    assert any(had[who] < most(weights, had, who, ahead) for who in range(len(weights)))


@given(WEIGHTS, st.integers(0, 300))
def test_where_all_take_whenever_they_may_the_parts_are_the_weights(weights: list[int], rounds: int) -> None:
    had = [0] * len(weights)
    for _ in range(rounds):
        for who in range(len(weights)):
            had[who] += had[who] < most(weights, had, who, 1)
    off = [abs(count - weight / sum(weights) * sum(had)) for weight, count in zip(weights, had, strict=True)]
    assert max(off) <= len(weights)


@given(st.integers(2, 6), TURNS)
def test_whoever_is_behind_the_mean_is_never_held_up(count: int, turns: list[int]) -> None:
    had = handed_out([1] * count, turns, 1)
    least = had.index(min(had))
    assert had[least] < most([1] * count, had, least, 1)


@given(st.floats(0.1, 10), st.integers(1, 200))
def test_whoever_is_alone_has_no_limit(weight: float, ahead: int) -> None:
    assert fair_most(weight, [], ahead) is None


@given(WEIGHTS, st.lists(st.integers(0, 500), min_size=6, max_size=6), st.integers(1, 20))
def test_a_newcomer_holds_nobody_up_and_may_take_at_once(weights: list[int], had: list[int], weight: int) -> None:
    others = [Part(w, h) for w, h in zip(weights, had, strict=False)]
    start = fair_start(weight, others)
    assert start < (fair_most(weight, others, 1) or 0)
    for i, part in enumerate(others):
        rest = others[:i] + others[i + 1 :]
        before = fair_most(part.weight, rest, 1)
        after = fair_most(part.weight, [*rest, Part(weight, start)], 1)
        if part.had * sum(other.weight for other in rest) <= part.weight * sum(other.had for other in rest):
            assert before is not None
            assert after is not None
            assert after > part.had, "who may take before the newcomer came may take after"

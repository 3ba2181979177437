"""The closed loop: identical worlds, a hidden truth, limited agents, and base rates near the field's."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from simulator.loop import SCENARIOS, Morning, Opening, Orders, Policy, beginning, live, opening, year
from simulator.loop.baselines import Blast, Fifo, Nobody
from simulator.loop.draws import Draws
from simulator.loop.insurer import Insurer
from simulator.loop.legacy import Legacy
from simulator.loop.outcome import Tally
from simulator.loop.policy import CALL, CONTENT, HELP, PLAIN, RENEWAL, SALE, SERVICE, SMS, Records
from simulator.loop.ranked import CONTROL, MONTH, Ranked
from simulator.loop.reference import Reference
from simulator.loop.run import lead
from simulator.needs import Needs
from simulator.temperament import Temperament

BEGIN = datetime(2025, 1, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def start() -> Opening:
    return opening(3_000, 365, 120, BEGIN, seed=5, scenario=SCENARIOS["default"])


def led(start: Opening, policy: Policy, days: int = 30) -> tuple[Insurer, Tally]:
    insurer = start.insurer.copy()
    minutes = insurer.scenario.reaction.minutes * len(insurer.market.people)
    return insurer, lead(insurer, policy, range(start.day, start.day + days), minutes)


class Watching:
    """Remembers its mornings."""

    reads = True

    def __init__(self) -> None:
        self.mornings: list[Morning] = []

    def decide(self, morning: Morning) -> Orders:
        self.mornings.append(morning)
        return Orders.none()


class Everyone:
    """Orders the same contact for everyone every day."""

    reads = False

    def __init__(self, channel: int, purpose: int = SALE, tone: int = PLAIN) -> None:
        self.channel = channel
        self.about = purpose, -1, tone

    def decide(self, morning: Morning) -> Orders:
        return Orders.of(np.arange(len(morning.records.known)), self.channel, *self.about)


def test_what_is_drawn_does_not_depend_on_what_was_drawn_before() -> None:
    one, two = Draws(3, 50), Draws(3, 50)
    two.uniform("something else", 7)
    assert np.array_equal(one.uniform("moods", 7), two.uniform("moods", 7))
    assert not np.array_equal(one.uniform("moods", 7), one.uniform("moods", 8))


def test_who_is_not_contacted_lives_the_same_life_under_every_policy(start: Opening) -> None:
    alone, _ = led(start, Nobody())
    fifo, _ = led(start, Fifo())
    untouched = fifo.dialled == start.insurer.dialled
    assert 0.1 < untouched.mean() < 0.9
    for hidden in ("left", "wish", "heard"):
        assert np.array_equal(getattr(alone, hidden)[..., untouched], getattr(fifo, hidden)[..., untouched])
    for mood in ("mood", "doubt", "fatigue"):
        ours, theirs = (getattr(insurer.market.temperament, mood) for insurer in (alone, fifo))
        assert np.array_equal(ours[untouched], theirs[untouched])
    assert np.array_equal(alone.market.book.expires[:, untouched], fifo.market.book.expires[:, untouched])


def test_a_policy_does_not_change_the_opening_for_the_next(start: Opening) -> None:
    before = live(start, Nobody())
    live(start, Blast())
    assert live(start, Nobody()) == before


def test_seeds_repeat_exactly() -> None:
    one, two = (opening(400, 60, 60, BEGIN, 9, SCENARIOS["default"]) for _ in range(2))
    assert one.history.events.equals(two.history.events)
    assert one.history.customers.equals(two.history.customers)
    assert live(one, Fifo()) == live(two, Fifo())
    other = opening(400, 60, 60, BEGIN, 10, SCENARIOS["default"])
    assert not one.history.events.equals(other.history.events)


def test_the_truth_is_not_in_what_a_policy_sees(start: Opening) -> None:
    watching = Watching()
    led(start, watching, days=3)
    hidden = set(Needs.__annotations__) | set(Temperament.__annotations__) | {f.name for f in fields(Insurer)}
    assert len(watching.mornings) == 3
    for morning in watching.mornings:
        seen = {*morning.events.columns, *morning.customers.columns, *(f.name for f in fields(Records))}
        assert seen & hidden <= {"dialled"}


def test_writing_into_the_records_changes_nothing(start: Opening) -> None:
    class Vandal(Nobody):
        def decide(self, morning: Morning) -> Orders:
            for field in fields(Records):
                getattr(morning.records, field.name)[...] = 0
            return Orders.none()

    assert led(start, Vandal())[1] == led(start, Nobody())[1]


def test_every_event_is_told_once_and_none_of_the_future(start: Opening) -> None:
    watching = Watching()
    led(start, watching, days=10)
    ids = [i for morning in watching.mornings for i in morning.events["id"]]
    assert len(ids) == len(set(ids)) > 100
    for morning in watching.mornings[1:]:
        assert morning.events["time"].max() < morning.now  # type: ignore[operator]


def test_agents_work_no_longer_than_they_have(start: Opening) -> None:
    minutes = start.insurer.scenario.reaction.minutes * 3_000
    for days in (1, 10):
        _, tally = led(start, Everyone(CALL), days)
        assert 0.9 * minutes * days < tally.minutes <= minutes * days


def test_nobody_is_contacted_without_consent(start: Opening) -> None:
    insurer, _ = led(start, Everyone(SMS), days=40)
    before, after = start.insurer.market.contacts.consent[2], insurer.market.contacts.consent[2]
    assert not (after & ~before).any()
    assert (before & ~after).any()
    assert (insurer.market.temperament.fatigue[~before] <= start.insurer.market.temperament.fatigue[~before]).all()


def test_leaving_everyone_in_peace_costs_nothing_and_annoys_nobody(start: Opening) -> None:
    outcome = live(start, Nobody())
    assert (outcome.complaints, outcome.opt_outs, outcome.agent_hours, outcome.calls, outcome.messages) == (0,) * 5


def test_base_rates_are_near_the_fields(start: Opening) -> None:
    alone, fifo = live(start, Nobody()), live(start, Fifo())
    assert 0.62 < alone.renewal_rate < 0.80
    assert 0.64 < fifo.renewal_rate < 0.82
    holders = (start.insurer.market.book.owned(3_000)).any(axis=0).sum()
    assert 0.004 < alone.cross_sell / 4 / holders < 0.02


def test_knowing_the_truth_pays(start: Opening) -> None:
    fifo, reference = live(start, Fifo()), live(start, Reference())
    assert reference.renewal_rate > fifo.renewal_rate + 0.05
    assert reference.gmv > fifo.gmv
    assert reference.agent_hours < fifo.agent_hours


def test_some_are_moved_by_contact_and_some_are_driven_away(start: Opening) -> None:
    receptive = start.insurer.receptive
    assert 0.2 < (receptive < -0.3).mean() < 0.45
    assert 0.4 < (receptive > 0.3).mean() < 0.7


def test_a_talk_about_service_settles_doubts_and_brings_up_neither_renewal_nor_sale(start: Opening) -> None:
    alone, _ = led(start, Nobody(), days=3)
    asked, _ = led(start, Everyone(CALL, SERVICE, HELP), days=3)
    assert np.array_equal(asked.heard, alone.heard) and np.array_equal(asked.heard_of, alone.heard_of)
    assert asked.market.temperament.doubt.sum() < alone.market.temperament.doubt.sum()
    reminded, _ = led(start, Everyone(CALL, RENEWAL), days=3)
    assert reminded.heard.sum() > alone.heard.sum()


def test_content_is_remembered_a_little_and_tires_nobody(start: Opening) -> None:
    alone, _ = led(start, Nobody(), days=3)
    shown, _ = led(start, Everyone(CONTENT, RENEWAL), days=3)
    assert 0 < shown.heard.sum() < 0.1 * len(shown.heard)
    assert np.array_equal(shown.market.temperament.fatigue, alone.market.temperament.fatigue)


def test_the_reference_shows_content_to_those_alone_whom_contact_moves(start: Opening) -> None:
    given: list[Orders] = []

    class Noted(Reference):
        def decide(self, morning: Morning) -> Orders:
            given.append(super().decide(morning))
            return given[-1]

    insurer, reference = start.insurer.copy(), Noted()
    reference.reveal(insurer)
    lead(insurer, reference, range(start.day, start.day + 10), 1e9)
    shown = given[-1].take(given[-1].channel == CONTENT)
    assert len(shown) > 100
    assert (insurer.receptive[shown.customer] > 0).all()


def test_people_tire_sooner_where_fatigue_is_strong() -> None:
    worlds = [
        opening(600, 60, 60, BEGIN, 3, SCENARIOS[name]).insurer.market.tiredness(600).mean()
        for name in ("default", "strong_fatigue")
    ]
    assert worlds[1] > worlds[0]


def test_a_customer_gets_one_contact_a_day_though_more_are_ordered(start: Opening) -> None:
    class Twice(Nobody):
        def decide(self, morning: Morning) -> Orders:
            who = np.flatnonzero(morning.records.known & morning.records.consent[2])[:100]
            return Orders.of(np.concatenate([who, who]), SMS, SALE)

    _, tally = led(start, Twice(), days=1)
    assert tally.messages == 100


def test_half_the_agents_have_half_the_minutes() -> None:
    half, whole = (SCENARIOS[name].reaction for name in ("half_agents", "default"))
    assert replace(half, minutes=whole.minutes) == whole
    assert half.minutes == whole.minutes / 2


def test_by_default_who_answers_is_who_is_moved_and_who_can_be_sold_to(start: Opening) -> None:
    assert start.insurer.answering is start.insurer.receptive
    assert start.insurer.buyable is start.insurer.receptive


@pytest.mark.parametrize(
    ("world", "answers", "buys"), [("silent_answers", 0, 1), ("two_traits", 1, 0), ("uncoupled", 0, 0)]
)
def test_how_much_answers_tell_is_a_parameter_of_the_world(world: str, answers: float, buys: float) -> None:
    insurer = opening(4_000, 1, 50, BEGIN, 5, SCENARIOS[world]).insurer
    for trait, asked in ((insurer.answering, answers), (insurer.buyable, buys)):
        assert abs(np.corrcoef(trait, insurer.receptive)[0, 1] - asked) < 0.05
        assert abs(trait.mean() - insurer.receptive.mean()) < 0.1
        assert abs(trait.std() - insurer.receptive.std()) < 0.1


def test_who_is_moved_lives_the_same_untouched_life_whether_answers_tell_or_not() -> None:
    known, untold = (opening(1_000, 1, 60, BEGIN, 5, SCENARIOS[world]) for world in ("default", "uncoupled"))
    alone = [led(start, Nobody())[0] for start in (known, untold)]
    assert np.array_equal(alone[0].left, alone[1].left)


class Counting(Nobody):
    """Passes on what another policy orders, and counts whom it calls and contacts."""

    def __init__(self, other: Policy, size: int) -> None:
        self.other = other
        self.called, self.contacted = np.zeros(size), np.zeros(size)

    def decide(self, morning: Morning) -> Orders:
        orders = self.other.decide(morning)
        np.add.at(self.called, orders.customer[orders.channel == CALL], 1)
        np.add.at(self.contacted, orders.customer, 1)
        return orders


def test_a_legacy_that_ranks_calls_who_would_renew_anyway_and_one_that_draws_does_not(start: Opening) -> None:
    insurer = start.insurer.copy()
    loyal = insurer.market.temperament.trust
    drawn = Counting(Legacy(np.random.default_rng(1)), 3_000)
    ranked = Counting(Ranked(np.random.default_rng(1), insurer), 3_000)
    for policy in (drawn, ranked):
        lead(insurer, policy, range(start.day, start.day + 25), 1e9)
    assert abs(np.corrcoef(drawn.called, loyal)[0, 1]) < 0.1
    assert np.corrcoef(ranked.called, loyal)[0, 1] > 0.2
    assert abs(ranked.called.sum() / drawn.called.sum() - 1) < 0.3


def test_a_legacy_that_ranks_leaves_its_control_group_alone_for_the_month(start: Opening) -> None:
    insurer = start.insurer.copy()
    policy = Ranked(np.random.default_rng(1), insurer)
    policy._alone = np.arange(3_000) < 300
    counting = Counting(policy, 3_000)
    first = next(day for day in range(start.day, start.day + MONTH) if day % MONTH == 1)
    lead(insurer, counting, range(first, first + MONTH - 1), 1e9)
    assert counting.contacted[:300].sum() == 0 < counting.contacted[300:].sum()
    lead(insurer, counting, range(first + MONTH - 1, first + MONTH), 1e9)
    assert 0.5 * CONTROL < policy._alone.mean() < 2 * CONTROL


def test_on_the_first_day_nothing_is_known_but_the_policies_in_force_and_the_year_tells_the_rest() -> None:
    first = beginning(500, 40, 50, BEGIN, 9, SCENARIOS["default"])
    assert set(first.history.events["type"]) == {"policy.purchased"}
    watching = Watching()
    rest = year(first, watching)
    told = [*(i for morning in watching.mornings for i in morning.events["id"]), *rest.events["id"]]
    assert len(told) == len(set(told)) > 100
    assert (
        rest.observed_until == first.history.observed_until + (watching.mornings[1].now - watching.mornings[0].now) * 40
    )
    assert len(rest.customers) > len(first.history.customers)

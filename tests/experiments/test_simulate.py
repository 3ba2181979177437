"""`nextlead simulate`: policies on identical worlds, compared with intervals."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from commands.main import main
from experiments.comparison import compared, interval
from experiments.contest import BEGIN, Settings, contest, opening_of
from experiments.levers import parsed, pulled
from experiments.policies.ablations import unaided
from experiments.policies.choice import generation_of, policy, same_as
from experiments.policies.kept import Runs
from experiments.policies.models import Learned, learn
from experiments.policies.observed import Observed
from experiments.policies.product import Acts
from experiments.policies.schools import served
from features.configuration import checked, load
from features.history import states_at
from leads.arbitration.arms import assign
from leads.errors import InvalidInput
from leads.history import History
from models.effects import EffectInputs, Effects
from models.uplift import Even, UpliftModel
from simulator.loop import SCENARIOS, Morning, Opening, Orders, Outcome, beginning, live, opening, year
from simulator.loop.policy import CALL, HELP, PLAIN, RENEWAL, SALE, SERVICE

SMALL = Settings(seeds=1, customers=300, days=50, past_customers=600)


def silent(*_: object) -> None:
    """Tells nobody."""


@pytest.fixture(scope="module")
def start() -> Opening:
    return opening_of(SMALL, 1)


@pytest.fixture
def weeks(start: Opening) -> Opening:
    """The same, of which two weeks are lived through."""
    return replace(start, days=14)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    past = opening(SMALL.past_customers, 365, 1, BEGIN, 99, SCENARIOS["default"])
    return learn(tmp_path_factory.mktemp("taught") / "home", past.history, 7, silent)


def outcome(renewal: float, gmv: float = 0.0) -> Outcome:
    return Outcome(renewal, *(0.0,) * 2, gmv, *(0.0,) * 6)


@pytest.mark.study
@pytest.mark.parametrize("name", ["static", "propensity", "nba", "random", "served"])
def test_a_small_closed_loop_runs_end_to_end(start: Opening, learned: Learned, name: str) -> None:
    found = live(start, policy(name, start, learned, {}, 1))
    assert 0.4 < found.renewal_rate < 1
    assert found == live(start, policy(name, start, learned, {}, 1))
    assert (found.calls > 0) == (found.agent_hours > 0)


def test_the_policies_of_scores_call_and_the_next_best_action_also_writes(weeks: Opening, learned: Learned) -> None:
    assert live(weeks, policy("propensity", weeks, learned, {}, 1)).messages == 0
    assert live(weeks, policy("nba", weeks, learned, {}, 1)).messages > 0


@pytest.mark.parametrize(
    ("action", "purpose", "tone"),
    [("renewal_call", RENEWAL, HELP), ("listening_call", SERVICE, HELP), ("policy_review_wecom", SALE, PLAIN)],
)
def test_what_a_contact_is_about_follows_from_its_action(action: str, purpose: int, tone: int) -> None:
    catalogue = load("insurer").catalogue
    acts, place = Acts.of(catalogue), [item.name for item in catalogue.actions].index(action)
    assert (acts.purpose[place], acts.tone[place]) == (purpose, tone)


def test_what_is_folded_day_by_day_is_what_all_of_history_folds_to(weeks: Opening, learned: Learned) -> None:
    class Noting:
        reads = True

        def __init__(self) -> None:
            self.observed = Observed(learned.configuration, weeks.history, SMALL.customers)
            self.events = [weeks.history.events]

        def decide(self, morning: Morning) -> Orders:
            self.observed.update(morning)
            self.events.append(morning.events)
            rows, frame = self.observed.frame(morning)
            who = rows[frame["consent_call"].fill_null(False).to_numpy()]
            return Orders.of(who[:20], CALL, 1)

    noting = Noting()
    live(weeks, noting)
    layout = learned.configuration.layout.interactions
    everyone = pl.Series("customer_id", [f"C{number:07d}" for number in range(1, SMALL.customers + 1)])
    whole = states_at(learned.configuration.workspace, layout, everyone, pl.concat(noting.events))
    np.testing.assert_allclose(noting.observed._interactions, whole, rtol=1e-9)


def test_policies_run_from_the_command_line_and_are_told_as_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "result.json"
    asked = ["simulate", "--policies", "fifo,blast,reference", "--seeds", "2", "--customers", "200", "--days", "50"]
    monkeypatch.setattr(sys, "argv", ["nextlead", *asked, "--world", "half_agents", "--json", str(target)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    told: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    assert set(told["policies"]) == {"fifo", "blast", "reference"}
    assert told["settings"]["world"] == "half_agents"
    for name in ("blast", "reference"):
        assert {"mean", "low", "high"} == set(told["policies"][name]["difference"]["renewal_rate"])
    assert {"renewal_rate", "gmv"} == set(told["policies"]["blast"]["share"])
    shown = capsys.readouterr().out
    assert "续保率" in shown
    assert "renewal" in shown


def test_an_interval_holds_its_mean_and_narrows_with_seeds() -> None:
    few, many = interval([1.0, 3.0] * 2), interval([1.0, 3.0] * 20)
    for found in (few, many):
        assert found["low"] < found["mean"] == 2.0 < found["high"]  # type: ignore[operator]
    assert many["high"] < few["high"]  # type: ignore[operator]
    assert interval([1.0]) == {"mean": 1.0, "low": None, "high": None}


def test_differences_are_taken_seed_by_seed() -> None:
    runs = {
        "fifo": [[outcome(0.6), outcome(0.8)]],
        "nba": [[outcome(0.7), outcome(0.9)], [outcome(0.7), outcome(0.9)]],
        "reference": [[outcome(0.8), outcome(1.0)]],
    }
    found: Any = compared(runs)
    assert found["nba"]["difference"]["renewal_rate"]["low"] == pytest.approx(0.1)
    assert found["nba"]["share"]["renewal_rate"]["mean"] == pytest.approx(0.5)
    assert "share" not in found["reference"]


def test_levers_are_read_and_an_unknown_one_is_named() -> None:
    catalogue = load("insurer").catalogue
    moved = pulled(catalogue, parsed("scene.renewal=2, action.gift_sms=0"))
    assert moved.valuation.levers["scene"]["renewal"] == 2
    assert moved.valuation.lever(next(action for action in moved.actions if action.name == "gift_sms")) == 0
    with pytest.raises(InvalidInput, match=r"scene\.imagined"):
        pulled(catalogue, parsed("scene.imagined=2"))


def test_an_unknown_policy_or_world_is_named() -> None:
    with pytest.raises(InvalidInput, match="astrology"):
        Settings(policies=("astrology",))
    with pytest.raises(InvalidInput, match="mars"):
        Settings(world="mars")


def test_policies_without_models_need_none() -> None:
    found = contest(Settings(policies=("nobody",), seeds=1, customers=200, days=14), None, silent)
    assert found.models == {}
    assert found.outcomes["nobody"][0][0].agent_hours == 0


def test_no_share_is_told_where_the_reference_gains_nothing() -> None:
    runs = {name: [[outcome(0.6), outcome(0.6)]] for name in ("fifo", "nba", "reference")}
    found: Any = compared(runs)
    assert found["nba"]["share"]["renewal_rate"] == {"mean": 0.0, "low": None, "high": None}


def test_every_channel_is_open_to_policies_that_rank_by_propensity(weeks: Opening, learned: Learned) -> None:
    for name in ("static-all", "propensity-all"):
        found = live(weeks, policy(name, weeks, learned, {}, 1))
        assert found.messages > 0
        assert found.calls > 0


def first_orders(name: str, weeks: Opening, learned: Learned) -> Orders:
    given: list[Orders] = []
    made = policy(name, weeks, learned, {}, 1)

    class Noting:
        reads = True

        def decide(self, morning: Morning) -> Orders:
            given.append(made.decide(morning))
            return given[-1]

    live(replace(weeks, days=1), Noting())
    return given[0]


def test_drawn_contacts_are_as_many_by_each_channel_as_the_next_best_actions_and_of_others(
    weeks: Opening, learned: Learned
) -> None:
    ours, drawn = (first_orders(name, weeks, learned) for name in ("nba", "random"))
    many, few = (np.bincount(orders.channel, minlength=4) for orders in (ours, drawn))
    assert (few <= many).all() and (few > 0.95 * many).all()
    assert len(np.unique(drawn.customer)) == len(drawn.customer)
    assert not np.array_equal(ours.customer[:20], drawn.customer[:20])


def test_without_proven_effects_nothing_is_left_to_leave_out(weeks: Opening, learned: Learned) -> None:
    nothing = {n: replace(b, effects=None, hints=None) for n, b in learned.bundles.items()}
    bare = Learned(learned.configuration, nothing)
    assert same_as("unproven", bare) == same_as("unaided", bare) == "nba"
    assert same_as("propensity-all", bare) == "propensity-all"
    assert live(weeks, policy("unproven", weeks, bare, {}, 1)) == live(weeks, policy("nba", weeks, bare, {}, 1))


def test_where_trials_hint_at_effects_these_can_be_left_out_and_what_people_wrote_counts_for_nothing(
    weeks: Opening, learned: Learned
) -> None:
    renewal = learned.bundles["renewal"]
    telling = EffectInputs(renewal.manifest.encoding)
    put_off = UpliftModel(renewal.model, {"any": Even(-3.0)})
    hints = Effects("renewal", renewal.manifest.encoding, telling, put_off)
    bare = {name: replace(bundle, effects=None, hints=None) for name, bundle in learned.bundles.items()}
    plain = Learned(learned.configuration, bare)
    hinted = Learned(learned.configuration, bare | {"renewal": replace(bare["renewal"], hints=hints)})
    assert (same_as("unproven", hinted), same_as("unaided", hinted)) == ("unproven", "nba")
    outcomes = [live(weeks, policy(name, weeks, whose, {}, 1))
                for name, whose in (("nba", plain), ("unproven", hinted), ("nba", hinted))]  # fmt: skip
    assert outcomes[0] == outcomes[1]
    assert outcomes[2] != outcomes[1]


def test_effects_that_people_wrote_are_in_the_catalogue_and_can_be_left_out() -> None:
    catalogue = load("insurer").catalogue
    assert any(action.uplift for action in catalogue.actions)
    assert not any(action.uplift for action in unaided(catalogue).actions)


def test_as_it_is_served_it_leaves_a_control_group_alone_and_learns_from_what_came(
    start: Opening, learned: Learned
) -> None:
    made, contacted = served(start, learned), set[int]()

    class Noting:
        reads = True

        def decide(self, morning: Morning) -> Orders:
            orders = made.decide(morning)
            contacted.update(orders.customer.tolist() if f"{morning.now:%m}" == "01" else [])
            return orders

    live(start, Noting())
    ids = [f"C{number:07d}" for number in range(1, SMALL.customers + 1)]
    arms = assign(made.catalogue.experiments, ids, datetime(2026, 1, 15, tzinfo=UTC), "Asia/Shanghai")
    control = {row for row in range(SMALL.customers) if arms.controlled(row)}
    assert control and not control & contacted
    assert len(contacted) > SMALL.customers / 3
    assert sum(made.evidence.of(action.name).trials for action in made.catalogue.actions) > 20


def test_a_year_that_it_led_is_a_record_that_names_its_actions_and_decisions_and_knows_no_legacy(
    learned: Learned,
) -> None:
    start = beginning(400, 25, 50, BEGIN, 3, SCENARIOS["default"])
    made = served(start, learned)
    last = year(start, made)
    events = made.close(last.events)
    assert events["id"].n_unique() == len(events)
    assert start.history.events["id"].is_in(events["id"].implode()).all()
    contacts = events.filter(pl.col("type").is_in(["call.attempted", "wecom.message_sent", "sms.sent"]))
    assert len(contacts) > 50
    assert contacts.select("action", "scene", "decision_id").null_count().row(0) == (0, 0, 0)
    good = checked(learned.configuration.workspace, History(last.customers, events, last.observed_until))
    assert len(good.events) == len(events)


def test_the_generation_of_a_served_policy_is_in_its_name() -> None:
    assert [generation_of(name) for name in ("served", "served-2", "served-x", "nba", "static-all")] == [1, 2, 0, 0, 0]
    assert Settings(policies=("nba",), generations=2).names == ("nba", "served", "served-2")


def test_the_old_name_of_the_reference_is_understood() -> None:
    assert Settings(policies=("fifo", "oracle")).names == ("fifo", "reference")


def test_runs_are_written_down_as_they_end_and_not_made_again(tmp_path: Path) -> None:
    kept = tmp_path / "runs.jsonl"
    few = Settings(policies=("nobody", "fifo"), seeds=1, customers=200, days=14, first=7)
    made = contest(few, None, silent, kept)
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 2
    key = few.run("fifo", few.first_teacher, 7)
    kept.write_text("", encoding="utf-8")
    Runs(kept).keep(key, outcome(0.123))
    again = contest(few, None, silent, kept)
    assert again.outcomes["fifo"] == [[outcome(0.123)]]
    assert again.outcomes["nobody"] == made.outcomes["nobody"]


def test_an_interval_holds_for_other_teachers_too_where_that_of_branches_alone_does_not() -> None:
    rng = np.random.default_rng(1)
    held = {"both": 0, "branches": 0}
    for _ in range(1_000):
        teachers, branches = rng.normal(0, 1.0, (5, 1)), rng.normal(0, 0.7, (1, 4))
        cells = teachers + branches + rng.normal(0, 0.5, (5, 4))
        for name, shown in (("both", cells), ("branches", cells.mean(axis=0))):
            found = interval(shown)
            held[name] += found["low"] <= 0 <= found["high"]  # type: ignore[operator]
    assert 935 < held["both"] < 990
    assert held["branches"] < 900


def test_an_interval_of_one_teacher_is_that_of_branches() -> None:
    assert interval([[1.0, 2.0, 4.0]]) == interval([1.0, 2.0, 4.0])


def test_an_unknown_history_or_base_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InvalidInput, match="guessed"):
        Settings(history="guessed")
    monkeypatch.setattr(sys, "argv", ["nextlead", "simulate", "--policies", "fifo", "--base", "nba"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code
    assert "nba" in capsys.readouterr().err

"""`nextlead simulate`: policies on identical worlds, compared with intervals."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from commands.comparison import compared, interval
from commands.contest import BEGIN, Settings, branch, contest, policy
from commands.levers import parsed, pulled
from commands.main import main
from commands.policies.models import Learned, learn
from commands.policies.observed import Observed
from commands.policies.product import Acts
from features.configuration import load
from features.history import states_at
from leads.errors import InvalidInput
from simulator.loop import SCENARIOS, Morning, Opening, Orders, Outcome, live, opening
from simulator.loop.policy import CALL, HELP, PLAIN, RENEWAL, SALE, SERVICE

SMALL = Settings(seeds=1, customers=500, days=50, past_customers=1_000)


def silent(*_: object) -> None:
    """Tells nobody."""


@pytest.fixture(scope="module")
def start() -> Opening:
    return branch(SMALL, 1)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    past = opening(1_000, 365, 1, BEGIN, 99, SCENARIOS["default"])
    return learn(tmp_path_factory.mktemp("taught") / "home", past.history, 7, silent)


def outcome(renewal: float, gmv: float = 0.0) -> Outcome:
    return Outcome(renewal, *(0.0,) * 2, gmv, *(0.0,) * 6)


@pytest.mark.parametrize("name", ["static", "propensity", "nba"])
def test_a_small_closed_loop_runs_end_to_end(start: Opening, learned: Learned, name: str) -> None:
    found = live(start, policy(name, start, learned, SMALL))
    assert 0.4 < found.renewal_rate < 1
    assert found == live(start, policy(name, start, learned, SMALL))
    assert (found.calls > 0) == (found.agent_hours > 0)


def test_the_policies_of_scores_call_and_the_next_best_action_also_writes(start: Opening, learned: Learned) -> None:
    assert live(start, policy("propensity", start, learned, SMALL)).messages == 0
    assert live(start, policy("nba", start, learned, SMALL)).messages > 0


@pytest.mark.parametrize(
    ("action", "purpose", "tone"),
    [("renewal_call", RENEWAL, HELP), ("listening_call", SERVICE, HELP), ("policy_review_wecom", SALE, PLAIN)],
)
def test_what_a_contact_is_about_follows_from_its_action(action: str, purpose: int, tone: int) -> None:
    catalogue = load("insurer").catalogue
    acts, place = Acts.of(catalogue), [item.name for item in catalogue.actions].index(action)
    assert (acts.purpose[place], acts.tone[place]) == (purpose, tone)


def test_what_is_folded_day_by_day_is_what_all_of_history_folds_to(start: Opening, learned: Learned) -> None:
    class Noting:
        reads = True

        def __init__(self) -> None:
            self.observed = Observed(learned.configuration, start.history, SMALL.customers)
            self.events = [start.history.events]

        def decide(self, morning: Morning) -> Orders:
            self.observed.update(morning)
            self.events.append(morning.events)
            rows, frame = self.observed.frame(morning)
            who = rows[frame["consent_call"].fill_null(False).to_numpy()]
            return Orders.of(who[:20], CALL, 1)

    noting = Noting()
    live(start, noting)
    layout = learned.configuration.layout.interactions
    everyone = pl.Series("customer_id", [f"C{number:07d}" for number in range(1, SMALL.customers + 1)])
    whole = states_at(learned.configuration.workspace, layout, everyone, pl.concat(noting.events))
    np.testing.assert_allclose(noting.observed._interactions, whole, rtol=1e-9)


def test_policies_run_from_the_command_line_and_are_told_as_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "result.json"
    asked = ["simulate", "--policies", "fifo,blast,oracle", "--seeds", "2", "--customers", "300", "--days", "50"]
    monkeypatch.setattr(sys, "argv", ["nextlead", *asked, "--world", "half_agents", "--json", str(target)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    told: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    assert set(told["policies"]) == {"fifo", "blast", "oracle"}
    assert told["settings"]["world"] == "half_agents"
    for name in ("blast", "oracle"):
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
        "fifo": [outcome(0.6), outcome(0.8)],
        "nba": [outcome(0.7), outcome(0.9)],
        "oracle": [outcome(0.8), outcome(1.0)],
    }
    found: Any = compared(runs)
    assert found["nba"]["difference"]["renewal_rate"]["low"] == pytest.approx(0.1)
    assert found["nba"]["share"]["renewal_rate"]["mean"] == pytest.approx(0.5)
    assert "share" not in found["oracle"]


def test_levers_are_read_and_an_unknown_one_is_named() -> None:
    catalogue = load("insurer").catalogue
    moved = pulled(catalogue, parsed("scene.renewal=2, action.gift_sms=0"))
    assert moved.levers["scene"]["renewal"] == 2
    assert moved.lever(next(action for action in moved.actions if action.name == "gift_sms")) == 0
    with pytest.raises(InvalidInput, match=r"scene\.imagined"):
        pulled(catalogue, parsed("scene.imagined=2"))


def test_an_unknown_policy_or_world_is_named() -> None:
    with pytest.raises(InvalidInput, match="astrology"):
        Settings(policies=("astrology",))
    with pytest.raises(InvalidInput, match="mars"):
        Settings(world="mars")


def test_policies_without_models_need_none() -> None:
    found = contest(Settings(policies=("nobody",), seeds=1, customers=200, days=50), None, silent)
    assert found.models == {}
    assert found.outcomes["nobody"][0].agent_hours == 0


def test_no_share_is_told_where_the_oracle_gains_nothing() -> None:
    runs = {name: [outcome(0.6), outcome(0.6)] for name in ("fifo", "nba", "oracle")}
    found: Any = compared(runs)
    assert found["nba"]["share"]["renewal_rate"] == {"mean": 0.0, "low": None, "high": None}

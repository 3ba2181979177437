"""Challengers beside champions on a home whose record goes on after both were trained."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from features.home import Home
from monitoring.shadow.collector import ShadowCollector
from monitoring.shadow.shadow import shadow
from tests.training.small_insurer import UNTIL, Ready, home_in, simulated
from training.registry import Registry
from training.train import train

THEN = UNTIL - timedelta(days=90)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, ready: Ready) -> Home:
    """Two versions of one objective that learned from all but the last 90 days, by other seeds."""
    made = ready(home_in(tmp_path_factory.mktemp("shadow"), simulated(900)))
    registry = Registry(made)
    for seed in (7, 8):
        result = train(made, "conversion", until=THEN, seed=seed, threads=1)
        (registry.promote if seed == 7 else registry.challenge)("conversion", result.version)
    return made


def test_both_score_the_same_customers_and_outcomes_tell_which_was_right(home: Home) -> None:
    before = Registry(home).aliases()
    found = shadow(home)["objectives"]["conversion"]
    assert (found["champion"], found["challenger"]) == ("1", "2")
    assert found["now"]["rows"] > 100
    assert 0.5 < found["now"]["spearman"] <= 1
    told = found["outcomes"]
    assert told["positives"] >= 20
    assert told["auc"]["challenger"] - told["auc"]["champion"] == pytest.approx(told["auc_gain"])
    assert told["auc_gain_interval"][0] <= told["auc_gain"] <= told["auc_gain_interval"][1]
    assert Registry(home).aliases() == before


def test_outcomes_that_either_model_learned_from_tell_nothing(home: Home) -> None:
    told = shadow(home, at=THEN)["objectives"]["conversion"]["outcomes"]
    assert (told["rows"], told["auc_gain"]) == (0, None)


def test_what_was_found_last_is_told_as_metrics(home: Home, tmp_path: Path) -> None:
    found = shadow(home)["objectives"]["conversion"]
    registry = CollectorRegistry()
    registry.register(ShadowCollector(home))
    text = generate_latest(registry).decode()
    assert f'nextlead_shadow_overlap{{objective="conversion",percent="10"}} {found["now"]["overlap"]["10"]}' in text
    assert f'nextlead_shadow_auc_gain{{objective="conversion"}} {found["outcomes"]["auc_gain"]}' in text
    nothing = CollectorRegistry()
    nothing.register(ShadowCollector(Home(tmp_path)))
    assert "{" not in generate_latest(nothing).decode()


def test_a_home_without_a_challenger_has_nothing_to_compare(tmp_path: Path) -> None:
    assert shadow(home_in(tmp_path, simulated(20)))["objectives"] == {}

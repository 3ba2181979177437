"""What `monitoring.yaml` may say, and what holds where it says nothing."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from features.configuration import load
from features.home import Home
from leads.configuration.watch import USUAL, parse_watch
from leads.errors import InvalidWorkspace
from tests.monitoring.told_home import END


def test_where_nothing_is_declared_it_looks_daily_and_trains_nothing() -> None:
    found = parse_watch(None)
    assert found == USUAL == load("insurer").watch
    assert found.every == timedelta(days=1)
    assert not found.retraining.when


def test_it_is_read_with_the_workspace_and_goes_with_the_home(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(load("insurer").folder, folder)
    told = {"every": "6h", "alerts": {"mute": ["drift"], "confirm": 2, "remind": "never"}}
    (folder / "monitoring.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    home = Home.create(tmp_path / "home", load(folder), END)
    watch = home.configuration.watch
    assert (watch.every, watch.mute, watch.confirm, watch.remind) == (timedelta(hours=6), {"drift"}, 2, None)
    assert home.configuration.workspace.digest == load("insurer").workspace.digest


@pytest.mark.parametrize(
    ("document", "key", "allowed"),
    [
        ({"often": "1d"}, "often", "every"),
        ({"every": "1s"}, "every", "10m"),
        ({"every": "daily"}, "every", "a number followed by"),
        ({"alerts": {"mute": ["weather"]}}, "alerts.mute", "feed_silent"),
        ({"alerts": {"confirm": 0}}, "alerts.confirm", "at least 1"),
        ({"alerts": {"clear": 1.5}}, "alerts.clear", "whole"),
        ({"retrain": {"when": ["rain"]}}, "retrain.when", "drift"),
        ({"retrain": {"wait": "0d"}}, "retrain.wait", "above 0"),
        (["1d"], "(top)", "a mapping"),
    ],
)
def test_what_it_may_not_say_is_refused_with_what_it_may(document: Any, key: str, allowed: str) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        parse_watch(document)
    assert key in str(refused.value) and allowed in str(refused.value)

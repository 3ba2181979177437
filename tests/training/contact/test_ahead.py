"""Effects of contact that another process seeks are those that are found one after another."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.home import Home
from leads.errors import InvalidInput, Unavailable
from tests.training.small_insurer import Ready, home_in
from tests.training.small_trials import WORKSPACE, tossed
from training.contact.ahead import ahead
from training.contact.uplift_training import Benefits
from training.train import train

NOW = datetime(2026, 6, 2, tzinfo=UTC)
NAMES = ("interest", "conversion")
"""What is like another first, as the sample insurer has it."""


def files(home: Home) -> dict[str, bytes]:
    return {str(path.relative_to(home.models)): path.read_bytes() for path in home.models.glob("*/*/**/*.*")}


@pytest.mark.study
def test_bundles_are_byte_for_byte_those_of_one_process(tmp_path: Path, ready: Ready) -> None:
    alone, beside = (ready(home_in(tmp_path / name, tossed(), WORKSPACE)) for name in ("alone", "beside"))
    benefits = Benefits(alone, seed=3)
    for name in NAMES:
        train(alone, name, seed=3, now=NOW, benefits=benefits)
    with ahead(beside, NAMES, seed=3) as coming:
        for name in NAMES:
            train(beside, name, seed=3, now=NOW, benefits=coming)
    assert any("uplift" in name for name in files(alone))
    assert files(beside) == files(alone)


def test_what_cannot_be_sought_is_told_as_it_is_in_one_process(tmp_path: Path) -> None:
    home = home_in(tmp_path, tossed(50), WORKSPACE)
    with pytest.raises(InvalidInput) as alone:
        Benefits(home).of("renewal")
    with ahead(home, ["renewal"]) as coming, pytest.raises(InvalidInput) as beside:
        coming.of("renewal")
    assert (str(beside.value), beside.value.errors) == (str(alone.value), alone.value.errors)


def test_a_killed_process_is_told_of(tmp_path: Path) -> None:
    before = multiprocessing.active_children()
    with ahead(home_in(tmp_path, tossed(50), WORKSPACE), ["conversion"]) as coming:
        for child in multiprocessing.active_children():
            if child not in before:
                child.kill()
        with pytest.raises(Unavailable, match="was killed"):
            coming.of("conversion")

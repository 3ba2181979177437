"""Which models are in use, also while the file that names them is corrupt."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from features.home import Home
from leads.errors import DamagedFiles
from serving.composition import Composition
from serving.http.warmup import warm_up
from serving.scoring.models import Models
from serving.store.engine import connect
from tests.serving.small_home import NOW
from tests.serving.small_service import with_other
from training.registry import Registry

CORRUPT = ("{", '["sale"]', '{"sale": "3"}', '{"sale": {"champion": 3}}', "")


def write(file: Path, text: str) -> None:
    """Write it, with another time than the file had."""
    later = file.stat().st_mtime_ns + 1_000_000
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(later, later))


@pytest.mark.parametrize("text", CORRUPT)
def test_models_that_nobody_can_name_are_told_by_the_file_that_is_corrupt(home: Home, text: str) -> None:
    write(home.models / "aliases.json", text)

    states = Models(home).states

    assert len(states) == 3
    for state in states:
        assert state.bundle is None
        assert state.problem is not None and state.problem.startswith("models/aliases.json cannot be read: put back")


def test_models_in_use_stay_so_while_their_names_are_corrupt_and_change_once_they_are_mended(home: Home) -> None:
    file, models = home.models / "aliases.json", Models(home)
    before, named = models.versions, file.read_text("utf-8")

    write(file, "{")
    assert not models.refresh()
    assert models.versions == before != {}

    write(file, "{}")
    assert models.refresh()
    assert models.versions == {}
    write(file, named)
    models.refresh()
    assert models.versions == before


def test_an_objective_whose_champion_does_not_exist_has_no_scores_and_says_what_to_do(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    objective, *others = sorted(home.configuration.workspace.objectives)
    named = Registry(home).aliases()
    write(home.models / "aliases.json", json.dumps({**named, objective: {"champion": "99"}}))

    models = Models(home)

    assert sorted(models.bundles) == others
    assert f"{objective} has no scores: " in (told := capsys.readouterr().err)
    assert "99 does not exist: put back a copy, or promote a version that there is" in told


@pytest.mark.parametrize("text", CORRUPT)
def test_the_registry_names_the_file_that_is_corrupt(home: Home, text: str) -> None:
    write(home.models / "aliases.json", text)

    with pytest.raises(DamagedFiles, match=r"models/aliases\.json cannot be read"):
        Registry(home).aliases()


def test_warming_up_without_a_store_says_what_failed_and_goes_on(
    parts: Composition, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = connect(f"unix://{tmp_path}/nobody.sock")
    cold = with_other(parts, client=away)

    warm_up(cold.contacts, cold.scores, cold.scorer, cold.decider, cold.queue.names, cold.queue.waiting, NOW)

    assert "warming up failed: the hot store does not answer" in capsys.readouterr().err

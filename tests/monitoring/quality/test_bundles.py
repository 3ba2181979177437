"""A model that was put back to an older one is told of; one that was promoted is not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from features.home import Home
from models.bundle import Bundle
from monitoring.quality.bundles import bundles
from tests.training.small_insurer import Trained


@pytest.fixture
def home(trained: Trained, tmp_path: Path) -> Home:
    """Two versions of a model, the second a month younger."""
    made = Home(tmp_path / "home")
    first = made.models / "conversion" / "1"
    shutil.copytree(trained.results["conversion"].folder, first)
    loaded = Bundle.load(first)
    younger = loaded.manifest.created_at + timedelta(days=30)
    second = made.models / "conversion" / "2"
    shutil.copytree(first, second)
    manifest = replace(loaded.manifest, version="2", created_at=younger)
    (second / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return made


def used(home: Home, version: str) -> dict[str, Bundle]:
    return {"conversion": Bundle.load(home.models / "conversion" / version)}


def test_an_older_bundle_in_place_of_one_that_served_is_told(home: Home) -> None:
    told = list(bundles(home, used(home, "1"), {"conversion": "2"}))
    assert [(one.kind, one.subject) for one in told] == [("model_swapped", "conversion")]
    assert "in place of 2" in told[0].text.en


def test_a_newer_bundle_is_nothing(home: Home) -> None:
    assert list(bundles(home, used(home, "2"), {"conversion": "1"})) == []


def test_a_newer_one_that_never_served_is_nothing(home: Home) -> None:
    assert list(bundles(home, used(home, "1"), {"conversion": "1"})) == []


def test_a_folder_that_holds_another_version_is_told(home: Home) -> None:
    shutil.rmtree(home.models / "conversion" / "2")
    shutil.copytree(home.models / "conversion" / "1", home.models / "conversion" / "2")
    assert [one.kind for one in bundles(home, used(home, "2"), {})] == ["model_swapped"]

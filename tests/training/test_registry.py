from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands.model import models
from features.home import Home
from leads.errors import CorruptBundle, InvalidInput, NotFound
from tests.training.small_insurer import Trained
from training.registry import Registry

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def registry(trained: Trained, tmp_path: Path) -> Registry:
    """A copy of the trained home, with a second version of `conversion` that nobody has promoted."""
    home = Home(Path(shutil.copytree(trained.home.folder, tmp_path / "home")))
    registry = Registry(home)
    with registry.run("conversion", NOW) as run:
        shutil.copytree(registry.folder("conversion", "1"), registry.folder("conversion", run.version))
    return registry


def test_versions_are_listed_newest_first_with_their_aliases(registry: Registry) -> None:
    found = [(item.version, item.aliases) for item in registry.list("conversion")]
    assert found == [("2", ()), ("1", ("champion",))]
    assert {item.objective for item in registry.list()} == {"conversion", "renewal", "cross_sell"}


def test_promotion_changes_what_serving_reads_and_what_mlflow_shows(registry: Registry) -> None:
    registry.challenge("conversion", "2")
    assert registry.aliases()["conversion"] == {"champion": "1", "challenger": "2"}
    registry.promote("conversion", "2")
    assert registry.aliases()["conversion"] == {"champion": "2"}
    assert str(registry.client.get_model_version_by_alias("conversion", "champion").version) == "2"


def test_a_version_that_is_named_as_in_use_and_does_not_exist_is_listed_as_missing(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert registry.missing() == ()
    file = registry.home.models / "aliases.json"
    file.write_text(json.dumps(registry.aliases() | {"conversion": {"champion": "99", "challenger": "2"}}))
    assert registry.missing() == ("conversion/99 (champion)",)
    models(registry.home.folder)
    assert "conversion/99 (champion) does not exist" in capsys.readouterr().out


def test_rollback_goes_back_through_the_champions(registry: Registry) -> None:
    registry.promote("conversion", "2")
    assert registry.rollback("conversion") == "1"
    assert registry.aliases()["conversion"]["champion"] == "1"
    with pytest.raises(InvalidInput, match="an earlier champion"):
        registry.rollback("conversion")


def test_a_version_that_does_not_exist_cannot_be_promoted(registry: Registry) -> None:
    with pytest.raises(NotFound, match="there are 2, 1"):
        registry.promote("conversion", "9")


def test_a_spoiled_version_cannot_be_promoted(registry: Registry) -> None:
    (registry.folder("conversion", "2") / "model.txt").write_text("tree")
    with pytest.raises(CorruptBundle):
        registry.promote("conversion", "2")
    assert registry.aliases()["conversion"] == {"champion": "1"}


def test_a_run_that_fails_leaves_no_version(registry: Registry) -> None:
    with pytest.raises(RuntimeError), registry.run("conversion", NOW):
        raise RuntimeError("halfway")
    versions = registry.client.search_model_versions("name = 'conversion'")
    assert sorted(str(version.version) for version in versions) == ["1", "2"]


def test_without_a_champion_the_way_to_one_is_told(registry: Registry) -> None:
    (registry.home.models / "aliases.json").write_text(json.dumps({}))
    assert registry.champion("renewal") is None
    with pytest.raises(NotFound, match="nextlead train"):
        registry.require_champion("renewal")

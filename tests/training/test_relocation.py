"""A home that was copied elsewhere: its registry leads into the copy, and goes on there."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from features.configuration import load
from features.home import Home
from tests.training.small_insurer import Ready
from training.registry import Registry
from training.relocation import relocate

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def with_a_run(folder: Path, ready: Ready) -> Home:
    """A home whose registry has a version with an artifact and a card."""
    home = ready(Home.create(folder, load("insurer"), NOW))
    bundle = folder / "bundle"
    bundle.mkdir()
    (bundle / "card.md").write_text("a card", "utf-8")
    with Registry(home).run("renewal", NOW) as run:
        run.log_folder(bundle, "bundle")
        run.describe("# a card")
    return home


def test_a_copied_home_finds_its_own_artifacts_and_takes_new_ones(tmp_path: Path, ready: Ready) -> None:
    first = with_a_run(tmp_path / "a_b", ready)
    copy = Home.open(shutil.copytree(first.folder, tmp_path / "x" / "copy of it"))
    shutil.rmtree(first.folder)
    registry = Registry(copy)
    version = registry.client.get_model_version("renewal", "1")
    run = registry.client.get_run(version.run_id)
    for address in (version.source, run.info.artifact_uri):
        assert address.startswith(copy.mlflow.as_uri())
    found = registry.client.download_artifacts(version.run_id, "bundle/card.md", str(tmp_path))
    assert Path(found).read_text("utf-8") == "a card"
    with registry.run("renewal", NOW) as second:
        assert second.version == "2"
    assert registry.client.get_run(second.id).info.artifact_uri.startswith(copy.mlflow.as_uri())


def test_a_home_that_stays_is_left_alone(tmp_path: Path, ready: Ready) -> None:
    home = with_a_run(tmp_path / "home", ready)
    assert not relocate(home.mlflow / "mlflow.db", home.mlflow / "artifacts")
    assert not relocate(tmp_path / "none.db", home.mlflow / "artifacts")


def test_a_version_is_described_by_its_card(tmp_path: Path, ready: Ready) -> None:
    assert (
        Registry(with_a_run(tmp_path / "home", ready)).client.get_model_version("renewal", "1").description
        == "# a card"
    )

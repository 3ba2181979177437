from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leads.errors import CorruptBundle, InvalidInput
from leads.sheet.sheet import Sheet
from models.bundle import FILES, Bundle
from models.manifest import Manifest
from tests.training.small_insurer import Trained


@pytest.fixture(scope="module")
def bundle(trained: Trained) -> Bundle:
    return Bundle.load(trained.results["conversion"].folder)


def edited(folder: Path, **changes: object) -> None:
    document = json.loads((folder / "manifest.json").read_text()) | changes
    (folder / "manifest.json").write_text(json.dumps(document))


def test_a_manifest_survives_the_way_through_json(bundle: Bundle) -> None:
    assert Manifest.from_json(bundle.manifest.to_json()) == bundle.manifest


def test_a_bundle_which_knows_ids_is_its_owners_alone(bundle: Bundle) -> None:
    assert stat.S_IMODE(bundle.folder.stat().st_mode) == 0o700


def test_the_reference_holds_the_features_and_what_the_bundle_predicts(bundle: Bundle) -> None:
    reference = bundle.reference()
    assert set(bundle.manifest.encoding.names) < set(reference.columns)
    np.testing.assert_allclose(bundle.predict(reference), reference["probability"].to_numpy(), rtol=1e-6)


def test_a_row_alone_gets_the_probability_it_gets_among_others(bundle: Bundle) -> None:
    rows = bundle.reference()[:200]
    alone = [bundle.predict(rows[i : i + 1])[0] for i in range(len(rows))]
    np.testing.assert_array_equal(alone, bundle.predict(rows))


def test_one_row_is_predicted_within_two_milliseconds(bundle: Bundle) -> None:
    row = bundle.reference()[:1]
    times = []
    for _ in range(30):
        begin = time.perf_counter()
        bundle.predict(row)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.002


def test_no_rows_are_no_error(bundle: Bundle) -> None:
    empty = bundle.reference().clear()
    assert bundle.predict(empty).shape == (0,)
    assert bundle.contributions(empty) == []


def test_a_missing_feature_is_named(bundle: Bundle) -> None:
    with pytest.raises(InvalidInput, match="age"):
        bundle.predict(bundle.reference().drop("age"))


def test_a_category_never_seen_is_scored_like_a_missing_one(bundle: Bundle) -> None:
    row = bundle.reference()[:1]
    new, missing = (row.with_columns(pl.lit(v, pl.String).alias("region")) for v in ("moon", None))
    assert bundle.predict(new) == bundle.predict(missing)


def test_contributions_are_those_of_all_features_the_largest_first(bundle: Bundle) -> None:
    (added,) = bundle.contributions(Sheet.of(bundle.reference()[:1]))
    sizes = [abs(amount) for _, amount in added]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 0
    assert sorted(name for name, _ in added) == sorted(bundle.manifest.encoding.names)


def test_all_contributions_with_the_base_make_the_score(bundle: Bundle) -> None:
    row = bundle.reference()[:1]
    matrix = bundle.manifest.encoding.matrix(row)
    (added,) = bundle.contributions(Sheet.of(row))
    base = np.asarray(bundle.model.predict(matrix, pred_contrib=True))[0, -1]
    raw = bundle.model.predict(matrix, raw_score=True)[0]
    assert sum(amount for _, amount in added) + base == pytest.approx(raw)


def test_tiers_fall_with_the_probability(bundle: Bundle) -> None:
    tiers = bundle.manifest.tiers
    assert tiers.top >= tiers.promising >= tiers.medium
    found = [bundle.tier(p) for p in (1.0, tiers.top, tiers.medium, 0.0)]
    assert found == ["top", "top", found[2], "ordinary"]


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_refused(bundle_folder: Path, name: str) -> None:
    with (bundle_folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(CorruptBundle, match=name):
        Bundle.load(bundle_folder)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_refused(bundle_folder: Path, name: str) -> None:
    (bundle_folder / name).unlink()
    with pytest.raises(CorruptBundle, match=name):
        Bundle.load(bundle_folder)


def test_a_feature_list_that_was_not_hashed_is_refused(bundle_folder: Path) -> None:
    features = json.loads((bundle_folder / "manifest.json").read_text())["features"]
    edited(bundle_folder, features=features[::-1])
    with pytest.raises(CorruptBundle, match="feature_hash"):
        Bundle.load(bundle_folder)


def test_a_manifest_that_is_no_manifest_is_refused(bundle_folder: Path) -> None:
    for text in ("", "[]", "{}", '{"format": 99}'):
        (bundle_folder / "manifest.json").write_text(text)
        with pytest.raises(CorruptBundle, match=rf"manifest.json.*: put back a copy of {bundle_folder}"):
            Bundle.load(bundle_folder)


def test_calibrator_points_that_fall_are_refused(bundle_folder: Path) -> None:
    edited(bundle_folder, calibrator={"scale": "log-odds", "x": [0, 1], "y": [1, 0]})
    with pytest.raises(CorruptBundle, match="must rise"):
        Bundle.load(bundle_folder)


def test_another_workspace_or_objective_is_refused(bundle_folder: Path) -> None:
    with pytest.raises(CorruptBundle, match="another configuration"):
        Bundle.load(bundle_folder, workspace_digest="other")
    with pytest.raises(CorruptBundle, match="'conversion', not 'renewal'"):
        Bundle.load(bundle_folder, objective="renewal")


def test_a_bundle_holds_no_pickle(bundle: Bundle) -> None:
    assert {path.suffix for path in bundle.folder.iterdir()} == {".json", ".txt", ".parquet", ".md"}

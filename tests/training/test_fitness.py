from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from features.layout import FeatureLayout
from models.bundle import Bundle
from models.encoding import Encoding
from tests.training.small_insurer import WORKSPACE, Trained, configuration_in
from training.fitness import Timer, fitness_checks
from training.gates import Check


@pytest.fixture(scope="module")
def bundle(trained: Trained) -> Bundle:
    return Bundle.load(trained.results["conversion"].folder)


def ticking(seconds: float) -> Timer:
    """Each look at it is so many seconds after the one before."""
    ticks: Iterator[int] = count()
    return lambda: next(ticks) * seconds


def found(trained: Trained, bundle: Bundle, layout: FeatureLayout | None = None, each: float = 0.0) -> dict[str, Check]:
    configuration = trained.home.configuration
    objective = configuration.objective("conversion")
    checks = fitness_checks(objective, layout or configuration.layout, bundle, ticking(each))
    return {check.name: check for check in checks}


def test_every_trained_version_was_asked_whether_the_service_can_use_it(trained: Trained) -> None:
    for result in trained.results.values():
        told = {check.name: check for check in result.checks}
        assert told["features_known"].passed
        assert told["latency"].passed
        assert told["latency"].value is not None and told["latency"].value > 0


def test_a_model_that_is_slower_than_its_budget_fails(trained: Trained, bundle: Bundle) -> None:
    rows = min(len(bundle.reference()), 1_000)
    for each, passed in ((0.09 * rows / 1_000, True), (0.11 * rows / 1_000, False)):
        check = found(trained, bundle, each=each)["latency"]
        assert (check.passed, check.bound) == (passed, 100.0)
        assert check.value == pytest.approx(each * 1_000 * 1_000 / rows)


def test_a_model_that_reads_what_the_service_does_not_make_fails_and_names_it(
    trained: Trained, bundle: Bundle, tmp_path: Path
) -> None:
    without = configuration_in(tmp_path, WORKSPACE.replace("  age: {type: number}\n", "")).layout
    checks = found(trained, bundle, without)
    assert not checks["features_known"].passed
    assert "age" in checks["features_known"].note
    assert "latency" not in checks


def test_a_feature_of_another_type_is_another_feature(trained: Trained, bundle: Bundle) -> None:
    encoding = bundle.manifest.encoding
    renamed = tuple((name, "Boolean" if name == "age" else dtype) for name, dtype in encoding.features)
    changed = replace(bundle, manifest=replace(bundle.manifest, encoding=Encoding(renamed, encoding.categories)))
    check = found(trained, changed)["features_known"]
    assert (check.passed, check.value, check.note) == (False, 1.0, "the service makes no such feature: age")

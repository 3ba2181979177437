"""Monitoring finds what is planted in an insurer's record."""

from __future__ import annotations

import pytest

from benchmarks import watch
from benchmarks.harness.faults import FAULTS


@pytest.mark.study
def test_every_planted_fault_is_told_within_a_day_of_data_under_its_own_cause() -> None:
    found = watch.run(hours="24", stable="")
    assert len(found["faults"]) == len(FAULTS) + 1
    assert found["late"] == []

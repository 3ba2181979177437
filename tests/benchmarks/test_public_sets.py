"""The table of public sets says what is missing before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import public_sets
from leads.errors import InvalidInput
from tests.public_data import DATA


def test_a_set_that_nobody_knows_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="bpi2012"):
        public_sets.run(str(tmp_path), "kddcup")


def test_a_folder_without_the_file_is_refused_with_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"coil2000/train\.csv\.gz"):
        public_sets.run(str(tmp_path), "coil2000")


@pytest.mark.study
@pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not there")
def test_more_buyers_of_caravan_policies_are_found_than_the_contest_found() -> None:
    found = public_sets.run(str(DATA), "coil2000")["coil2000"]
    (objective,) = found["objectives"].values()
    assert found["train_status"] == 0
    assert objective["gates_failed"] == []
    assert objective["found_first"] > found["aims"]["found_first"]

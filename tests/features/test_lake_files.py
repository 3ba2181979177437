"""Files of the lake are sealed: a byte that changed on the disk is noticed, and every reader of Parquet reads them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.lake_files import is_readable, require_sound, write_file

ROWS = pl.DataFrame({"customer_id": [f"c{i}" for i in range(500)], "premium": [float(i) for i in range(500)]})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lake") / "rows.parquet"
    write_file(path, ROWS)
    return path


def test_a_sealed_file_is_read_by_every_reader(written: Path) -> None:
    assert pl.read_parquet(written).equals(ROWS) and pl.scan_parquet(written).tail(3).collect().equals(ROWS.tail(3))
    assert pl.from_arrow(pyarrow.parquet.read_table(written)).equals(ROWS)
    assert duckdb.read_parquet(str(written)).sum("premium").fetchall() == [(124750.0,)]
    assert is_readable(written)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_bit_that_changed_is_noticed_or_changes_nothing(written: Path, place: float, bit: int) -> None:
    content = bytearray(written.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    changed = written.with_name("changed.parquet")
    changed.write_bytes(content)
    assert not is_readable(changed) or pl.read_parquet(changed).equals(ROWS)


def test_a_file_that_changes_after_it_was_looked_at_is_looked_at_again(written: Path) -> None:
    require_sound([written])
    content = written.read_bytes()
    later = written.with_name("later.parquet")
    later.write_bytes(content)
    require_sound([later])
    later.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    with pytest.raises(pl.exceptions.ComputeError, match="not as it was written"):
        require_sound([later])


def test_a_file_of_an_earlier_version_has_no_seal_and_is_read(tmp_path: Path) -> None:
    ROWS.write_parquet(tmp_path / "old.parquet")
    assert is_readable(tmp_path / "old.parquet")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 nothing PAR1", bytes(100)])
def test_what_is_no_parquet_is_not_readable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rows.parquet").write_bytes(content)
    assert not is_readable(tmp_path / "rows.parquet")

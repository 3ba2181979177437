"""What the append-only file holds is what was written, or the store does not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from leads.errors import Unavailable
from serving.store.checksums import Checksums, damage
from serving.store.engine import connect, running


def _written(folder: Path) -> Path:
    with running(folder) as url:
        for number in range(50):
            connect(url).set(f"name-{number}", "a value of a customer" * 50)
    return next((folder / "appendonlydir").glob("*.incr.aof"))


def _changed(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(bytes(content))


def test_a_byte_that_changed_inside_a_value_keeps_the_store_from_starting_and_is_named(tmp_path: Path) -> None:
    file = _written(tmp_path)
    _changed(file, file.read_bytes().index(b"a value of a customer") + 3)
    with pytest.raises(Unavailable, match=r"incr\.aof is not as it was written.*--discard-store"), running(tmp_path):
        pass


def test_a_file_that_was_cut_off_keeps_the_store_from_starting(tmp_path: Path) -> None:
    file = _written(tmp_path)
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(Unavailable, match="is not as it was written"), running(tmp_path):
        pass


def test_a_store_that_was_stopped_in_order_starts_again_however_often(tmp_path: Path) -> None:
    _written(tmp_path)
    for _ in range(2):
        with running(tmp_path) as url:
            assert connect(url).get("name-7") is not None
            connect(url).set("more", "x" * 3_000_000)


def test_what_was_appended_since_the_last_note_is_believed(tmp_path: Path) -> None:
    file = tmp_path / "appendonlydir" / "appendonly.aof.1.incr.aof"
    file.parent.mkdir()
    file.write_bytes(b"x" * 3_000_000)
    checksums = Checksums(tmp_path)
    checksums.note(whole=True)
    file.write_bytes(b"x" * 3_000_000 + b"more")
    assert damage(tmp_path) is None
    checksums.note()
    checksums.note()
    _changed(file, 3_000_001)
    found = damage(tmp_path)
    assert found is not None and found.start <= 3_000_001 < found.stop


def test_a_command_half_written_that_loading_cut_off_is_no_damage(tmp_path: Path) -> None:
    file = tmp_path / "appendonlydir" / "appendonly.aof.1.incr.aof"
    file.parent.mkdir()
    file.write_bytes(b"x" * 2_500_000)
    checksums = Checksums(tmp_path)
    checksums.note(whole=True)
    file.write_bytes(b"x" * 2_499_990)
    checksums.note()
    file.write_bytes(b"x" * 2_499_990 + b"y" * 100)
    checksums.note()
    assert damage(tmp_path) is None


def test_a_note_that_cannot_be_read_is_damage_too(tmp_path: Path) -> None:
    _written(tmp_path)
    (tmp_path / "appended.json").write_text('{"appendonly.aof.1.incr.aof": 7}')
    with pytest.raises(Unavailable, match=r"appended\.json"), running(tmp_path):
        pass

"""Files of the lake: Parquet with a seal, so that what changed on the disk since it was written is not believed.

Parquet decodes most changed bytes without a word, to other values. The seal is a checksum of all other bytes, and
stands between the row groups and the footer, where readers of Parquet do not look. A file of an earlier version has
none. In an encrypted home the whole file is sealed under the home's key.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
from cryptography.exceptions import InvalidTag

from features.sealing import Seal, is_closed_file, seal_of
from leads.errors import Unavailable

LAKE = "lake"
"""The folder of a home whose files are sealed where it is encrypted."""

_SEAL = b"NEXTLEAD"
"""Before the four bytes of the checksum (CRC-32)."""

_LENGTH = len(_SEAL) + 4

_END = 8
"""Bytes behind the footer: its length, and Parquet's mark."""

_PIECE = 1 << 20


def write_file(path: Path, frame: pl.DataFrame) -> None:
    """Write or replace one file of the lake, whole or not at all. Raises OSError where the disk takes no more."""
    written = BytesIO()
    frame.write_parquet(written, compression="zstd", compression_level=1)
    _replace(path, _sealed(written.getvalue()))


def close_file(path: Path) -> None:
    """Have a file of the lake be as its home wants it by now: sealed under the home's key where there is one."""
    _replace(path, content_of(path))


def sources(files: Sequence[Path]) -> Any:
    """Files of one lake as polars takes them. Raises ComputeError for a sealed one that is not as it was written."""
    if not files or _place_and_seal(files[0])[1] is None:
        return list(files)
    return [content_of(file) for file in files]


def read_file(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """All rows of a file of the lake, or some of its columns."""
    return pl.read_parquet(sources([path])[0], columns=columns, hive_partitioning=False)


def scan_file(path: Path) -> pl.LazyFrame:
    """The rows of a file of the lake."""
    return pl.scan_parquet(sources([path])[0], hive_partitioning=False)


def columns_of(path: Path) -> list[str]:
    """The names of a file's columns."""
    found = sources([path])[0]
    return list(pl.read_parquet_schema(found if isinstance(found, Path) else BytesIO(found)))


def content_of(path: Path) -> bytes:
    """A file as Parquet. Raises ComputeError, as polars does for what it cannot read, for a sealed one that is not as
    it was written; Unavailable where its home has no key.
    """
    content = path.read_bytes()
    if not is_closed_file(content):
        return content
    place, seal = _place_and_seal(path)
    if seal is None:
        raise Unavailable(f"{path} is sealed, and its home tells of no key: put back its encryption.json")
    try:
        return seal.open_file(content, place)
    except InvalidTag as error:
        raise pl.exceptions.ComputeError(f"{path} is not as it was written") from error


def _replace(path: Path, content: bytes) -> None:
    place, seal = _place_and_seal(path)
    hidden = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        hidden.write_bytes(content if seal is None else seal.close_file(content, place))
        hidden.replace(path)
    except OSError:
        hidden.unlink(missing_ok=True)
        raise


def _place_and_seal(path: Path) -> tuple[str, Seal | None]:
    """Where a file stands in the lake of its home, and the home's seal; nothing for one of no lake."""
    lake = next((folder for folder in path.parents if folder.name == LAKE), None)
    return ("", None) if lake is None else (path.relative_to(lake).as_posix(), seal_of(lake.parent))


def require_sound(files: Iterable[Path]) -> None:
    """Raises ComputeError, as polars does for a file that it cannot read, for the first that is not as it was written;
    FileNotFoundError for one that is gone. Each is looked at once, and again when it has changed.
    """
    for file in files:
        state = file.stat()
        if not _is_sound(file, state.st_ino, state.st_mtime_ns, state.st_size):
            raise pl.exceptions.ComputeError(f"{file} is not as it was written")


def is_readable(file: Path) -> bool:
    """Whether a file of the lake can be read, and is as it was written; one that is gone is not damaged."""
    try:
        require_sound([file])
        read_file(file)
    except FileNotFoundError:
        return True
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return False
    return True


def _sealed(parquet: bytes) -> bytes:
    footer = len(parquet) - _END - int.from_bytes(parquet[-_END:-4], "little")
    return b"".join((parquet[:footer], _SEAL, zlib.crc32(parquet).to_bytes(4, "little"), parquet[footer:]))


@lru_cache(maxsize=1 << 16)
def _is_sound(file: Path, inode: int, changed: int, size: int) -> bool:
    """Of a file in one state. Whether one that has no seal, or another, can be read is left to its reader."""
    with file.open("rb") as stream:
        if is_closed_file(stream.read(8)):
            return True
        place = _place(stream, size)
        if place is None:
            return True
        stream.seek(place + len(_SEAL))
        told = int.from_bytes(stream.read(4), "little")
        total = 0
        for start, stop in ((0, place), (place + _LENGTH, size)):
            for piece in _pieces(stream, start, stop):
                total = zlib.crc32(piece, total)
    return total == told


def _place(stream: BinaryIO, size: int) -> int | None:
    """Where the seal begins; None where there is none."""
    if size < _END + _LENGTH:
        return None
    stream.seek(size - _END)
    place = size - _END - int.from_bytes(stream.read(4), "little") - _LENGTH
    if place < 0:
        return None
    stream.seek(place)
    return place if stream.read(len(_SEAL)) == _SEAL else None


def _pieces(stream: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    stream.seek(start)
    while start < stop and (piece := stream.read(min(_PIECE, stop - start))):
        yield piece
        start += len(piece)

"""Compaction: many small files of one day become one, and no row is there twice, whatever crashes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import polars as pl

from features.home import Home, write_json
from features.lake import as_written, writing
from features.lake_files import is_readable, read_file, write_file

MANY = 16
"""Files in a folder from which on they are joined."""

SMALL = 32 * 1024 * 1024
"""Bytes up to which a file is joined with others."""

_PLAN = ".compact-"


def compact(home: Home, most: int = 1, many: int = MANY) -> int:
    """Join the small files of up to `most` folders that hold `many` of them; how many folders were done, 0 while
    another process writes.
    """
    done = 0
    with writing(home, wait=False) as mine:
        for folder in _folders(home) if mine else ():
            if done == most:
                break
            finish(folder)
            files = [file for file in as_written(folder) if file.stat().st_size <= SMALL]
            if len(files) >= many:
                # One that is damaged stays as it is, for whoever mends it.
                files = [file for file in files if is_readable(file)]
            if len(files) >= many:
                _join(folder, files)
                done += 1
    return done


def finish_all(home: Home) -> bool:
    """Complete or undo what was interrupted. To be called before anything is compacted. False while another process
    writes.
    """
    with writing(home, wait=False) as mine:
        for folder in _folders(home) if mine else ():
            finish(folder)
    return mine


def finish(folder: Path) -> None:
    """Where the joined file stands its parts go; where it does not, they stay and nothing has happened."""
    for plan in folder.glob(f"{_PLAN}*"):
        noted = json.loads(plan.read_text("utf-8"))
        if (folder / noted["into"]).exists():
            for name in noted["files"]:
                (folder / name).unlink(missing_ok=True)
        plan.unlink()


def _folders(home: Home) -> Iterator[Path]:
    for kind in ("events", "own", "decisions"):
        yield from sorted((home.lake / kind).glob("date=*"))
    customers = home.lake / "customers"
    if customers.is_dir():
        yield customers


def _join(folder: Path, files: list[Path]) -> None:
    frame = pl.concat([read_file(file) for file in files], how="diagonal")
    name = uuid4().hex
    write_json(folder / f"{_PLAN}{name}.json", {"into": f"{name}.parquet", "files": [file.name for file in files]})
    write_file(folder / f"{name}.parquet", frame)
    finish(folder)

"""Customers leave saved models: their ids in hold-outs, which only tell whose rows belong together."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

import polars as pl

from features.lake_files import write_file
from models.bundle import MANIFEST, digest_of_file

_HOLDOUT = "holdout.parquet"


def forget_in_bundles(folder: Path, customer_ids: Collection[str], digest: Callable[[str], str]) -> int:
    """Put digests in place of these ids in every hold-out under a folder; in how many there was one. A bundle goes on
    saying what is in it.
    """
    return sum(_forget(path, customer_ids, digest) for path in sorted(folder.rglob(_HOLDOUT)))


def _forget(path: Path, customer_ids: Collection[str], digest: Callable[[str], str]) -> bool:
    if "customer_id" not in pl.read_parquet_schema(path):
        return False
    rows = pl.read_parquet(path)
    theirs = set(customer_ids) & set(rows["customer_id"])
    if not theirs:
        return False
    manifest, before = path.with_name(MANIFEST), digest_of_file(path)
    write_file(path, rows.with_columns(pl.col("customer_id").replace({name: digest(name) for name in theirs})))
    fresh = manifest.with_name(f".{MANIFEST}.{os.getpid()}")
    fresh.write_text(manifest.read_text("utf-8").replace(before, digest_of_file(path)), encoding="utf-8")
    fresh.replace(manifest)
    return True

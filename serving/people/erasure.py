"""Erasure: the rows of erased customers leave the lake and the history; what dialers were told of them is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from features.home import Home
from features.lake import write_file, writing
from serving.dialers.deadletters import forget_letters
from serving.dialers.vicidial.book import forget_numbers
from serving.digest import digest_of
from serving.services import Services


def erase_pending(services: Services) -> int:
    """Clean the lake of whoever was erased since, and what is kept for dialers; how many there were. What was accepted
    before is recorded first.
    """
    ids = sorted(name.decode() for name in services.client.smembers(services.keyspace.erasing))  # type: ignore[union-attr]
    if not ids:
        return 0
    services.recorder.drain()
    erase_from_lake(services.home, ids)
    forget_letters(services.client, services.keyspace, ids)
    forget_numbers(services.client, services.keyspace, ids)
    with services.client.pipeline(transaction=True) as pipeline:
        pipeline.srem(services.keyspace.erasing, *ids)
        pipeline.sadd(services.keyspace.lake_erased, *map(digest_of, ids))
        pipeline.execute()
    return len(ids)


def erase_from_lake(home: Home, customer_ids: Sequence[str]) -> int:
    """Remove every row of the customers from the lake and the history; how many files held one."""
    with writing(home):
        files = [path for folder in (home.lake, home.history) for path in sorted(folder.rglob("*.parquet"))]
        return sum(_erase(path, customer_ids) for path in files)


def _erase(path: Path, customer_ids: Sequence[str]) -> bool:
    """Whether the file held a row of theirs."""
    if "customer_id" not in pl.read_parquet_schema(path):
        return False
    mine, frame = pl.col("customer_id").is_in(list(customer_ids)), pl.scan_parquet(path, hive_partitioning=False)
    if frame.filter(mine).select(pl.len()).collect().item() == 0:
        return False
    write_file(path, frame.filter(~mine).collect())
    return True

"""Erasure: the rows of erased customers leave the lake and the history; what imports refused of them, and what dialers
were told of them, is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from features.home import Home
from features.lake import is_readable, write_file, writing
from features.refused import forget
from leads.errors import DamagedFiles
from serving.dialers.deadletters import forget_letters
from serving.dialers.vicidial.book import forget_numbers
from serving.digest import digest_of
from serving.services import Services


def erase_pending(services: Services) -> int:
    """Clean the lake of whoever was erased since, and what is kept for dialers; how many there were. What was accepted
    before is recorded first. Raises DamagedFiles where a file cannot be read: the rest is clean then, and they are
    pending until it is mended or gone.
    """
    ids = sorted(name.decode() for name in services.client.smembers(services.keyspace.erasing))  # type: ignore[union-attr]
    if not ids:
        return 0
    services.recorder.drain()
    erase_from_lake(services.home, ids)
    forget(services.home.refused, ids)
    forget_letters(services.client, services.keyspace, ids)
    services.aside.forget(ids)
    forget_numbers(services.client, services.keyspace, ids)
    with services.client.pipeline(transaction=True) as pipeline:
        pipeline.srem(services.keyspace.erasing, *ids)
        pipeline.sadd(services.keyspace.lake_erased, *map(digest_of, ids))
        pipeline.execute()
    return len(ids)


def erase_from_lake(home: Home, customer_ids: Sequence[str]) -> int:
    """Remove every row of the customers from the lake and the history; how many files held one. Raises DamagedFiles,
    after the other files are clean.
    """
    changed, damaged = 0, []
    with writing(home):
        for path in (path for folder in (home.lake, home.history) for path in sorted(folder.rglob("*.parquet"))):
            try:
                changed += _erase(path, customer_ids)
            except pl.exceptions.PolarsError:
                if is_readable(path):
                    raise
                damaged.append(str(path.relative_to(home.folder)))
    if damaged:
        raise DamagedFiles(damaged)
    return changed


def _erase(path: Path, customer_ids: Sequence[str]) -> bool:
    """Whether the file held a row of theirs."""
    if "customer_id" not in pl.read_parquet_schema(path):
        return False
    mine, frame = pl.col("customer_id").is_in(list(customer_ids)), pl.scan_parquet(path, hive_partitioning=False)
    if frame.filter(mine).select(pl.len()).collect().item() == 0:
        return False
    write_file(path, frame.filter(~mine).collect())
    return True

"""Erasure: the rows of erased customers leave the lake and the history; what imports refused of them, and what dialers
were told of them, is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import polars as pl
import redis

from features.digest import Digests
from features.home import Home
from features.lake import append_own, writing
from features.lake_files import columns_of, is_readable, require_sound, scan_file, write_file
from features.refused import forget
from features.traces import Traces
from leads.errors import DamagedFiles
from models.forgetting import forget_in_bundles
from serving.decisions.ledger import drop
from serving.events.stream import Stream
from serving.live.others_record import OthersRecord
from serving.live.pending_erasures import PendingErasures
from serving.live.refusals import outlasting
from serving.recording.recorder import Recorder
from serving.store.keyspace import Keyspace

Forgetter = Callable[[Sequence[str], Traces], object]
"""Whoever keeps something of customers forgets these ids, and what has traces of them."""


class Cleaning:
    """Cleans up after erasures. record: what stays true of others. forgetters: of all beside the lake."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, home: Home, stream: Stream, recorder: Recorder,
        record: OthersRecord, pending: PendingErasures, forgetters: Sequence[Forgetter],
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._home = home
        self._stream = stream
        self._recorder = recorder
        self._record = record
        self._pending = pending
        self._forgetters = forgetters

    def step(self) -> int:
        """Clean the lake of whoever was erased since, and what is kept for dialers; how many there were. What was
        accepted before is recorded first. Raises DamagedFiles where a file cannot be read: the rest is clean then, and
        they are pending until it is mended or gone.
        """
        ids = self._pending.ids()
        if not ids:
            return 0
        self._recorder.drain()
        traces, digest = self._pending.traces(ids), Digests(self._home.folder).of
        if not self._stream.forget(traces.within):
            return 0
        lasting = outlasting(self._home, ids)
        if len(lasting):
            with writing(self._home):
                append_own(self._home, lasting, f"rests-{lasting['id'][0]}")
        self._record.keep(ids, traces)
        drop(self._client, self._keys, decided(self._home, ids))
        erase_from_lake(self._home, ids)
        forget(self._home.refused, ids, traces)
        for bundles in (self._home.models, self._home.mlflow):
            forget_in_bundles(bundles, ids, digest)
        for forget_too in self._forgetters:
            forget_too(ids, traces)
        self._pending.end(ids, map(digest, ids))
        # What was appended before names them still; a store that appends nothing, or is at it already, says so.
        with suppress(redis.ResponseError):
            self._client.execute_command("BGREWRITEAOF")  # type: ignore[no-untyped-call]
        return len(ids)


def decided(home: Home, customer_ids: Sequence[str]) -> list[str]:
    """The ids of the customers' decisions, as far as the lake can be read. Some are still kept hot: a timeline that was
    made anew does not name them.
    """
    found: list[str] = []
    for path in sorted((home.lake / "decisions").rglob("*.parquet")):
        with suppress(pl.exceptions.PolarsError):
            theirs = scan_file(path).filter(pl.col("customer_id").is_in(customer_ids))
            found += theirs.select("id").collect()["id"].to_list()
    return found


def erase_from_lake(home: Home, customer_ids: Sequence[str]) -> int:
    """Remove every row of the customers from the lake and the history; how many files held one. Raises DamagedFiles,
    after the other files are clean.
    """
    changed, damaged = 0, []
    with writing(home):
        for path in (path for folder in (home.lake, home.history) for path in sorted(folder.rglob("*.parquet"))):
            try:
                changed += _erase(path, customer_ids)
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
                if is_readable(path):
                    raise
                damaged.append(str(path.relative_to(home.folder)))
    if damaged:
        raise DamagedFiles(damaged)
    return changed


def _erase(path: Path, customer_ids: Sequence[str]) -> bool:
    """Whether the file held a row of theirs. One that is not as it was written is not written anew."""
    require_sound([path])
    if "customer_id" not in columns_of(path):
        return False
    mine, frame = pl.col("customer_id").is_in(list(customer_ids)), scan_file(path)
    if frame.filter(mine).select(pl.len()).collect().item() == 0:
        return False
    write_file(path, frame.filter(~mine).collect())
    return True

"""All that is kept on a person, as one document that programs can read: for who asks what is known of them, and to be
sealed under a legal hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import polars as pl
import redis

from features.home import Home
from features.lake import data_of, read_events_of, read_records, steady
from features.lake_files import sources
from features.refused import SCHEMA as REFUSED
from serving.audit.record import Record, Sought
from serving.clock import from_microseconds, written
from serving.events.aside import Aside
from serving.people.consent_record import ConsentRecord
from serving.people.contact import Contact
from serving.people.contacts import Contacts
from serving.people.customers import Customers
from serving.recording.recorder import Recorder
from serving.scoring.scorer import Scorer
from serving.store.keys.key import Customers as Standing
from serving.store.keys.key import Key, Shape, declared
from serving.store.keyspace import Keyspace

FORMAT = 1

_READ = {Shape.HASH: "hget", Shape.SORTED: "zscore", Shape.SET: "sismember"}


class PersonExport:
    """Reads it from record, store, lake, trail and what imports refused. recorder: None where nothing is recorded."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, home: Home, customers: Customers, contacts: Contacts,
        consents: ConsentRecord, scorer: Scorer, aside: Aside, recorder: Recorder | None,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._home = home
        self._customers = customers
        self._contacts = contacts
        self._consents = consents
        self._scorer = scorer
        self._aside = aside
        self._recorder = recorder

    def of(self, customer_id: str, now: datetime) -> dict[str, Any]:
        """The document of a person, by any id of theirs. Raises NotFound."""
        ids = self._customers.all_ids(self._customers.known(customer_id).customer_id)
        if self._recorder is not None:
            self._recorder.drain()
        own, _ = self._contacts.own(ids)
        return {
            "format": FORMAT,
            "customer_id": ids[0],
            "ids": list(ids),
            "as_of": written(now),
            "workspace": self._home.configuration.workspace.name,
            "told": [_record(record) for record in own.values()],
            "consents": self._consents.of(ids),
            "known_now": self._known(ids[0], now),
            "record": self._rows(read_records(self._home), ids),
            "events": self._rows(read_events_of(self._home, ids), ids),
            "own_events": list(self._own(ids)),
            "decisions": list(self._decisions(ids)),
            "calls_and_queue": self._entries(ids),
            "set_aside": [msgspec.structs.asdict(letter) for letter in self._aside.list() if letter.customer_id in ids],
            "refused_at_import": self._refused(ids),
            "looked_at": [
                {name: told.get(name) for name in ("at", "act", "role", "route")} for told in self._trail(ids)
            ],
        }

    def _known(self, customer_id: str, now: datetime) -> dict[str, Any]:
        """What is worked out of it: features, and chances where they may be."""
        return dict(self._scorer.score([customer_id], now).sheet.row(0).items())

    def _rows(self, frame: pl.DataFrame, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Of a frame of the lake their rows, each with what it tells."""
        mine = frame.filter(pl.col("customer_id").is_in(list(ids)))
        return [_told(row) for row in mine.iter_rows(named=True)]

    def _own(self, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The product's own events about them."""
        for row in self._lake("own", ids).iter_rows(named=True):
            yield _told({**row, "data": data_of(row["data"])})

    def _decisions(self, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        for row in self._lake("decisions", ids).iter_rows(named=True):
            yield json.loads(row["document"])

    def _lake(self, part: str, ids: Sequence[str]) -> pl.DataFrame:
        mine = pl.col("customer_id").is_in(list(ids))

        def read() -> pl.DataFrame:
            files = sorted((self._home.lake / part).glob("date=*/*.parquet"))
            if not files:
                return pl.DataFrame(schema={"customer_id": pl.String(), "time": pl.Int64()})
            lazy = pl.scan_parquet(
                sources(files), hive_partitioning=False, missing_columns="insert", extra_columns="ignore"
            )
            return lazy.filter(mine).collect().unique("id", maintain_order=True)

        return steady(self._home, read).sort("time")

    def _entries(self, ids: Sequence[str]) -> dict[str, Any]:
        """What stands of them in each key of the store that holds customers by their id, with what it holds."""
        found: dict[str, Any] = {}
        for name, key in declared(Keyspace):
            if key.customers is Standing.ENTRY and isinstance(key, Key) and name not in ("contacts", "records"):
                whole = key.written(self._keys.prefix)
                kept = {each: getattr(self._client, _READ[key.shape])(whole, each) for each in ids}
                entries = {each: _plain(value) for each, value in kept.items() if value not in (None, 0)}
                if entries:
                    found[name] = {"holds": key.holds, "of": entries}
        return found

    def _refused(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for file in sorted(self._home.refused.glob("*.csv")):
            told = pl.read_csv(file, schema_overrides=REFUSED, infer_schema=False)
            rows += told.filter(pl.col("customer_id").is_in(list(ids))).to_dicts()
        return rows

    def _trail(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        record = Record(self._home.folder)
        found = [told for name in ids for told in record.entries(Sought(customer_id=name))]
        return sorted({told["seal"]: told for told in found}.values(), key=lambda told: str(told["at"]))


def _record(record: Contact) -> dict[str, Any]:
    """What was told under an id, each part with when."""
    told = {name: {"value": value, "at": written(from_microseconds(at))} for name, (at, value) in record.facts.items()}
    return {"id": record.customer_id, "told": told, "identities": record.keys}


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what it does not tell, times as they are written everywhere."""
    return {name: _written(value) for name, value in row.items() if value is not None}


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return written(value)
    return value.isoformat() if isinstance(value, date) else value


def _plain(value: Any) -> Any:
    """What a key holds, unpacked as far as it says how."""
    if not isinstance(value, bytes):
        return value
    for decode in (msgspec.json.decode, msgspec.msgpack.decode):
        try:
            return _readable(decode(value))
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
            continue
    return _readable(value)


def _readable(value: Any) -> Any:
    """With texts in place of bytes, so that all of it can be written as JSON."""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, dict):
        return {str(_readable(name)): _readable(one) for name, one in value.items()}
    return [_readable(one) for one in value] if isinstance(value, list | tuple) else value

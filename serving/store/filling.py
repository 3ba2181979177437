"""Filling in the scripts: what Python declares stands in them under its name, and becomes the value when one is read.

`KEY.items` is a key's name, `KEY.cell(…)` a function that makes one; `ITEM.phones` the place of a field in its row,
`LANE.top` a word, `LIMIT.never` a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any, get_args

from leads.configuration.vocabulary import DISPOSITIONS
from serving.store import records, words
from serving.store.keys.key import Key, Keys, declared
from serving.store.keys.queue import QueueKeys
from serving.store.keyspace import Keyspace

_NAMED = re.compile(r"\b([A-Z]+)\.(\w+)")
_READ = re.compile(r"\b(lease|asked|outcome)\.(\w+)")
_PART = re.compile(r"\{(\w+)\}")
_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)

_STRUCTURES: Mapping[str, type[Any]] = {
    "lease": records.LeaseRecord, "asked": records.Asked, "outcome": records.CallOutcome,
}  # fmt: skip
"""What a script may read of these variables."""

_ROWS: Mapping[str, type[Any]] = {
    "ITEM": records.ItemRow, "PLACE": records.PlaceRow, "PROMISE": records.PromiseRow, "RESERVED": records.ReservedRow,
    "RECALL": records.RecallRow, "LIFTED": records.LiftedRow,
    "ATTEMPT": records.AttemptRow, "NUMBER": records.NumberRow, "ACCOUNT": records.ShareAccountRow,
    "SUMS": records.SumsRow, "STANDING": records.StandingRow, "HEAD": records.HeadRow, "RESTING": records.RestingNumber,
    "PREPARED": records.PreparedRow, "OFFER": records.OfferRow, "SEEN": records.SeenNumber,
}  # fmt: skip


class UndeclaredName(Exception):
    """A script names what Python does not declare."""


def filled(text: str, keyspace: Keyspace) -> str:
    """A script as the store runs it. Raises UndeclaredName."""
    text = _COMMENT.sub("", text)
    for variable, field in set(_READ.findall(text)):
        if field not in _STRUCTURES[variable].__struct_fields__:
            raise UndeclaredName(f"{variable}.{field}: no field of {_STRUCTURES[variable].__name__}")
    many = {name: key for name, key in declared(Keyspace) if isinstance(key, Keys)}
    used = sorted({name for group, name in _NAMED.findall(text) if group == "KEY" and name in many})
    makers = "".join(_maker(name, many[name], keyspace.prefix) for name in used)
    try:
        return makers + _NAMED.sub(lambda found: _value(found[1], found[2], keyspace), text)
    except (AttributeError, LookupError, ValueError) as error:
        raise UndeclaredName(f"a script names what is not declared: {error}") from error


def _value(group: str, name: str, keyspace: Keyspace) -> str:
    if group == "KEY":
        key = getattr(Keyspace, name)
        return f"key_{name}" if isinstance(key, Keys) else _quoted(key.written(keyspace.prefix))
    if group == "ENTRIES":
        return _list(map(_quoted, _LISTS[name](keyspace)))
    if group in _ROWS:
        return str(_ROWS[group]._fields.index(name) + 1)
    return _words()[group][name]


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    """What else is filled in, as Lua writes it."""
    shared: Mapping[str, type[StrEnum]] = {
        "LANE": words.Lane, "EVENT": words.Happened, "TRIED": words.Tried,
    }  # fmt: skip
    found = {group: {word.name.lower(): _quoted(word) for word in each} for group, each in shared.items()}
    for group, literal in {"STATE": words.State, "RECALLED": words.Recalled}.items():
        found[group] = {word: _quoted(word) for word in get_args(literal)}
    found["GRANTED"] = {kind.value: _quoted(kind.of("")) for kind in words.Granted}
    found["DISPOSITION"] = {name: _quoted(name) for name in DISPOSITIONS}
    found["LANES"] = {"handed_out": _list(map(_quoted, words.HANDED_OUT))}
    found["WHOSE"] = {"mark": _quoted(words.OF), "kind": _quoted(f"^[^{words.OF}]*")}
    found["QUEUE"] = {"all": _quoted(words.ALL)}
    found["CELL"] = {part: _quoted(_part_of_cell(part)) for part in words.CELL} | {
        "names": ", ".join(words.CELL), "parts": _quoted(f"^{words.BAR.join([_ANY] * len(words.CELL))}$"),
    }  # fmt: skip
    found["LIMIT"] = {
        "never": str(words.NEVER), "duplicate_days": str(words.DUPLICATE_DAYS),
        "told_seconds": str((words.DUPLICATE_DAYS + 1) * 86_400), "row_seconds": _seconds(words.ROW_KEPT),
        "purpose_seconds": _seconds(words.PURPOSE_KEPT), "lease_seconds": _seconds(words.LEASE_KEPT),
        "timeline": str(words.TIMELINE_KEPT), "outbox": str(words.OUTBOX_KEPT), "next": str(words.NEXT),
        "most_next": str(words.MOST_NEXT),
        "lately": str(int(1000 * words.CLAIMED_LATELY.total_seconds())),
    }  # fmt: skip
    found["ENTRY"] = {
        "event": _quoted(words.EVENT), "decision": _quoted(words.DECISION), "written": _quoted(_EVENT),
        "moment": _quoted("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ"),
    }  # fmt: skip
    return found


_ANY = f"([^{words.BAR}]*)"
"""A part of a cell's name, as Lua matches it."""

_EVENT = (
    f'{{"id":%s,"source":{json.dumps(words.SOURCE)},"type":"%s","customer_id":%s,"time":%.0f000,"data":%s}}'
)  # fmt: skip
"""An event of the queue's own, of id, type, customer, time (ms) and data."""

_LISTS: Mapping[str, Callable[[Keyspace], Iterable[str]]] = {
    "hashes": lambda keyspace: of_customers(keyspace, "hash"),
    "sorted": lambda keyspace: of_customers(keyspace, "zset"),
}


def of_customers(keyspace: Keyspace, shape: str) -> list[str]:
    """The queue's keys of a shape in which customers stand by their ids."""
    return [
        key.written(keyspace.prefix)
        for _, key in declared(QueueKeys)
        if isinstance(key, Key) and key.customers.value == "entry" and key.shape.value == shape
    ]


def _part_of_cell(part: str) -> str:
    """The pattern that finds one part of a cell's name."""
    before = words.CELL.index(part)
    return "^" + f"[^{words.BAR}]*{words.BAR}" * before + _ANY


def _maker(name: str, key: Keys, prefix: str) -> str:
    """A function that makes the names of many keys."""
    pieces = _PART.split(key.name)
    written = [_quoted(piece) if n % 2 == 0 else piece for n, piece in enumerate(pieces) if piece]
    written[0] = _quoted(f"{prefix}:{pieces[0]}")
    return f"local function key_{name}({', '.join(key.parts)}) return {' .. '.join(written)} end\n"


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))


def _list(values: Iterable[str]) -> str:
    return "{" + ", ".join(values) + "}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"

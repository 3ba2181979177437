"""A decision as the hot store keeps it: what is the same for many is named, numbers are packed, and of what was refused
only which rule it was. Whoever reads it gets the whole document, to the last bit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np

from features.configuration import Configuration
from features.home import Home, write_json
from leads.actions.reports import AS_REPORTED
from leads.sheet.columns import FLAG, TEXT, Columns
from leads.sheet.sheet import Sheet
from serving.decisions.batch import refused_by
from serving.decisions.versions import configuration_of


class Facts(msgspec.Struct, array_like=True, frozen=True):
    """A row of a sheet. columns: digest of their names and kinds. known: a bit for each, whether there is a value.
    numbers: the values that there are, float64, without those of texts; texts: theirs.
    """

    columns: str
    known: bytes
    numbers: bytes
    texts: Sequence[str]


class DecisionRow(msgspec.Struct, array_like=True, frozen=True):
    """The fields of `ledger.Decision`. rejected: as `Decisions.rejected` has it."""

    id: str
    customer_id: str
    at: str
    kind: str
    facts: Facts
    models: Mapping[str, str]
    catalogue: str
    workspace: str
    evidence: str
    code: str
    request: Mapping[str, Any]
    chosen: Sequence[Mapping[str, Any]]
    rejected: bytes
    arm: str
    selection_probability: float
    choice_probability: float
    explored: bool
    marginal_probability: float
    shifts: Mapping[str, float] = {}


class OfferedRow(msgspec.Struct, array_like=True, frozen=True):
    """Of a row what says what was offered; the rest of it is not read."""

    id: str
    customer_id: msgspec.Raw
    at: msgspec.Raw
    kind: msgspec.Raw
    facts: msgspec.Raw
    models: msgspec.Raw
    catalogue: msgspec.Raw
    workspace: msgspec.Raw
    evidence: msgspec.Raw
    code: msgspec.Raw
    request: msgspec.Raw
    chosen: Sequence[Any]


@dataclass(frozen=True)
class Table:
    """The columns of a kind of sheet. kinds: by name, as they are kept. digest: of that."""

    columns: Columns
    kinds: Mapping[str, str]
    digest: str
    texts: np.ndarray


@lru_cache(maxsize=32)
def table_of(columns: Columns) -> Table:
    """What rows name their columns by."""
    kinds = {name: "flag" if kind == FLAG else "text" if kind == TEXT else "" for name, kind in columns.dtypes.items()}
    digest = sha256(msgspec.json.encode(kinds)).hexdigest()[:16]
    return Table(columns, kinds, digest, columns.taken(columns.texts))


def facts_of(sheet: Sheet) -> list[Facts]:
    """Of each row of a sheet; policies as reported are left out where nothing is."""
    table, values = table_of(sheet.columns), sheet.values
    known = ~np.isnan(values)
    bits = np.packbits(known, axis=0).T
    known[table.texts] = False
    told = [sheet.texts(name) for name in sheet.columns.texts]
    return [
        Facts(
            table.digest, bits[row].tobytes(), values[known[:, row], row].tobytes(),
            [text for texts in told if (text := texts[row]) is not None],
        )
        for row in range(len(sheet))
    ]  # fmt: skip


def inputs_of(facts: Facts, kinds: Mapping[str, str]) -> dict[str, Any]:
    """The row as plain values by column, None where one is missing."""
    known = np.unpackbits(np.frombuffer(facts.known, np.uint8), count=len(kinds)).tolist()
    numbers, texts = iter(np.frombuffer(facts.numbers, "<f8").tolist()), iter(facts.texts)
    found: dict[str, Any] = {}
    for (name, kind), there in zip(kinds.items(), known, strict=True):
        if not there:
            if not name.startswith(AS_REPORTED):
                found[name] = None
        elif kind == "text":
            found[name] = next(texts)
        else:
            found[name] = next(numbers) != 0.0 if kind == "flag" else next(numbers)
    return found


class DecisionRows:
    """Packs decisions, and unpacks them by the columns and catalogues that a home has kept."""

    def __init__(self, home: Home, configuration: Configuration) -> None:
        self._home = home
        self._used = configuration
        self._columns: dict[str, Mapping[str, str]] = {}
        self._catalogues: dict[tuple[str, str], Configuration] = {}

    def keep(self, columns: Columns) -> None:
        """From now on rows of such a sheet can be read."""
        table = table_of(columns)
        if table.digest in self._columns:
            return
        path = self._home.folder / "versions" / f"columns-{table.digest}.json"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, table.kinds)
        self._columns[table.digest] = table.kinds

    def document(self, kept: bytes) -> dict[str, Any]:
        """A decision's document by what is kept of it, be that its text. Raises NotFound where a version that it names
        is not there any more, ValueError for what is no decision.
        """
        if kept[:1] == b"{":
            found: dict[str, Any] = json.loads(kept)
            return found
        row = _decode(kept)
        catalogue = self._catalogue(row.workspace, row.catalogue)
        codes = np.frombuffer(row.rejected, "<u2")
        named = {name: getattr(row, name) for name in row.__struct_fields__ if name != "facts"}
        return named | {
            "inputs": inputs_of(row.facts, self._kinds(row.facts.columns)),
            "rejected": refused_by(catalogue.catalogue, codes),
        }

    def text(self, kept: bytes) -> str:
        """A decision's document as JSON, for the lake. Raises as `document` does."""
        return kept.decode(errors="replace") if kept[:1] in (b"{", b"") else _write(self.document(kept)).decode()

    def _kinds(self, digest: str) -> Mapping[str, str]:
        if digest not in self._columns:
            path = self._home.folder / "versions" / f"columns-{digest}.json"
            self._columns[digest] = json.loads(path.read_text("utf-8"))
        return self._columns[digest]

    def _catalogue(self, workspace: str, catalogue: str) -> Configuration:
        used = self._used
        if (used.workspace.digest, used.catalogue.digest) == (workspace, catalogue):
            return used
        if (workspace, catalogue) not in self._catalogues:
            self._catalogues[workspace, catalogue] = configuration_of(self._home, workspace, catalogue)
        return self._catalogues[workspace, catalogue]


encode = msgspec.msgpack.Encoder().encode
read_offered = msgspec.msgpack.Decoder(OfferedRow).decode
"""What a row says was offered."""

_decode = msgspec.msgpack.Decoder(DecisionRow).decode
_write = msgspec.json.Encoder().encode

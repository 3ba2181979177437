"""Decisions of the ledger read once more by another catalogue: from the inputs that were kept, and nothing guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

import polars as pl

from features.configuration import Configuration
from features.home import Home
from leads.actions.catalogue import Catalogue
from leads.contact.event_windows import Count, EventWindow, Wanted, wanted
from leads.contact.policy import FLAGS, REACHED
from leads.errors import NotFound
from leads.sheet.columns import FLAG, NUMBER, TEXT, Columns
from leads.sheet.sheet import Sheet
from serving.decisions.versions import configuration_of

Document = Mapping[str, Any]
"""A decision as the ledger keeps it."""

ANOTHER_WORKSPACE = "another workspace"
NOT_KEPT = "its configuration was not kept"


class Reader:
    """Reads what decisions were made from as the target configuration's rules ask for it."""

    def __init__(self, home: Home, target: Configuration) -> None:
        self._home = home
        self._target = target
        self._asked = _asked(target)
        self._then: dict[str, Configuration | None] = {}
        self._other: dict[str, frozenset[str]] = {}

    def then(self, document: Document) -> Configuration | None:
        """The configuration that made the decision; None where it is gone."""
        digest = document["catalogue"]
        if digest == self._target.catalogue.digest:
            return self._target
        if digest not in self._then:
            try:
                self._then[digest] = configuration_of(self._home, document["workspace"], digest)
            except NotFound:
                self._then[digest] = None
        return self._then[digest]

    def unusable(self, document: Document) -> str | None:
        """Why the decision cannot be made again, None where it can: it stands on another workspace, or its inputs lack
        a column that the target's rules read, or have it with another meaning.
        """
        if document["workspace"] != self._target.workspace.digest:
            return ANOTHER_WORKSPACE
        then = self.then(document)
        if then is None:
            return NOT_KEPT
        if document["catalogue"] not in self._other:
            self._other[document["catalogue"]] = _otherwise(self._target.catalogue, then.catalogue)
        lacking = sorted((self._asked - document["inputs"].keys()) | (self._asked & self._other[document["catalogue"]]))
        return f"inputs lack {', '.join(lacking)}" if lacking else None

    def sheet(self, documents: Sequence[Document]) -> Sheet:
        """The inputs as they were; stages, segments and the days of plays are the target's."""
        layout, inputs = self._target.layout, [document["inputs"] for document in documents]
        told, beside = Sheet.of_rows(layout.columns, inputs), Sheet.of_rows(self._beside, inputs)
        features = layout.derive(told.values, told.words)
        return features.plus(beside.columns.dtypes, beside.values, beside.words)

    @cached_property
    def _beside(self) -> Columns:
        dtypes: dict[str, pl.DataType] = {"timezone": TEXT}
        scores = self._target.score_columns + self._target.effect_columns
        dtypes |= dict.fromkeys(scores, NUMBER)
        return Columns(dtypes | dict.fromkeys((*FLAGS, *REACHED.values()), FLAG))


def _asked(target: Configuration) -> frozenset[str]:
    """The columns that its rules and amounts read, the scores, the effects where they count, and what the days of its
    plays are worked out from.

    The columns of calls that are due, of numbers that rest and of addresses may be absent: then no call was due, no
    number rested, and every address was there.
    """
    catalogue, derived = target.catalogue, set(target.layout.schema) - set(target.layout.told_schema)
    rules = [*catalogue.rules(), *catalogue.cadence.days]
    read = {column for rule in rules for column in rule.columns}
    scores = {column for action in catalogue.actions if (column := catalogue.actions.score_column(action)) is not None}
    counted = [
        column
        for action in catalogue.actions
        if catalogue.effects.count(action)
        for column in catalogue.effects.all(action)
    ]
    return frozenset((read - derived - {*FLAGS, *REACHED.values()}) | scores | set(counted))


def _otherwise(target: Catalogue, then: Catalogue) -> frozenset[str]:
    """Columns that both catalogues name and count differently, such as a cap whose window was changed."""
    known = {found.feature: found for found in then.event_windows}
    kept = wanted(then.event_windows)
    return frozenset(
        new.feature
        for new in target.event_windows
        if new.feature in known and not _serves(known[new.feature], new, kept)
    )


def _serves(old: EventWindow, new: EventWindow, kept: Wanted) -> bool:
    """Whether what was counted then answers what is asked now. A count is exact up to the times that were kept."""
    if isinstance(old, Count) and isinstance(new, Count):
        return (old.selection, old.within) == (new.selection, new.within) and new.most <= kept[old.selection]
    return old == new


def together(documents: Sequence[Document], *fields: str) -> Iterator[list[int]]:
    """Places of documents that were made in the same minute and agree in these fields: contact hours begin and end on
    whole minutes, so each group can be decided at once.
    """

    def key(place: int) -> tuple[str, ...]:
        document = documents[place]
        return (str(document["at"])[:16], *(str(document[field]) for field in fields))

    for _, group in groupby(sorted(range(len(documents)), key=key), key=key):
        yield list(group)

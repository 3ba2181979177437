"""Answers about many customers: who is known, and a result for each but for those of whom none can be made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from serving.disk import say
from serving.events.fault_isolation import isolating_faults, reason_of
from serving.scoring.dossiers import DossierFiles, Dossiers
from serving.store.layout import StoreLayout

T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """Customers who are known, as they were asked for and with what is kept of them, and the ids nobody has."""

    asked: list[str]
    dossiers: Dossiers
    unknown: list[str]

    @property
    def kept(self) -> Sequence[str]:
        """The ids under which they are kept."""
        return self.dossiers.customer_ids


@dataclass(frozen=True)
class Answered(Generic[T]):
    """Results of those of whom one could be made. unknown: ids nobody has. failed: of whom none could be made."""

    results: list[T]
    unknown: list[str]
    failed: list[str]


FAILED = "known, but nothing can be made of what is kept; see /events/set-aside"
"""What `failed` means in an answer."""


class KnownCustomers:
    """Sorts out who is asked for, and goes on where one of them cannot be answered."""

    def __init__(self, files: DossierFiles, layout: StoreLayout) -> None:
        self._files = files
        self._layout = layout

    def find(self, customer_ids: Sequence[str]) -> Found:
        """Sort out who is known; an id that was asked for twice is answered once."""
        asked = list(dict.fromkeys(customer_ids))
        dossiers = self._files.read(asked)
        known = dossiers.known
        return Found(
            [name for name, is_known in zip(asked, known, strict=True) if is_known],
            dossiers.taken([row for row, is_known in enumerate(known) if is_known]),
            [name for name, is_known in zip(asked, known, strict=True) if not is_known],
        )

    def answered(self, found: Found, results: Callable[[Dossiers], Sequence[T]]) -> Answered[T]:
        """A result for each who is known, but for those of whom none can be made."""
        made: list[T] = []
        failed: dict[str, str] = {}

        def refuse(row: int, error: BaseException) -> None:
            failed[found.kept[row]] = reason_of(error)

        def make(rows: Sequence[int]) -> None:
            made.extend(results(found.dossiers.taken(rows)))

        isolating_faults(range(len(found.dossiers)), make, refuse, self._layout.is_other)
        if failed:
            say(f"{len(failed)} customers cannot be scored or decided on: {next(iter(failed.values()))}")
        return Answered(made, found.unknown, list(failed))

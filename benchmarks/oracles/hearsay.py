"""Hearsay: what people were heard to say of being called, kept naively, and what speaks against handing them out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Word:
    """Ids that were one person then said whether they may be called; None where that is not known any more."""

    ids: frozenset[str]
    at: datetime
    consent: bool | None


@dataclass
class Hearsay:
    """resting: number → when somebody asked there not to be called. erased: ids that are forgotten.

    >>> noon, heard = datetime(2026, 3, 4, 12, tzinfo=UTC), Hearsay()
    >>> heard.says({"ann"}, False, noon)
    >>> list(heard.objections({"ann", "bob"}, []))
    ['said no']
    >>> heard.says({"bob"}, True, noon.replace(hour=13))
    >>> list(heard.objections({"ann", "bob"}, []))
    []
    """

    words: list[Word] = field(default_factory=list)
    resting: dict[str, datetime] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)

    def says(self, ids: Collection[str], consent: bool | None, at: datetime) -> None:
        self.words.append(Word(frozenset(ids), at, consent))

    def rests(self, phone: str, at: datetime) -> None:
        self.resting[phone] = max(at, self.resting.get(phone, at))

    def objections(self, ids: Collection[str], phones: Collection[str]) -> Iterator[str]:
        """Why a person of these ids may certainly not be handed out at these numbers. Of words that others said with
        them, who are somebody else by now, only what takes an objection away counts.
        """
        person = set(ids)
        if self.erased & person:
            yield "was erased"
        no = _last(word.at for word in self.words if word.ids <= person and word.consent is False)
        theirs = [word for word in self.words if word.ids & person]
        if no > _NEVER and no >= _last(word.at for word in theirs if word.consent is not False):
            yield "said no"
        agreed = _last(word.at for word in theirs if word.consent)
        for phone in phones:
            if self.resting.get(phone, _NEVER) > agreed:
                yield f"asked at {phone} not to be called"


def _last(times: Iterator[datetime]) -> datetime:
    return max(times, default=_NEVER)

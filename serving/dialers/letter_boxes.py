"""All dead letters of a home in one place: those of its webhooks, and those of its dialers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from features.home import Home
from leads.errors import NotFound
from serving.dialers.configuration import load_dialers
from serving.dialers.dead_letters import DeadLetter, DeadLetters
from serving.dialers.retrying import Retrying
from serving.dialers.webhooks.run import Webhooks

Kind = Literal["webhook", "dialer"]


@dataclass(frozen=True)
class LetterBox:
    """dead: its letters. waiting: messages that are still to be delivered, None for a dialer. disabled: why nothing is
    sent any more, None where it is.
    """

    kind: Kind
    name: str
    dead: int
    waiting: int | None = None
    disabled: str | None = None


class LetterBoxes:
    """The letters by the endpoint or dialer that they are about, to be tried again or dropped."""

    def __init__(self, home: Home, webhooks: Webhooks, retrying: Retrying) -> None:
        self._home = home
        self._webhooks = webhooks
        self._retrying = retrying

    def all(self) -> list[LetterBox]:
        """Of every declared endpoint, then of every declared dialer. Raises InvalidWorkspace."""
        dialers = load_dialers(self._home)
        told = [
            LetterBox("webhook", each["endpoint"], each["dead"], each["waiting"], each["disabled"])
            for each in self._webhooks.standing()
        ]
        names = (*dialers.vicidial, *dialers.incoming)
        return [*told, *(LetterBox("dialer", name, self._letters("dialer", name).count()) for name in names)]

    def letters(self, kind: str, name: str, most: int) -> Sequence[DeadLetter]:
        """The oldest letters of a box. Raises NotFound."""
        return self._letters(kind, name).list(most)

    def read(self, kind: str, name: str, letter_id: str) -> DeadLetter:
        """Raises NotFound."""
        return self._letters(kind, name).read(letter_id)

    def retry(self, kind: str, name: str, letter_id: str, now: datetime) -> None:
        """Take, or deliver, what a letter says once more: a webhook's waits for its courier again.

        Raises NotFound, and what keeps it from being taken still: then the letter stays.
        """
        letter = self.read(kind, name, letter_id)
        if kind == "webhook":
            self._webhooks.retry(name, letter)
        else:
            self._retrying.retry(load_dialers(self._home), name, letter, now)

    def drop(self, kind: str, name: str, letter_id: str) -> None:
        """Forget a letter. Raises NotFound."""
        self.read(kind, name, letter_id)
        self._letters(kind, name).drop(letter_id)

    def _letters(self, kind: str, name: str) -> DeadLetters:
        if kind == "webhook":
            return self._webhooks.dead_letters(self._webhooks.endpoint(name).name)
        if kind == "dialer":
            return self._retrying.letters_of(load_dialers(self._home), name)
        raise NotFound("letter box", f"{kind}/{name}", "it is of a webhook or a dialer")

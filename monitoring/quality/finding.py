"""A finding: what is wrong with what comes in, since when, how sure it is and what may be behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from typing_extensions import TypedDict

from leads.words.bilingual import Text, Words
from serving.clock import written
from serving.meaning import Means, Time

Kind = Literal[
    "feed_silent", "feed_down", "feed_up", "twice", "unseen_value", "renamed_value", "field_missing", "amount_moved",
    "clock_off", "tag_flipped", "tag_changed", "tag_shares", "rate_moved", "model_swapped", "skew",
]  # fmt: skip
"""What can be found. Each names one cause."""


class FindingAnswer(TypedDict):
    kind: Kind
    subject: Annotated[str, Means("the source, event, field, tag or objective that it is about")]
    text: Annotated[Text, Means("what is seen")]
    cause: Annotated[Text, Means("what is likely behind it")]
    advice: Annotated[Text, Means("what to do")]
    since: Time
    certainty: Annotated[float, Means("how unlikely chance is, as standard deviations or an equivalent of it")]
    figures: Annotated[dict[str, float], Means("what it was found by")]


@dataclass(frozen=True)
class Finding:
    """certainty: how far beyond chance, in standard deviations. figures: what it was found by. events: types of events
    that it concerns, where its subject does not say so.
    """

    kind: Kind
    subject: str
    text: Words
    cause: Words
    advice: Words
    since: datetime
    certainty: float
    figures: dict[str, float] = field(default_factory=dict)
    events: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """By which the same finding is known again."""
        return f"{self.kind}:{self.subject}"

    def answer(self) -> FindingAnswer:
        return {
            "kind": self.kind,
            "subject": self.subject,
            "text": self.text.text(),
            "cause": self.cause.text(),
            "advice": self.advice.text(),
            "since": written(self.since),
            "certainty": round(self.certainty, 2),
            "figures": {name: round(value, 6) for name, value in self.figures.items()},
        }

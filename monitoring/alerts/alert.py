"""An alert: what happened, since when, whom it affects, how sure it is, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from leads.configuration.watch import KINDS
from leads.words.bilingual import Text, Words
from serving.clock import written
from serving.meaning import Means, Time


class AlertAnswer(TypedDict):
    key: Annotated[str, Means("by which it is known again")]
    kind: Annotated[str, Means("one of those that monitoring.yaml can mute")]
    title: Text
    what: Annotated[list[Text], Means("what was seen")]
    cause: Text
    affects: Annotated[Text, Means("which models and customers it concerns")]
    sure: Annotated[Text, Means("how sure it is, in words")]
    advice: Annotated[Text, Means("what to do")]
    since: Time
    certainty: Annotated[float, Means("in standard deviations, or an equivalent of it")]
    objectives: Annotated[list[str], Means("whose models go by it")]


@dataclass(frozen=True)
class Alert:
    """subject: the source, field, tag or objective that it is about. objectives: whose models go by it."""

    kind: str
    subject: str
    what: tuple[Words, ...]
    cause: Words
    affects: Words
    advice: Words
    since: datetime
    certainty: float
    objectives: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}"

    @property
    def title(self) -> Words:
        named = KINDS[self.kind]
        return named + Words(f"：{self.subject}", f": {self.subject}")

    def answer(self) -> AlertAnswer:
        return {
            "key": self.key,
            "kind": self.kind,
            "title": self.title.text(),
            "what": [seen.text() for seen in self.what],
            "cause": self.cause.text(),
            "affects": self.affects.text(),
            "sure": sure(self.certainty).text(),
            "advice": self.advice.text(),
            "since": written(self.since),
            "certainty": round(self.certainty, 2),
            "objectives": list(self.objectives),
        }


_SURE: Mapping[float, Words] = {
    6.0: Words("几乎可以确定", "as good as certain"), 4.0: Words("很可能", "very likely"), 0.0: Words("可能", "likely"),
}  # fmt: skip


def sure(certainty: float) -> Words:
    """How sure it is, in words.

    >>> sure(4.2).en
    'very likely (4.2 standard deviations beyond chance)'
    """
    named = next(words for least, words in _SURE.items() if certainty >= least)
    return named + Words(
        f"（偏离随机 {certainty:.1f} 个标准差）", f" ({certainty:.1f} standard deviations beyond chance)"
    )

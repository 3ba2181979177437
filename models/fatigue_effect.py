"""The toll: how much less likely success is for every contact before it, as a bundle keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from leads.configuration.objective import Toll as Asked
from leads.sheet.sheet import Sheet
from leads.words.bilingual import Words
from models.calibrator import Floats


@dataclass(frozen=True)
class Toll:
    """What one more contact of weight 1 takes of the probability of success.

    first: of those who remember no contact. growth: more for every contact that is remembered, up to `most` of them.
    each: on average over the rows. interval: its 90%, None where there were too few rows to tell. rows, successes:
    learned from.
    """

    rows: int
    successes: int
    first: float = 0.0
    growth: float = 0.0
    most: float = 0.0
    each: float = 0.0
    interval: tuple[float, float] | None = None

    @property
    def used(self) -> bool:
        """Whether it is no chance."""
        return self.interval is not None and self.interval[0] > 0

    def of(self, contacts: Floats) -> Floats:
        """(n,) what the next contact takes of who remembers so many; NaN where that is not known."""
        taken: Floats = np.maximum(self.first + self.growth * np.clip(contacts, 0, self.most), 0.0)
        return taken

    @property
    def why(self) -> Words:
        """What was found and whether it counts, in both languages."""
        if self.interval is None:
            return Words(f"样本太少（{self.rows:,} 个），不计", f"too few rows ({self.rows:,}) to tell; nothing counts")
        each, high, low = (f"{-100 * share:+.1f}" for share in (self.each, *self.interval))
        zh = f"此前每多一次触达，成功率变化 {each} 个百分点（90% 区间 {low} 至 {high}）"
        en = f"each contact before moves the rate of success by {each} points (90% interval {low} to {high})"
        end = Words("，不足以证实有损，不计", "; that is no proof of harm, and nothing counts")
        if self.used:
            end = Words("，计入触达成本", "; it counts as a cost of contact")
        return Words(zh, en) + end

    @property
    def document(self) -> dict[str, Any]:
        """For JSON: what it is made of, whether it is `used`, and `why`."""
        return asdict(self) | {"used": self.used, "why": self.why.text()}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Toll:
        """From its document. Raises KeyError and TypeError where that is none."""
        told = {field.name: document[field.name] for field in fields(cls)}
        return cls(**told | {"interval": None if told["interval"] is None else tuple(map(float, told["interval"]))})


def contacts_of(asked: Asked, sheet: Sheet) -> Floats:
    """(n,) the contacts that each customer of a feature sheet remembers; NaN where the SQL gives none."""
    return asked.contacts.numbers(sheet)

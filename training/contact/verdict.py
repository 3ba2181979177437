"""Whether an effect of contact may be used: enough trials, and a gain on later ones that is no chance."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from leads.wording import Words
from training.contact.halves import Halves

LEAST = 100
"""Trials with contact, and without, among the earlier and among the later ones."""

CASES = 20
"""Successes, and failures, among each of them."""


@dataclass(frozen=True)
class Counts:
    """How many trials, how many of them with contact, and how many successes."""

    trials: int
    treated: int
    successes: int

    @property
    def tell(self) -> bool:
        """Whether they are enough."""
        return (
            min(self.treated, self.trials - self.treated) >= LEAST
            and min(self.successes, self.trials - self.successes) >= CASES
        )


@dataclass(frozen=True)
class Verdict:
    """On the effect of one treatment. earlier, later: the trials that it was learned from, and those that judge it.
    halves: what these showed, None where there were too few. why: in both languages.
    """

    used: bool
    earlier: Counts
    later: Counts
    halves: Halves | None
    why: Words

    @property
    def numbers(self) -> dict[str, Any]:
        """`trials, treated, later_trials, later_treated`, and of the halves `gain_top, gain_bottom, gain_everyone,
        difference, difference_interval`, shares of the trials.
        """
        found: dict[str, Any] = {
            "trials": self.earlier.trials,
            "treated": self.earlier.treated,
            "later_trials": self.later.trials,
            "later_treated": self.later.treated,
        }
        if self.halves is None:
            return found
        gains = {f"gain_{name}": value for name, value in asdict(self.halves).items() if name != "interval"}
        return found | gains | {"difference": self.halves.difference, "difference_interval": [*self.halves.interval]}

    @property
    def document(self) -> dict[str, Any]:
        """The numbers, whether it is `used`, and `why`, for JSON."""
        return {"used": self.used} | self.numbers | {"why": self.why.text()}


def few(earlier: Counts, later: Counts, like: str | None = None) -> Verdict:
    """There were too few; where these are enough, too few of the objective that they are like."""
    if like is not None and earlier.tell and later.tell:
        zh = f"目标 {like} 的试验太少，无从得知触达打动谁，不采用"
        en = f"too few trials of {like}, which tells whom contact moves; nothing is used"
        return Verdict(False, earlier, later, None, Words(zh, en))
    shown = [f"{part.treated:,} + {part.trials - part.treated:,}" for part in (earlier, later)]
    zh = (
        f"试验太少：前期触达 + 未触达 {shown[0]} 次，后期 {shown[1]} 次，"
        f"各需至少 {LEAST} 次，且成败各至少 {CASES} 次，不采用"
    )
    en = (
        f"too few trials: {shown[0]} with and without contact to learn from, {shown[1]} later ones to judge by; at "
        f"least {LEAST} each are asked, and {CASES} successes and failures; nothing is used"
    )
    return Verdict(False, earlier, later, None, Words(zh, en))


def judged(earlier: Counts, later: Counts, found: Halves, shown: bool = False) -> Verdict:
    """Used where the difference of the halves is no chance.

    shown: whether other outcomes have proven whom contact moves, and these tell only how much. Then it is used unless
    these speak against it: they are too few to prove it again, and how much is shrunk by how little they tell.
    """
    top, bottom, apart, low, high = (
        f"{100 * share:.1f}" for share in (found.top, found.bottom, found.difference, *found.interval)
    )
    zh = (
        f"后期试验中，触达使预计效果较高的一半提升 {top} 个百分点，另一半 {bottom} 个，"
        f"相差 {apart}（90% 区间 {low} 至 {high}）"
    )
    en = (
        f"on later trials contact adds {top} points in the half said to be moved more and {bottom} in the other, "
        f"{apart} apart (90% interval {low} to {high})"
    )
    used = found.proven or (shown and found.interval[1] > 0)
    end = Words("，不足以证实，不采用", "; that is no proof, and it is not used")
    if found.proven:
        end = Words("，采用", "; it is used")
    elif used:
        end = Words(
            "，与其他目标上已证实的规律不矛盾，采用",
            "; it speaks not against what other outcomes have proven: it is used",
        )
    return Verdict(used, earlier, later, found, Words(zh, en) + end)

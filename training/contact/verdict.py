"""Whether an effect of contact may be used: enough trials, and a gain on later ones that is no chance.

What may be wrong is declared, and spent: `LEVEL` is the chance that anything is ever used of an objective's question
that does not help. It is split evenly over the questions of a workspace that are asked on their own (treatments of
objectives; what is `like` another is asked only once that is proven), and over the trainings: of the n-th look at a
question 1/n(n + 1) of it is left (alpha spending: Lan & DeMets 1983, Biometrika 70). What was proven once stays in use
until later trials speak against it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from leads.words.bilingual import Words
from training.contact.found import Found
from training.contact.hints import Hint

LEVEL = 0.05
"""Chance that anything is ever proven, of a workspace's questions and in all trainings, that is not there."""

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
class Asked:
    """What is asked of later trials. level: the chance of error that is left. look: the how manieth time it is asked.
    question: the same as long as the same is asked. shown: the form that other outcomes or an earlier look have proven.
    """

    level: float = LEVEL / 2
    look: int = 1
    question: str = ""
    shown: str | None = None

    @classmethod
    def of(cls, look: int, questions: int, question: str = "", shown: str | None = None) -> Asked:
        """The n-th look at one of so many questions.

        >>> [round(Asked.of(look, 1).level, 5) for look in (1, 2, 3)]
        [0.025, 0.00833, 0.00417]
        """
        return cls(LEVEL / questions / (look * (look + 1)), look, question, shown)


@dataclass(frozen=True)
class Verdict:
    """On the effect of one treatment. form: `each` where it is used as it is said of each, `even` where as an average,
    None where it is not used. earlier, later: the trials that it was learned from, and those that judge it. found: what
    these showed, None where there were too few. asked: what was asked of them. why: in both languages. hint: what is
    guessed while the effect of each is not proven, None where nothing is.
    """

    form: str | None
    earlier: Counts
    later: Counts
    found: Found | None
    asked: Asked | None
    why: Words
    hint: Hint | None = None

    @property
    def used(self) -> bool:
        return self.form is not None

    @property
    def numbers(self) -> dict[str, Any]:
        """`trials, treated, later_trials, later_treated`, and of what was found `gain_top, gain_bottom, gain_everyone,
        difference`, shares of the trials, and `slope`, with their intervals of 90%; `said`, the average that was said,
        `open`, the share in which contact was open; `level`, the chance of error that was allowed, and `look`.
        """
        counted: dict[str, Any] = {
            "trials": self.earlier.trials,
            "treated": self.earlier.treated,
            "later_trials": self.later.trials,
            "later_treated": self.later.treated,
        }
        if self.found is None or self.asked is None:
            return counted
        told = self.found
        named = {"gain_top": told.top, "gain_bottom": told.bottom, "gain_everyone": told.average,
                 "difference": told.difference, "slope": told.slope}  # fmt: skip
        known = {name: item for name, item in named.items() if isfinite(item.error)}
        values = {name: item.value for name, item in known.items()}
        intervals = {f"{name}_interval": [*item.interval] for name, item in known.items()}
        rest = {"said": told.said, "open": told.open, "level": self.asked.level, "look": self.asked.look}
        return counted | values | intervals | rest

    @property
    def document(self) -> dict[str, Any]:
        """The numbers, whether it is `used` and in which `form`, which `question` was asked, the `hint` where there is
        one, and `why`, for JSON.
        """
        question = {} if self.asked is None else {"question": self.asked.question}
        hint = {} if self.hint is None else {"hint": self.hint.document}
        return {"used": self.used, "form": self.form} | self.numbers | question | hint | {"why": self.why.text()}

    def with_hint(self, hint: Hint) -> Verdict:
        """The same, and what is guessed meanwhile."""
        return replace(self, hint=hint, why=self.why + hint.words)


def few(earlier: Counts, later: Counts, like: str | None = None) -> Verdict:
    """There were too few; where these are enough, too few of the objective that they are like."""
    if like is not None and earlier.tell and later.tell:
        zh = f"目标 {like} 的试验太少，无从得知触达打动谁，不采用"
        en = f"too few trials of {like}, which tells whom contact moves; nothing is used"
        return Verdict(None, earlier, later, None, None, Words(zh, en))
    shown = [f"{part.treated:,} + {part.trials - part.treated:,}" for part in (earlier, later)]
    zh = (
        f"试验太少：前期触达 + 未触达 {shown[0]} 次，后期 {shown[1]} 次，"
        f"各需至少 {LEAST} 次，且成败各至少 {CASES} 次，不采用"
    )
    en = (
        f"too few trials: {shown[0]} with and without contact to learn from, {shown[1]} later ones to judge by; at "
        f"least {LEAST} each are asked, and {CASES} successes and failures; nothing is used"
    )
    return Verdict(None, earlier, later, None, None, Words(zh, en))


def waits(earlier: Counts, later: Counts, like: str) -> Verdict:
    """Its trials are not asked, since of the objective that they are like nothing is proven."""
    zh = f"目标 {like} 的触达效果尚未证实，试验留待证实后再问，不采用"
    en = f"nothing is proven of {like}, which it is like: these trials are asked once it is; nothing is used"
    return Verdict(None, earlier, later, None, None, Words(zh, en))


def judged(earlier: Counts, later: Counts, found: Found, asked: Asked) -> Verdict:
    """Used of each where more is found the more was said, and where more is said contact helps; on average where it
    helps on average; as before where it was shown before and these trials do not speak against it.
    """
    form = proven(found, asked.level) or (asked.shown if not _against(found, asked.shown) else None)
    zh, en = _told(found)
    return Verdict(form, earlier, later, found, asked, Words(zh, en) + _end(found, asked, form))


def proven(found: Found, level: float) -> str | None:
    """Which form the trials prove. Two claims, that contact helps on average and that it is told whom it helps more,
    share the level (Holm 1979): the stronger of them at half of it, the other at all of it.
    """
    average = found.average.chance
    # Whom it helps more is told only if it helps them.
    told = max(found.slope.chance, found.top.chance)
    first, second = sorted([(average, "even"), (told, "each")])
    passed = [first[1]] if first[0] <= level / 2 else []
    passed += [second[1]] if passed and second[0] <= level else []
    return "each" if "each" in passed else next(iter(passed), None)


def _against(found: Found, form: str | None) -> bool:
    """Whether the trials speak against what was shown elsewhere or before."""
    slope, average = found.slope, found.average
    return average.interval[1] < 0 or (form == "each" and slope.interval[1] < 0)


def _told(found: Found) -> tuple[str, str]:
    average, low, high, said = (f"{100 * share:+.1f}" for share in
                                (found.average.value, *found.average.interval, found.said))  # fmt: skip
    top, bottom = (f"{100 * item.value:+.1f}" for item in (found.top, found.bottom))
    slope, least, most = (f"{number:.2f}" for number in (found.slope.value, *found.slope.interval))
    zh = f"后期试验中，触达平均 {average} 个百分点（90% 区间 {low} 至 {high}，模型预计 {said}）"
    en = f"on later trials contact adds {average} points on average (90% interval {low} to {high}; {said} were said)"
    if isfinite(found.slope.error):
        zh += f"；预计效果较高的一半 {top}，另一半 {bottom}；预计每高 1 点，实得 {slope}（{least} 至 {most}）"
        en += (
            f", {top} in the half said to be moved more and {bottom} in the other; of each point said beyond the "
            f"average {slope} are found ({least} to {most})"
        )
    if found.open < 1:
        zh += f"；{100 * (1 - found.open):.0f}% 的试验是否触达事先已定，不计"
        en += f"; {100 * (1 - found.open):.0f}% of them tell nothing: contact was sure, or out of the question"
    return zh, en


def _end(found: Found, asked: Asked, form: str | None) -> Words:
    if form is not None and proven(found, asked.level) is None:
        return Words(
            "，与已证实的规律不矛盾，采用",
            "; it speaks not against what other trials have proven: it is used",
        )
    if form == "each":
        return Words("，采用", "; it is used")
    if form == "even":
        return Words(
            "；平均有效，但看不出对谁更有效：按平均采用",
            "; it helps on average, whom more is not shown: it is used as an average",
        )
    if found.average.interval[1] < 0:
        return Words("；触达有损，不采用", "; contact does harm, and it is not used")
    level = f"{100 * asked.level:.2g}%"
    return Words(f"，不足以证实（误判率须低于 {level}），不采用",
                 f"; that is no proof at the {level} that it may be wrong, and it is not used")  # fmt: skip

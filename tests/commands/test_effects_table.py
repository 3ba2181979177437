"""What training tells on the screen of the effect of contact."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from commands.model import effects_table
from models.fatigue_effect import Toll
from training.contact.found import Estimate, Found
from training.contact.verdict import Asked, Counts, few, judged

MANY, HARDLY_ANY = Counts(4_000, 1_800, 1_200), Counts(12, 3, 2)


def shown(objective: str, uplift: dict[str, object], toll: Toll | None = None) -> str:
    document = {"uplift": uplift, "toll": None if toll is None else toll.document}
    console = Console(file=StringIO(), width=400)
    console.print(effects_table({objective: document}))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_an_effect_that_is_used_is_told_with_its_interval_in_both_languages() -> None:
    shares = (Estimate(value, 0.01) for value in (0.05, 0.09, 0.01, 0.08))
    verdict = judged(MANY, MANY, Found(*shares, Estimate(0.9, 0.2), said=0.06, open=0.97), Asked())
    text = shown("renewal", {"any": verdict.document})
    assert "是 yes" in text
    assert "触达平均 +5.0 个百分点（90% 区间 +3.4 至 +6.6，模型预计 +6.0）" in text
    assert "预计每高 1 点，实得 0.90（0.57 至 1.23）" in text
    assert "adds +5.0 points on average (90% interval +3.4 to +6.6; +6.0 were said)" in text
    assert "+9.0 in the half said to be moved more and +1.0 in the other" in text
    assert "of each point said beyond the average 0.90 are found (0.57 to 1.23)" in text
    assert "3% of them tell nothing: contact was sure, or out of the question; it is used" in text


def test_an_effect_that_is_not_used_is_told_with_the_reason() -> None:
    text = shown("renewal", {"call": few(HARDLY_ANY, HARDLY_ANY).document})
    assert "否 no" in text
    assert "试验太少" in text
    assert "too few trials: 3 + 9 with and without contact" in text


def test_an_effect_that_waits_for_another_objective_names_it() -> None:
    text = shown("cross_sell", {"any": few(MANY, MANY, "renewal").document})
    assert "too few trials of renewal" in text
    assert "目标 renewal 的试验太少" in text
    assert "3 + 9" in shown("cross_sell", {"any": few(HARDLY_ANY, MANY, "renewal").document})


def test_what_contact_takes_is_told_with_its_interval_in_both_languages() -> None:
    text = shown("renewal", {}, Toll(10_640, 6_114, 0.02, 0.003, 5.0, 0.024, (0.017, 0.031)))
    assert "10,640" in text and "是 yes" in text
    assert "成功率变化 -2.4 个百分点（90% 区间 -3.1 至 -1.7），计入触达成本" in text
    assert "by -2.4 points (90% interval -3.1 to -1.7); it counts as a cost of contact" in text


def test_where_nothing_was_asked_there_is_nothing_to_tell() -> None:
    assert effects_table({"renewal": {"uplift": {}, "toll": None}}).row_count == 0

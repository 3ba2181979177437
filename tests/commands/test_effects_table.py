"""What training tells on the screen of the effect of contact."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from commands.model import effects_table
from training.contact.halves import Halves
from training.contact.toll import Toll
from training.contact.verdict import Counts, few, judged

MANY, HARDLY_ANY = Counts(4_000, 1_800, 1_200), Counts(12, 3, 2)


def shown(objective: str, uplift: dict[str, object], toll: Toll | None = None) -> str:
    document = {"uplift": uplift, "toll": None if toll is None else toll.document}
    console = Console(file=StringIO(), width=400)
    console.print(effects_table({objective: document}))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_an_effect_that_is_used_is_told_with_its_interval_in_both_languages() -> None:
    verdict = judged(MANY, MANY, Halves(top=0.08, bottom=-0.04, everyone=0.02, interval=(0.081, 0.174)))
    text = shown("renewal", {"any": verdict.document})
    assert "是 yes" in text
    assert "相差 12.0（90% 区间 8.1 至 17.4）" in text
    assert "12.0 apart (90% interval 8.1 to 17.4); it is used" in text


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

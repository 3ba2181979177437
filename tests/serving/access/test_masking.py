"""How an answer looks to those who may not see all of a person."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.access.fields import EVERYTHING, SIGHTS, Shown, Sight
from serving.access.masking import WITHHELD, Masking, Maskings
from serving.access.role import ROLES, Role

PHONE, MAIL, PAPER, ILLNESS = "+8613912345678", "ann@example.com", "110101199003070011", "diabetes"

ANSWER: dict[str, Any] = {
    "customer_id": "c1",
    "merged": ["c2"],
    "identities": {"phone": PHONE, "email": MAIL, "wechat": None, "timezone": "Asia/Shanghai"},
    "tags": {"national_id": PAPER, "illness": ILLNESS, "region": "east"},
    "promise": {"agent_id": "wang", "note": f"call {PHONE} about {ILLNESS}"},
    "reasons": [
        {"feature": "illness", "value": ILLNESS, "text": {"zh": "糖尿病", "en": f"has {ILLNESS}"}},
        {"feature": "premium", "value": 1234567.0, "text": {"zh": "保费 1234567 元", "en": "premium 1234567 CNY"}},
    ],
    "inputs": {"illness": ILLNESS, "age": 40.0},
    "detail": f"phone = '{PHONE}': a number",
}


def _stand_in(name: str) -> str:
    return f"stands for {len(name)}"


def shown(sight: Sight) -> Any:
    return Masking(sight, ["national_id"], ["illness"], _stand_in).document(ANSWER)


def test_who_sees_all_sees_it_as_it_is() -> None:
    assert shown(EVERYTHING) == ANSWER


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_of_each_field_what_the_policy_says(role: Role) -> None:
    sight, found = SIGHTS[role], shown(SIGHTS[role])
    text = json.dumps(found, ensure_ascii=False)
    for full, there in ((sight.numbers, (PHONE, MAIL, PAPER)), (sight.sensitive, ("糖尿病", f"has {ILLNESS}"))):
        assert [one in text for one in there] == [full is Shown.FULL] * len(there)
    assert (found["customer_id"] == "c1") is (sight.ids is Shown.FULL)
    assert (found["promise"]["note"] == ANSWER["promise"]["note"]) is (sight.words is sight.numbers is Shown.FULL)


def test_an_id_that_is_not_shown_has_a_stand_in_which_is_always_the_same() -> None:
    found = shown(Sight(ids=Shown.MASKED))
    assert (found["customer_id"], found["merged"]) == ("stands for 2", ["stands for 2"])


def test_what_is_reasoned_from_a_sensitive_tag_is_withheld_with_its_value() -> None:
    reasons = shown(Sight(Shown.FULL, Shown.FULL, Shown.HIDDEN, Shown.FULL))["reasons"]
    assert reasons[0] == {"feature": "illness", "value": None, "text": WITHHELD}
    assert reasons[1] == ANSWER["reasons"][1]


def test_amounts_in_reasons_are_no_numbers_of_people() -> None:
    assert shown(Sight(Shown.MASKED, Shown.FULL, Shown.FULL, Shown.MASKED))["reasons"] == ANSWER["reasons"]


def test_there_is_nothing_to_mask_for_who_sees_all_that_a_home_holds() -> None:
    some = Maskings([], [], _stand_in)
    assert some.of(SIGHTS["dialer"]) is None
    assert Maskings([], ["illness"], _stand_in).of(SIGHTS["dialer"]) is not None


@given(
    st.recursive(
        st.sampled_from([PHONE, MAIL, PAPER, 1.0, None]),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["phone", "phones", "national_id"]), inner),
    )
)
def test_whatever_stands_under_a_name_of_numbers_is_masked_however_deep(value: Any) -> None:
    for numbers, words in product((Shown.MASKED, Shown.HIDDEN), Shown):
        masking = Masking(Sight(numbers, Shown.FULL, Shown.FULL, words), ["national_id"], [], _stand_in)
        text = json.dumps(masking.document({"identity": value}))
        assert not [one for one in (PHONE, MAIL, PAPER) if one in text]


WRITTEN = """电话13912345678打不通
call 13912345678.
13912345678-
139-1234-5678
139 1234 5678 后
+86 139 1234 5678
(0571) 8888 8888
身份证11010119900307001X
110101199003070011
１３９１２３４５６７８
写到ann.b@example.com吧
卡号6222 0212 3456 7890 123""".splitlines()

NO_NUMBERS = """2026-12-05 10:00 回访
lease-ebf9d41660b24c25b0499294be9b7977-100
0.123456789
C0017076
约 1.6 万元""".splitlines()


@pytest.mark.parametrize("text", WRITTEN)
def test_a_number_in_words_is_masked_however_it_is_grouped_and_whatever_stands_around_it(text: str) -> None:
    for numbers, name in product((Shown.MASKED, Shown.HIDDEN), ("note", "reason", "data", "subject")):
        told = Masking(Sight(numbers, words=Shown.MASKED), [], [], _stand_in).document({name: text})[name]
        digits = re.sub(r"\D", "", told)
        assert "*" in told and "ann.b" not in told and len(digits) <= 10, told


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_dates_ids_and_fractions_in_words_are_no_numbers_of_people(text: str) -> None:
    assert Masking(SIGHTS["manager"], [], [], _stand_in).document({"note": text, "detail": text}) == {
        "note": text, "detail": text,
    }  # fmt: skip


def test_in_what_others_sent_a_number_is_masked_under_whatever_name() -> None:
    data = {"topic": PHONE, "deep": [{"mobile": f"at {PHONE}"}], "product": "motor", "customer_id": "1234567"}
    found = Masking(SIGHTS["manager"], [], [], _stand_in).document({"data": data})["data"]
    assert PHONE not in json.dumps(found)
    assert (found["product"], found["customer_id"]) == ("motor", "1234567")

"""An identity has one form whoever writes it, and words for nothing make nobody one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.identity import (
    Identity,
    distinct_value,
    identities_of,
    identity_key,
    key_of,
    parse_customer_id,
    parse_identity,
    parse_subject,
)
from features.spelling import plainly
from leads.configuration.recognition import Recognition
from leads.errors import InvalidInput
from leads.history import IDENTITIES

SHANGHAI = Recognition("Asia/Shanghai")
UNSEEN = st.text(
    st.sampled_from("\u200b\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\u00ad\u061c\ufe0f"), max_size=2
)


def form(kind: str, text: str, recognition: Recognition = SHANGHAI) -> str:
    return parse_identity(kind, text, recognition).value


@given(
    st.sampled_from([("email", "ann.lee@qq.com"), ("wechat", "wx_ann-1"), ("phone", "13912340001")]),
    st.lists(UNSEEN, min_size=20, max_size=20),
)
def test_marks_that_are_not_seen_make_no_second_person(told: tuple[str, str], marks: list[str]) -> None:
    kind, text = told
    marked = "".join(letter + mark for letter, mark in zip(text, marks, strict=False))
    assert form(kind, f"\u00a0{marked}\u3000") == form(kind, text)


@given(st.sampled_from(IDENTITIES), st.text(max_size=30))
def test_a_form_is_its_own_form(kind: str, text: str) -> None:
    key = identity_key(kind, text, SHANGHAI)
    assert key is None or key_of(key, Recognition("UTC")) == key


@given(st.text())
def test_what_looks_the_same_stays_as_it_is_once_it_is_plain(text: str) -> None:
    assert plainly(plainly(text)) == plainly(text)


@pytest.mark.parametrize(
    "text",
    ["Ann@QQ.com", "mailto:ann@qq.com", "ａｎｎ＠ｑｑ．ｃｏｍ", "ann@qq。com", "ann@qq.com.", " ann@\u200bqq.com\n"],
)
def test_an_address_is_the_same_in_any_case_width_and_with_a_last_dot(text: str) -> None:
    assert form("email", text) == "ann@qq.com"


def test_a_domain_is_the_same_in_its_own_script_and_as_the_network_writes_it() -> None:
    texts = ("ann@Bücher.de", "ann@bu\u0308cher.de", "ann@xn--bcher-kva.de", "ann@XN--BCHER-KVA.DE")
    assert {form("email", text) for text in texts} == {"ann@xn--bcher-kva.de"}


def test_what_stands_before_the_at_is_kept_but_for_its_case() -> None:
    assert form("email", "Ann.B+news@gmail.com") == "ann.b+news@gmail.com"


@pytest.mark.parametrize(
    "text", ["ann", "ann@qq", "a@b@c.com", "ann@qq..com", "ann@1.2.3.4", "<ann@qq.com>", "a@qq.com;b@qq.com", "@qq.com"]
)
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"identities\.email"):
        form("email", text)


@pytest.mark.parametrize(
    "text",
    [
        "微信号：wx_ann", "微信:WX_Ann", "WeChat ID: wx_ann", "vx:wx_ann", "wx：wx_ann", "@wx_ann", "V：wx_ann",
        "v信:wx_ann", "微信号 wx_ann", "微信wx_ann", "微信号是wx_ann", "微信号： @wx_ann", "微信:wx:wx_ann",
        "（微信）wx_ann", '"wx_ann"', "'wx_ann'", "wx_ann；",
    ],
)  # fmt: skip
def test_what_is_written_before_a_wechat_id_to_say_what_it_is_is_no_part_of_it(text: str) -> None:
    assert form("wechat", text) == "wx_ann"


@pytest.mark.parametrize(
    "text",
    [
        "加不上",
        "未加",
        "小李",
        "李经理139",
        "微信号:",
        "微信号：无",
        "wx_ann和老公",
        "wx ann",
        "http://weixin.qq.com/r/ann",
        "qq:ann_1",
        "ann/wx",
    ],
)
def test_what_people_call_themselves_or_note_is_no_wechat_id(text: str) -> None:
    with pytest.raises(InvalidInput):
        form("wechat", text)


def test_a_wechat_id_is_the_same_in_any_case_and_the_platforms_own_ids_are_not() -> None:
    assert form("wechat", "WX_Ann") == form("wechat", "wx_ann")
    assert form("wechat", "o6_bmasdasdsad6_2sgVt7hMZOPfL") == "o6_bmasdasdsad6_2sgVt7hMZOPfL"


@pytest.mark.parametrize("kind", IDENTITIES)
@pytest.mark.parametrize(
    "text",
    ["", "无", "無", "-", "--", "—", "null", "None", "N/A", "n.a.", "#N/A", "NaN", "nil", "unknown", "未知", "没有",
     "不详", "空", "暂无", "test", "0", "00000000000", "000-0000", "ＮＵＬＬ", "\u200b", "？", "同上",
     "微信", "手机号", "WeChat"],
)  # fmt: skip
def test_a_word_for_nothing_is_no_identity(kind: str, text: str) -> None:
    with pytest.raises(InvalidInput, match="nothing"):
        form(kind, text)


@pytest.mark.parametrize(
    "text", ["13800000000", "138 0000 0000", "+86 13900000000", "+44 1234 567890", "021-00000000", "+852 99999999"]
)
def test_a_number_that_people_make_up_is_no_identity(text: str) -> None:
    with pytest.raises(InvalidInput):
        form("phone", text)


@pytest.mark.parametrize(
    "text",
    ["none@none.com", "test@test.com", "no@email.com", "noreply@insurer.cn", "no-reply@qq.com", "a@a.a", "a@a.com",
     "user@example.com", "test@example.org", "na@na.com", "111111@111111.com", "ann@home.invalid", "无@qq.com"],
)  # fmt: skip
def test_an_address_that_people_make_up_is_no_identity(text: str) -> None:
    with pytest.raises(InvalidInput):
        form("email", text)


@pytest.mark.parametrize(
    "text", ["ann@example.com", "no@fjord-line.no", "888888@qq.com", "null.one@qq.com", "na@sina.cn"]
)
def test_an_address_of_somebody_is_taken_though_it_looks_odd(text: str) -> None:
    assert form("email", text) == text


def test_a_workspace_adds_its_own_words_for_nothing() -> None:
    declared = Recognition("Asia/Shanghai", no_identity=("13800138000", "客户拒绝", "Info@Agency.cn"))
    for kind, text in (("phone", "+86 138-0013-8000"), ("wechat", "客户拒绝"), ("email", "info@agency.cn")):
        with pytest.raises(InvalidInput):
            form(kind, text, declared)
    assert form("phone", "13800138001", declared) == "+8613800138001"


@pytest.mark.parametrize("text", ["无", "-", "N/A", "000000000000000000", "111111111111111111", "123456789012345678"])
def test_a_word_for_nothing_keeps_nobody_apart(text: str) -> None:
    assert distinct_value(text, SHANGHAI) is None


@pytest.mark.parametrize(
    "text",
    ["31010119900101123x", " ３１０１０１ 1990 0101 123X", "310101-19900101-123X", "310101\u200b\u00a019900101123x"],
)
def test_a_paper_is_the_same_however_its_number_is_written(text: str) -> None:
    assert distinct_value(text, SHANGHAI) == "31010119900101123X"


@pytest.mark.parametrize(
    ("timezone", "value"),
    [("Asia/Calcutta", "+919812345678"), ("Asia/Kolkata", "+919812345678"), ("asia/calcutta", "+919812345678")],
)
def test_a_number_without_a_country_is_of_the_country_of_the_customers_zone(timezone: str, value: str) -> None:
    assert parse_identity("phone", "98123 45678", SHANGHAI, timezone).value == value


@pytest.mark.parametrize("timezone", ["UTC", "GMT", "CET", "EST", "Etc/GMT-8"])
def test_a_clock_tells_no_country_unless_the_workspace_does(timezone: str) -> None:
    with pytest.raises(InvalidInput, match="country"):
        parse_identity("phone", "13912340001", SHANGHAI, timezone)
    one = Recognition("Asia/Shanghai", country="CN")
    assert parse_identity("phone", "13912340001", one, timezone).value == "+8613912340001"


@pytest.mark.parametrize(
    "subject",
    [
        "phone:13912340001",
        "Phone:13912340001",
        " PHONE : 139 1234 0001 ",
        "phone：13912340001",
        "phone:tel:13912340001",
        "tel:+86-139-1234-0001",
        "TEL:13912340001",
    ],
)
def test_a_subject_names_an_identity_in_any_case_and_with_blanks(subject: str) -> None:
    assert parse_subject(subject, SHANGHAI) == Identity("phone", "+8613912340001")


def test_a_key_of_a_version_before_is_healed_where_it_can_be() -> None:
    assert key_of("phone:+86013912340001", SHANGHAI) == "phone:+8613912340001"
    assert key_of("email:ann@bücher.de", SHANGHAI) == "email:ann@xn--bcher-kva.de"
    assert key_of("phone:+86139123400010", SHANGHAI) is None
    assert key_of("wechat:无", SHANGHAI) is None


def test_an_identity_that_is_null_is_not_told_and_an_empty_one_is_refused() -> None:
    assert identities_of({"phone": None, "email": "ann@qq.com"}, SHANGHAI) == [Identity("email", "ann@qq.com")]
    with pytest.raises(InvalidInput, match="leave it out"):
        identities_of({"phone": ""}, SHANGHAI)


def test_a_word_for_nothing_is_no_customer_id() -> None:
    for text in ("null", "None", "N/A", "#N/A", "#REF!", "undefined", "无", "-", "——", "？", ".", ".."):
        with pytest.raises(InvalidInput, match="a word for nothing"):
            parse_customer_id(text)
    for text in ("0", "x", "no", "test", "ref", "NA-7", "a..", "/"):
        assert parse_customer_id(text) == text


@pytest.mark.parametrize("text", [" ", "　", "L7 ", " L7", "L7\u00a0", "L\u200b7", "\u202eL7", "L7\ufeff", "L\u00ad7"])
def test_an_id_that_looks_like_another_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="blanks around it, and without characters that are not seen"):
        parse_customer_id(text)


@pytest.mark.parametrize("text", ["phone:1", "Tel:13912340001", "mailto:ann@qq.com", "wechat：ann"])
def test_what_names_an_identity_is_no_customer_id(text: str) -> None:
    with pytest.raises(InvalidInput, match="under `identities`"):
        parse_customer_id(text)


def test_a_customer_id_has_128_characters_at_most_and_no_control_character() -> None:
    for text in ("c1", "a/b", "客户 7", "x" * 128, "crm:42"):
        assert parse_customer_id(text) == text
    for text in (
        "",
        "x" * 129,
        "a\nb",
        "a\x00",
        "a\x7fb",
        "a\x85",
        "a\u2028b",
        "\ud800",
        "phone:13912340001",
        "WeChat: x",
    ):
        with pytest.raises(InvalidInput, match="customer_id"):
            parse_customer_id(text)

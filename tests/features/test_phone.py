"""A telephone number has one form however it is written, and what is none becomes none."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from features.nothing import is_nobodys_number
from features.phone import NoPhone, extension_of, line_of, parse_phone, with_trunk_prefix

MOBILE = "+8613912340001"


def _examples() -> list[tuple[str, phonenumbers.PhoneNumber]]:
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    found = [(region, phonenumbers.example_number_for_type(region, kind)) for region in regions for kind in kinds]
    known = [(region, number) for region, number in found if number is not None]
    return [pair for pair in known if not is_nobodys_number(phonenumbers.national_significant_number(pair[1]))]


DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\ufe63"
BLANKS = " \t\u00a0\u2002\u2009\u202f\u3000"
UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff\u00ad"
SCRIPTS = ("0", "\uff10", "\u0660", "\u06f0", "\u0966", "\u09e6", "\u0e50", "\U0001d7ce")
numbers = st.sampled_from(_examples())


def _written(draw: st.DrawFn, text: str) -> str:
    """The text with other digits, separators and marks that are not seen."""
    zero = ord(draw(st.sampled_from(SCRIPTS)))
    between = st.text(st.sampled_from(UNSEEN), max_size=2)
    dash, blank = draw(st.sampled_from(DASHES)), draw(st.sampled_from(BLANKS))
    pieces = []
    for letter in text:
        letter = {"-": dash, " ": blank, "+": draw(st.sampled_from("+\uff0b"))}.get(letter, letter)
        pieces.append(chr(zero + int(letter)) if letter in "0123456789" else letter)
        pieces.append(draw(between))
    return "".join(pieces)


@st.composite
def writings(draw: st.DrawFn) -> tuple[str, str, str]:
    """A country, a number there in one of the usual writings, and its form."""
    region, number = draw(numbers)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    code, national = str(number.country_code), phonenumbers.national_significant_number(number)
    forms = [
        e164,
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
        f"+00{code}{national}",
        f"(+{code}) {national}",
        f"+{code} {'.'.join(national[i : i + 3] for i in range(0, len(national), 3))}",
        f"tel:{e164}",
    ]
    form = draw(st.sampled_from(forms))
    return region, form if form.startswith("tel") else _written(draw, form), e164


@given(writings())
def test_every_usual_writing_of_a_number_is_one_form(writing: tuple[str, str, str]) -> None:
    region, text, e164 = writing
    assert parse_phone(text, region) == e164


@given(numbers)
def test_the_form_is_its_own_form_wherever_it_is_read(example: tuple[str, phonenumbers.PhoneNumber]) -> None:
    e164 = phonenumbers.format_number(example[1], PhoneNumberFormat.E164)
    assert {parse_phone(e164, region) for region in (None, "CN", "US", example[0])} == {e164}


@given(st.text(max_size=40))
def test_any_text_is_refused_or_has_a_form_that_stays(text: str) -> None:
    try:
        form = parse_phone(text, "CN")
    except NoPhone:
        return
    assert parse_phone(form, None) == form


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).filter(lambda text: not text.endswith("00000000")))
def test_every_chinese_mobile_of_eleven_digits_is_valid_with_and_without_its_codes(text: str) -> None:
    written = (text, f"0{text}", f"86{text}", f"+860{text}", f"0086{text}", f"{text}.0")
    assert {parse_phone(form, "CN") for form in written} == {f"+86{text}"}


@given(st.from_regex(r"1[3-9]([0-9]{8}|[0-9]{10,12})", fullmatch=True))
def test_a_chinese_mobile_with_a_digit_too_few_or_too_many_is_refused(text: str) -> None:
    with pytest.raises(NoPhone):
        parse_phone(text, "CN")


@pytest.mark.parametrize(
    "text",
    [
        "+86 (0)139 1234 0001", "+860139-1234-0001", "008613912340001", "00 86 139 1234 0001", "+0086 13912340001",
        "(+86)13912340001", "8613912340001", "＋８６１３９１２３４０００１", "٠١٣٩١٢٣٤٠٠٠١", "۱۳۹۱۲۳۴۰۰۰۱",
        "tel:13912340001;phone-context=+86", "TEL:+86-139-1234-0001", "139。1234。0001", "13912340001.0",
        "17951 13912340001", "\u202a+86 139 1234 0001\u202c",
    ],
)  # fmt: skip
def test_a_mobile_is_the_same_with_its_zero_its_codes_and_other_digits(text: str) -> None:
    assert parse_phone(text, "CN") == MOBILE


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+44(0)20 7946 0958", "+442079460958"), ("+7 8 912 345-67-89", "+79123456789"),
        ("+1 1 212 555 2368", "+12125552368"), ("+39 06 6982", "+39066982"), ("021-12345678", "+862112345678"),
        ("0755 82345678", "+8675582345678"), ("0755/82345678", "+8675582345678"), ("400-820-8820", "+864008208820"),
        ("+852 5123 4567", "+85251234567"), ("+853 6612 3456", "+85366123456"), ("+886 0912-345-678", "+886912345678"),
        ("0044 20 7946 0958", "+442079460958"), ("138 0013 8000", "+8613800138000"), ("13888888888", "+8613888888888"),
    ],
)  # fmt: skip
def test_numbers_of_other_kinds_and_countries_lose_only_their_trunk_prefix(text: str, form: str) -> None:
    assert parse_phone(text, "CN") == form


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.3912E+10", "spreadsheet"), ("1391234000.5", "spreadsheet"), ("1-800-FLOWERS", "characters"),
        ("13800138001/13900139001", "more than one"), ("021-62345678/79", "more than one"),
        ("0512-6234567/8", "more than one"), ("13800138001;13900139001", "one number, alone"),
        ("13800138001、13900139001", "one number, alone"), ("13800138001 13900139001", "too long"),
        ("110", "short number"), ("95588", "short number"), ("62345678", "country (CN)"), ("+1 123", "short number"),
        ("13800138000王先生", "characters"), ("abc", "word for nothing"), ("hello", "characters"), ("+86", "no"),
    ],
)  # fmt: skip
def test_what_is_no_number_of_one_person_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NoPhone) as refused:
        parse_phone(text, "CN")
    assert reason in str(refused.value) and text not in str(refused.value)


def test_a_number_without_a_country_is_refused_where_nothing_tells_it() -> None:
    with pytest.raises(NoPhone, match="country code"):
        parse_phone("13912340001", None)
    assert parse_phone("0086 13912340001", None) == MOBILE


@pytest.mark.parametrize(
    "text",
    [
        "021-12345678 ext. 801", "021-12345678x801", "021-12345678转801", "021-12345678 分机801", "021-12345678,801",
        "+862112345678;ext=801", "021-12345678-801", "021-12345678(801)", "021-12345678（转801）", "(021)12345678#801",
        "tel:+862112345678;ext=801", "021 1234 5678 Extension: ８０１",
    ],
)  # fmt: skip
def test_an_extension_is_part_of_the_number_however_it_is_written(text: str) -> None:
    assert parse_phone(text, "CN") == "+862112345678;ext=801"


def test_two_colleagues_share_a_line_and_differ_in_their_extension() -> None:
    one, other = (parse_phone(f"021-12345678 ext. {inner}", "CN") for inner in ("801", "802"))
    assert one != other
    assert line_of(one) == line_of(other) == "+862112345678"
    assert (extension_of(one), extension_of(line_of(one))) == ("801", None)


def test_a_number_is_known_again_under_the_form_that_kept_its_zero() -> None:
    assert with_trunk_prefix(MOBILE) == "+86013912340001"
    assert with_trunk_prefix("+442079460958") == "+4402079460958"

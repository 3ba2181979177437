"""Words for nothing: what people write where an identity is asked for and there is none. They make nobody one."""

from __future__ import annotations

from collections.abc import Iterable

from features.spelling import plainly, squeezed


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORDS = _words(
    """
    na nan nil nul null none no yes y n true false nothing unknown undefined unavailable notavailable notapplicable
    notprovided notgiven notknown missing empty blank anonymous tbd tba test tests testing tester dummy fake sample
    x xx xxx xxxx abc asdf same sameasabove sameasphone noemail nomail nophone nowechat
    phone phonenumber mobile mobilenumber telephone tel wechat wechatid weixin wx email emailaddress
    无 無 没 没有 沒有 未知 不知 不知道 不清楚 不详 不詳 不明 空 空白 暂无 暫無 未填 未填写 未填寫 未提供 未留 未登记
    无效 無效 无电话 无手机 无号码 无手机号 无微信 无微信号 无邮箱 无证件 没电话 没手机 没微信 没邮箱 没有电话 没有手机
    没有微信 没有邮箱 保密 拒绝 拒绝提供 不提供 不愿提供 不便透露 待补 待补充 待定 待核实 略 是 否 有 同上 同手机
    同手机号 同电话 手机同号 微信同号 测试 測試 测试号 空号 手机 手機 手机号 手機號 手机号码 手機號碼 电话 電話 电话号码
    電話號碼 微信 微信号 微信號 邮箱 郵箱 电子邮箱 電子郵箱
    """
)
"""In letters and digits alone, names of the fields among them; what has neither, and zeros alone, are words for nothing
too."""

_ABSENT = _words("na nan nil null none undefined") | frozenset(word for word in WORDS if not word.isascii())
"""What programs and people write for an id that is not there; short words such as `x` may well be one."""

_FAILED = _words("#N/A #REF! #VALUE! #NAME? #NULL! #NUM! #DIV/0! #SPILL! #CALC! #FIELD! #GETTING_DATA")
"""What a spreadsheet shows in place of a value that it could not look up."""

_STROKES = "-‐‑‒–—―−_?*."
"""Marks that people put into a field to have something there, dots too, which a path cannot name; other marks may be an
id."""

_MAILBOXES = _words(
    """
    none null nil nobody noemail nomail noreply donotreply unknown undefined anonymous test testing dummy fake invalid
    notavailable notprovided nouser
    """
)
"""The names before the @ that are nobody's, wherever they are."""

_FILLERS = (
    WORDS
    | _MAILBOXES
    | _words(
        """
        a aa aaa aaaa b bb c e 1 11 111 123 1234 12345 123456 email mail me my user username name someone somebody you
        your yourname youremail example domain company
        """
    )
)
"""Where the name and the domain of an address are both among these, or the same one, it is nobody's."""

_RESERVED = (".example", ".invalid", ".test", ".localhost", ".local")
"""Domains that are on no network."""

_RUNS = ("01234567890123456789012345", "98765432109876543210987654")


def is_nothing(text: str, declared: Iterable[str] = ()) -> bool:
    """Whether a text stands for nothing, by itself or as a workspace declares (`no_identity`).

    >>> [is_nothing(text) for text in ("无", " - ", "N/A", "000-0000", "wx_no")]
    [True, True, True, True, False]
    """
    said = squeezed(text)
    return not said.strip("0") or said in WORDS or said in {squeezed(word) for word in declared}


def is_no_id(text: str) -> bool:
    """Whether what stands for a customer's id stands for nothing, so that all who had it would be one.

    >>> [is_no_id(text) for text in ("null", "#N/A", "#REF!", "无", "--", "..", "x", "+")]
    [True, True, True, True, True, True, False, False]
    """
    plain = plainly(text)
    return plain != "" and (not plain.strip(_STROKES) or squeezed(text) in _ABSENT or plain.upper() in _FAILED)


def is_nobodys_number(national: str) -> bool:
    """Whether a number, without its country's code, is one that people make up: one digit alone, eight zeros at the
    end, or the digits in their order.

    >>> [is_nobodys_number(number) for number in ("13800000000", "11111111111", "13888888888", "13800138000")]
    [True, True, False, False]
    """
    return is_made_up(national) or national.endswith("0" * 8)


def is_made_up(text: str) -> bool:
    """Whether letters and digits are one of them over and over, or digits in their order."""
    return len(text) >= 6 and (len(set(text)) == 1 or (len(text) >= 9 and any(text in run for run in _RUNS)))


def is_nobodys_mailbox(name: str, domain: str, declared: Iterable[str] = ()) -> bool:
    """Whether an address is one that people make up, or that nobody reads.

    >>> [is_nobodys_mailbox(*text.split("@")) for text in ("none@none.com", "no@email.com", "no@fjord-line.no")]
    [True, True, False]
    """
    said, company = squeezed(name), squeezed(domain.split(".")[0])
    filler = said in _FILLERS or is_made_up(said)
    made_up = filler and (company in _FILLERS or company == said)
    return (
        said in _MAILBOXES
        or (said in WORDS and not said.isascii())
        or said.startswith(("noreply", "donotreply"))
        or made_up
        or f".{domain}".endswith(_RESERVED)
        or {said, squeezed(domain), squeezed(f"{name}@{domain}")} & {squeezed(word) for word in declared} != set()
    )

"""Sales calls have hours where nobody declares any; what a contact policy allows beyond them is told.

Nine to nine, local time, is what the rules for insurance by telephone in China allow (人身保险电话销售业务管理办法).
"""

from __future__ import annotations

from collections.abc import Iterator

from leads.contact.policy import CALL, SALES_HOURS, ContactPolicy
from leads.words.bilingual import Text


def beyond_usual(policy: ContactPolicy) -> Iterator[Text]:
    """What a policy allows that is not where nothing is declared, in words; nothing for one that is as strict."""
    calls = policy.channels.get(CALL)
    if calls is None or calls.opens is None or calls.closes is None:
        return
    opens, closes = SALES_HOURS
    if calls.opens < opens or calls.closes > closes:
        declared, usual = f"{calls.opens:%H:%M}–{calls.closes:%H:%M}", f"{opens:%H:%M}–{closes:%H:%M}"
        yield {
            "zh": f"外呼时段设为 {declared}，超出默认允许的 {usual}（客户当地时间）",
            "en": f"calls are allowed {declared}, beyond the usual {usual} where the customer is",
        }

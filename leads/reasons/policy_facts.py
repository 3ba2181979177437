"""What somebody's policies and consents say, as phrases of a colleague."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from leads.reasons.known import Fact, Known
from leads.reasons.topics import CONSENT, EXPIRY, HELD, HOLDINGS, LAPSES, PREMIUM
from leads.words.bilingual import Words
from leads.words.spoken import ago, length, listed, number_of, said_amount

_FAR = 400.0
"""Days from now beyond which no expiry is told."""


def _premium(known: Known) -> Fact | None:
    product, currency = known.product, known.workspace.currency
    own = None if product is None else known.number(f"policy_{product}_premium")
    if product is not None and own and known.flag(f"policy_{product}_active"):
        amount, what = said_amount(own, currency), known.called(product)
        return Fact(Words(f"{what.zh}一年保费{amount.zh}", f"pays {amount.en} a year for {what.en}"), static=True)
    total = known.number("policy_premium_active")
    if not total:
        return None
    amount = said_amount(total, currency)
    return Fact(Words(f"现有保单一年保费共{amount.zh}", f"pays {amount.en} a year for all policies"), static=True)


def _expiry(known: Known) -> Fact | None:
    product = known.product or known.text("policy_next_product")
    days = None if product is None else known.number(f"policy_{product}_expiry_days")
    if product is None or days is None or abs(days) > _FAR:
        return None
    what, day = known.called(product), known.day(days)
    if days < 0:
        return Fact(Words(f"{what.zh}已在{day.zh}到期", f"the {what.en} ended on {day.en}"))
    left = ((known.local + timedelta(days=days)).date() - known.local.date()).days
    if left == 0:
        return Fact(Words(f"{what.zh}今天到期", f"the {what.en} ends today"))
    days_left = "tomorrow" if left == 1 else f"in {left} days"
    return Fact(Words(f"{what.zh}还有 {left} 天到期（{day.zh}）", f"the {what.en} ends {days_left}, on {day.en}"))


def _holdings(known: Known) -> Fact | None:
    products = [known.called(name) for name in known.held()]
    if not products:
        return None
    named, count = listed(products), number_of(len(products))
    if len(products) == 1:
        return Fact(Words(f"手上只有{named.zh}", f"holds {named.en} alone"), static=True)
    return Fact(Words(f"手上有{named.zh}{count.zh}种保障", f"holds {count.en} kinds of cover: {named.en}"), static=True)


def _lapses(known: Known) -> Fact | None:
    days = known.number("policy_since_lapse_days")
    if days is None:
        return None
    when = ago(known.local, days)
    return Fact(Words(f"{when.zh}有保单脱保", f"let a policy lapse {when.en}"))


def _held(known: Known) -> Fact | None:
    days = None if known.product is None else known.number(f"policy_{known.product}_held_days")
    if days is None or known.product is None:
        return None
    what, span = known.called(known.product), length(days)
    if known.flag(f"policy_{known.product}_active"):
        return Fact(Words(f"{what.zh}买了{span.zh}了", f"took out {what.en} {span.en} ago"), static=True)
    return Fact(Words(f"{span.zh}前买过{what.zh}", f"bought {what.en} {span.en} ago"), static=True)


_CHANNELS: Mapping[str, Words] = {
    "call": Words("打电话", "calls"),
    "wecom": Words("发企业微信", "WeCom messages"),
    "sms": Words("发短信", "SMS"),
    "email": Words("发邮件", "e-mail"),
}


def _consent(known: Known) -> Fact | None:
    said = {channel: known.flag(f"consent_{channel}") for channel in known.workspace.channels}
    refused = _channels(channel for channel, agreed in said.items() if agreed is False)
    if refused.zh:
        return Fact(Words(f"不愿意我们{refused.zh}", f"does not want {refused.en}"), there=False)
    agreed = _channels(channel for channel, yes in said.items() if yes)
    return Fact(Words(f"同意我们{agreed.zh}", f"agreed to {agreed.en}")) if agreed.zh else None


def _channels(names: Iterable[str]) -> Words:
    return listed([_CHANNELS.get(name, Words(name, name)) for name in names])


POLICY_FACTS: Mapping[str, Callable[[Known], Fact | None]] = {
    PREMIUM.name: _premium, EXPIRY.name: _expiry, HOLDINGS.name: _holdings, LAPSES.name: _lapses, HELD.name: _held,
    CONSENT.name: _consent,
}  # fmt: skip
"""By the name of the topic."""

"""Facts about a customer for the texts of actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from leads.actions.texts import AGO, ENDS, HOLDS, LEFT, NEWEST, NEWEST_WHEN, POLICY, PREMIUM
from leads.reasons.known import Known
from leads.reasons.repertoire import Repertoire, Trace
from leads.words.bilingual import Text, Words
from leads.words.spoken import ago, listed, said_amount
from leads.words.template import filled

TOLD_FOR = 120.0
"""Days after which nobody is reminded of what they did."""


def fill(text: Text, repertoire: Repertoire, known: Known) -> Text:
    """A text of an action as it is said to a customer."""
    return filled(text, lambda name: _fact(name, repertoire, known))


def _fact(name: str, repertoire: Repertoire, known: Known) -> Words | None:
    if name in _OF_POLICIES:
        return _OF_POLICIES[name](known)
    event, _, value = name.removesuffix(AGO).partition("/")
    last = _last(repertoire.happenings((event, value or None)), known, not name.endswith(AGO))
    if last is None:
        return None
    if name.endswith(AGO):
        return ago(known.local, known.number(last.since) or 0.0)
    return None if last.product is None else known.called(last.product)


def _last(traces: list[Trace], known: Known, of_product: bool) -> Trace | None:
    """The latest that somebody is reminded of: of the product that is offered, or else of any that is named; one that
    names none only where no product is spoken of.
    """
    dated = [(days, trace) for trace in traces if (days := known.number(trace.since)) is not None and days <= TOLD_FOR]
    wanted = {trace.product for trace in traces if known.product in (None, trace.product)} - {None}
    named = [(days, trace) for days, trace in dated if trace.product in wanted]
    by_product = any(trace.product is not None for trace in traces)
    if not named and not (by_product and (of_product or known.product is not None)):
        named = dated
    return min(named, key=lambda found: found[0], default=(0.0, None))[1]


def _next_days(known: Known) -> float | None:
    return known.number("policy_next_expiry_days")


def _policy(known: Known) -> Words | None:
    product = known.text("policy_next_product")
    return None if product is None else known.called(product)


def _ends(known: Known) -> Words | None:
    days = _next_days(known)
    if days is None:
        return None
    day = known.day(days)
    if days < 0:
        return Words(f"已在{day.zh}到期", f"ended on {day.en}")
    return Words(f"{day.zh}到期", f"ends on {day.en}")


def _left(known: Known) -> Words | None:
    days = _next_days(known)
    if days is None or days < 0:
        return None
    left = ((known.local + timedelta(days=days)).date() - known.local.date()).days
    if left == 0:
        return Words("就是今天", "that is today")
    return Words(f"还有 {left} 天", "that is tomorrow" if left == 1 else f"{left} days from now")


def _premium(known: Known) -> Words | None:
    product = known.text("policy_next_product")
    amount = None if product is None else known.number(f"policy_{product}_premium")
    return said_amount(amount, known.workspace.currency) if amount else None


def _holds(known: Known) -> Words | None:
    held = [known.called(product) for product in known.held()]
    return listed(held) if held else None


def _newest(known: Known) -> tuple[float, str] | None:
    """What runs and was bought last: how many days ago, and the product."""
    bought = [(known.number(f"policy_{product}_held_days"), product) for product in known.held()]
    return min(((days, product) for days, product in bought if days is not None), default=None)


def _newest_product(known: Known) -> Words | None:
    newest = _newest(known)
    return None if newest is None else known.called(newest[1])


def _newest_when(known: Known) -> Words | None:
    newest = _newest(known)
    return None if newest is None else ago(known.local, newest[0])


_OF_POLICIES: Mapping[str, Callable[[Known], Words | None]] = {
    POLICY: _policy, ENDS: _ends, LEFT: _left, PREMIUM: _premium, HOLDS: _holds, NEWEST: _newest_product,
    NEWEST_WHEN: _newest_when,
}  # fmt: skip

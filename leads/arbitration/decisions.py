"""Arbitration: of everything that could be done for each customer, what is allowed, and what is worth most.

priority = propensity × value × context × lever − cost, in the workspace's currency. Where a catalogue values by uplift,
and the effect of contact is known, the context is what of the propensity the action brings about
(`leads.arbitration.uplift_valuation`). Rules decide what is offered at all; no value buys a way past a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from leads.actions.catalogue import Catalogue
from leads.actions.refusal import Refusal
from leads.actions.reports import as_reported
from leads.arbitration.compiled import ALWAYS, Amounts, CompiledCatalogue, plan_of
from leads.contact.policy import FLAGS, REACHED, open_at
from leads.errors import InvalidInput
from leads.sheet.columns import FLAG, NUMBER
from leads.sheet.sheet import Sheet

CHUNK = 16_384
"""Rows worked on at once, so that their matrices stay in the processor's cache."""


@dataclass(frozen=True)
class Parts:
    """What a priority is made of: priority = propensity × value × context × lever − cost.

    agent, money, fatigue: what the cost is made of, the last being the customer's patience.
    """

    priority: float
    propensity: float
    value: float
    context: float
    lever: float
    cost: float
    agent: float
    money: float
    fatigue: float


@dataclass(frozen=True, eq=False)
class Tuning:
    """What was learned and who is in which arm, for n customers and A actions; each may be left out.

    ratio: (A,) observed over predicted response, by which propensities are multiplied. held_back: (n, A) bool, new
    actions not offered to a customer yet. lever: (n, A) in place of the catalogue's.
    """

    ratio: np.ndarray | None = None
    held_back: np.ndarray | None = None
    lever: np.ndarray | None = None


UNTUNED = Tuning()


@dataclass(frozen=True, eq=False)
class Decisions:
    """Decisions for n customers over the A actions of a catalogue, both in their given order.

    priority: (n, A) float64, -inf where the action is not offered.
    propensity, value, context, lever: (n, A) float64. Where the objective does not apply the propensity is 0, and so
        are values that would have to be worked out for the customer.
    fatigue_price: (n,) float64, what a contact of weight 1 costs in each customer's patience.
    rejected: (n, A) int32, 0 where offered, else one more than the position in `catalogue.refusals.all`.
    order: (n, limit) int32, the offered actions from the best down, -1 when there are no more.
    known: (groups, n) bool, for whom the effect of contact is known, by the groups of the catalogue's counting.
    """

    catalogue: Catalogue
    priority: np.ndarray
    propensity: np.ndarray
    value: np.ndarray
    context: np.ndarray
    lever: np.ndarray
    fatigue_price: np.ndarray
    rejected: np.ndarray
    order: np.ndarray
    known: np.ndarray

    def best(self, positions: Sequence[int]) -> np.ndarray:
        """Of these actions the best one offered to each customer: (n,) positions, -1 where none is."""
        if not positions:
            return np.full(len(self.priority), -1, dtype=np.int32)
        columns = np.sort(np.asarray(positions, dtype=np.int32))
        among = self.priority[:, columns]
        best = np.argmax(among, axis=1)
        offered = among[np.arange(len(among)), best] > -np.inf
        return np.where(offered, columns[best], -1).astype(np.int32)

    def parts(self, row: int, action: int) -> Parts:
        """What this priority is made of."""
        counted = self.catalogue.valuation.counted(self.catalogue.actions[action])
        return Parts(
            priority=float(self.priority[row, action]),
            propensity=float(self.propensity[row, action]),
            value=float(self.value[row, action]),
            context=float(self.context[row, action]),
            lever=float(self.lever[row, action]),
            cost=float(self.cost(row)[action]),
            agent=counted.agent,
            money=counted.money,
            fatigue=float(self.fatigue_price[row]) * counted.fatigue,
        )

    def by_effect(self, row: int) -> np.ndarray:
        """(A,) bool: the actions whose priority counts what they change for this customer."""
        counting = plan_of(self.catalogue).counting
        counted = np.zeros(len(self.catalogue.actions), dtype=bool)
        counted[counting.actions] = self.known[counting.group, row]
        return counted

    def cost(self, rows: int | slice | np.ndarray) -> np.ndarray:
        """What each action costs these customers: (k, A), or (A,) of one."""
        plan = plan_of(self.catalogue)
        return np.asarray(plan.cost + np.multiply.outer(self.fatigue_price[rows], plan.fatigue))

    def refusal(self, row: int, action: int) -> Refusal | None:
        """The first thing that refused the action, None when it is offered."""
        index = int(self.rejected[row, action])
        return self.catalogue.refusals.all[index - 1] if index else None


def arbitrate(
    sheet: Sheet,
    catalogue: Catalogue,
    now: datetime,
    *,
    channel: str | None = None,
    limit: int = 1,
    hours: bool = True,
    tuning: Tuning = UNTUNED,
) -> Decisions:
    """What to do for each row of the sheet.

    sheet: the customer feature sheet with a column `score_{objective}` per objective
        (`score_{objective}__{product}` where it is for each product): a probability, missing where the objective
        does not apply. A score column that is absent applies to nobody. Columns `uplift_…` (see
        `Objective.uplift_column`), when present, are the effects of contact. `timezone`, when present, is where
        the customer is; `callback_due` and `retry_due` whether such a call is due; `has_phone`, `has_wechat` and
        `has_email` whether they can be reached so; `toll_{objective}` what contact takes;
        `reported_…` what agents have reported.
    channel: offer nothing but actions of this channel.
    limit: how many actions to order. Of two of equal priority the one that stands first in the catalogue
        wins.
    hours: whether the channels' local hours are to be kept; without them a queue can be prepared overnight.
    tuning: what was learned of the actions, and each customer's arm.
    """
    if limit < 1:
        raise InvalidInput("limit", limit, "at least 1")
    sheet = _completed(as_reported(sheet), catalogue)
    plan = plan_of(catalogue)
    decisions = _empty(catalogue, plan, len(sheet), limit, tuning)
    checks = plan.checks_for(channel)
    for start in range(0, len(sheet), CHUNK):
        part = sheet.part(start, start + CHUNK)
        rows = slice(start, start + len(part))
        _decide(decisions, plan, checks, part, rows, now if hours else None, tuning)
    return decisions


def _completed(sheet: Sheet, catalogue: Catalogue) -> Sheet:
    """The sheet with what need not be told in it."""
    usual: dict[str, float] = dict.fromkeys(FLAGS, 0.0) | dict.fromkeys(REACHED.values(), 1.0)
    usual |= dict.fromkeys((*catalogue.effects.tolls, *catalogue.refusals.columns), np.nan)
    absent = {name: usual[name] for name in sheet.columns.lacking(tuple(usual))}
    if not absent:
        return sheet
    dtypes = {name: NUMBER if value != value else FLAG for name, value in absent.items()}
    return sheet.plus(dtypes, np.repeat(np.array(list(absent.values()))[:, None], len(sheet), axis=1))


def _empty(catalogue: Catalogue, plan: CompiledCatalogue, rows: int, limit: int, tuning: Tuning) -> Decisions:
    """Decisions to be filled in. Their matrices are kept by action, which is how they are worked out."""
    shape = (len(catalogue.actions), rows)
    return Decisions(
        catalogue=catalogue,
        priority=np.empty(shape).T,
        propensity=np.empty(shape).T,
        value=_room(plan.value, shape).T,
        context=(np.empty(shape) if len(plan.counting.actions) else _room(plan.context, shape)).T,
        lever=np.broadcast_to(plan.lever, shape[::-1]) if tuning.lever is None else tuning.lever,
        fatigue_price=np.full(rows, plan.flat_price),
        rejected=np.zeros(shape, dtype=np.int32).T,
        order=np.full((rows, limit), -1, dtype=np.int32),
        known=np.zeros((len(plan.counting.groups), rows), dtype=bool),
    )


def _room(amounts: Amounts, shape: tuple[int, int]) -> np.ndarray:
    """Where (A, n) amounts go; those that are the same for everyone take no room."""
    return np.empty(shape) if amounts.sources else np.broadcast_to(amounts.numbers, shape)


def _decide(
    out: Decisions,
    plan: CompiledCatalogue,
    checks: np.ndarray,
    sheet: Sheet,
    rows: slice,
    now: datetime | None,
    tuning: Tuning,
) -> None:
    """Decide for these rows and write it into the decisions; without `now` every channel is open."""
    scores = plan.read_scores(sheet)
    facts = np.zeros((plan.first_channel + len(plan.channels), len(sheet)), dtype=bool)
    facts[ALWAYS] = True
    facts[2 : plan.first_rule] = np.isfinite(scores[: len(plan.scores)])
    facts[plan.first_channel :] = _opened(plan, out.catalogue, sheet, now)
    opened = plan.open_to(checks, facts)
    amounts = plan.read(sheet, checks, facts, opened)
    rejected, priority = out.rejected[rows].T, out.priority[rows].T
    for k in reversed(range(checks.shape[1])):
        np.copyto(rejected, plan.codes[:, k, None], where=~facts[checks[:, k]])
    if tuning.held_back is not None:
        rejected[(rejected == 0) & tuning.held_back[rows].T] = out.catalogue.refusals.ramp_code
    propensity = out.propensity[rows].T
    scores[~np.isfinite(scores)] = 0.0
    np.take(scores, plan.action_scores, axis=0, out=propensity, mode="clip")
    if tuning.ratio is not None:
        np.minimum(propensity * tuning.ratio[:, None], 1.0, out=propensity)
    value = _fill(out.value[rows].T, plan.value, amounts, opened)
    context = _fill(out.context[rows].T, plan.context, amounts, opened)
    if len(plan.counting.actions):
        lift = plan.counting.read(sheet)
        out.known[:, rows] = plan.counting.known(lift)
        plan.counting.apply(sheet, lift, out.known[:, rows], context)
    np.multiply(propensity, value, out=priority)
    priority *= context
    priority *= out.lever[rows].T
    if plan.price is None:
        priority -= plan.flat_cost[:, None]
    else:
        price = np.maximum(amounts[plan.price], 0.0, out=out.fatigue_price[rows])
        priority -= plan.cost[:, None] + plan.fatigue[:, None] * price
    priority[rejected > 0] = -np.inf
    _rank(priority, out.order[rows])


def _opened(plan: CompiledCatalogue, catalogue: Catalogue, sheet: Sheet, now: datetime | None) -> np.ndarray:
    """Whether each channel with hours is open where the customer is: (channels, n) bool."""
    if now is None:
        return np.ones((len(plan.channels), len(sheet)), dtype=bool)
    zones: list[str | None] = [None]
    zone = np.zeros(len(sheet), dtype=np.intp)
    if "timezone" in sheet:
        named = list(sheet.words.get("timezone", ()))
        zones, zone = [*named, None], sheet.places("timezone", named)
    opened = [open_at(catalogue.contact, channel, zones, now)[zone] for channel in plan.channels]
    return np.array(opened, dtype=bool).reshape(len(plan.channels), len(sheet))


def _fill(out: np.ndarray, amounts: Amounts, expressed: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """Each action's amount for each row: (A, n); of expressions only for those to whom the action is open."""
    if out.flags.writeable:
        out[:] = amounts.numbers
    for action, amount in amounts.sources:
        np.multiply(expressed[amount], opened[action], out=out[action])
    return out


def _rank(priority: np.ndarray, order: np.ndarray) -> None:
    """Fill `order` (n, limit) with the offered actions from the best down; priority is (A, n)."""
    limit = min(order.shape[1], len(priority))
    if limit == 0:
        return
    one = limit == 1
    best = np.argmax(priority, axis=0)[None] if one else np.argsort(-priority, axis=0, kind="stable")[:limit]
    offered = np.take_along_axis(priority, best, axis=0) > -np.inf
    order[:, :limit] = np.where(offered, best, -1).T

"""Two ways of deciding beside each other: volumes, expected value, and who loses which action to what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from leads.actions.action import Action
from leads.words.bilingual import Text


@dataclass(frozen=True)
class Done:
    """What is done for a customer. expected: propensity × value − cost, in the workspace's currency; of the propensity
    only what the action changes, where it is valued by uplift.
    """

    action: Action
    expected: float


@dataclass(frozen=True)
class Loss:
    """Why an action is not done any more: the stage and rule that refuses it, in words too."""

    stage: str
    rule: str
    text: Text


@dataclass(frozen=True)
class Turn:
    """One decision both ways, None for nothing. loss: where an action is lost."""

    decision_id: str
    customer_id: str
    before: Done | None
    after: Done | None
    loss: Loss | None


@dataclass(frozen=True)
class Side:
    """All decisions one way. expected: the sum of what is expected. agent_minutes: of the actions chosen. nothing:
    decisions that offer nothing. customers_with_nothing: those for whom no decision offers anything.
    """

    expected: float
    agent_minutes: float
    nothing: int
    customers_with_nothing: int


@dataclass(frozen=True)
class Comparison:
    """decisions: how many were made again, for how many customers; skipped: how many not, by reason.

    actions, channels, scenes: rows of a name, its label, and decisions `before` and `after`. moves: `from, to,
    decisions` of those that lose an action, null for nothing. rules: `stage, rule, text, decisions` by what takes it
    away. lost: some of those decisions.
    """

    decisions: int
    customers: int
    skipped: Mapping[str, int]
    before: Side
    after: Side
    actions: list[dict[str, Any]]
    channels: list[dict[str, Any]]
    scenes: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    lost: list[dict[str, Any]]

    def document(self) -> dict[str, Any]:
        return asdict(self)


def compared(turns: Sequence[Turn], actions: Sequence[Action], skipped: Mapping[str, int], sample: int) -> Comparison:
    """The turns summed up. actions: those of the changed catalogue, for their labels."""
    lost = [turn for turn in turns if turn.loss is not None]
    labels = {done.action.name: done.action.label for turn in turns for done in (turn.before, turn.after) if done}
    labels |= {action.name: action.label for action in actions}
    volumes = _volumes(turns, lambda action: action.name)
    return Comparison(
        decisions=len(turns),
        customers=len({turn.customer_id for turn in turns}),
        skipped=skipped,
        before=_side(turns, lambda turn: turn.before),
        after=_side(turns, lambda turn: turn.after),
        actions=[row | {"label": dict(labels[row["name"]])} for row in volumes],
        channels=_volumes(turns, lambda action: action.channel),
        scenes=_volumes(turns, lambda action: action.scene),
        moves=[{"from": a, "to": b, "decisions": n} for (a, b), n in _counted([_move(turn) for turn in lost])],
        rules=_rules(lost),
        lost=[_named(turn) for turn in sorted(lost, key=lambda turn: turn.decision_id)[:sample]],
    )


def _side(turns: Sequence[Turn], of: Callable[[Turn], Done | None]) -> Side:
    done = [found for turn in turns if (found := of(turn)) is not None]
    served = {turn.customer_id for turn in turns if of(turn) is not None}
    return Side(
        expected=sum(found.expected for found in done),
        agent_minutes=sum(found.action.cost.minutes for found in done),
        nothing=len(turns) - len(done),
        customers_with_nothing=len({turn.customer_id for turn in turns} - served),
    )


def _volumes(turns: Sequence[Turn], of: Callable[[Action], str]) -> list[dict[str, Any]]:
    """`name, before, after`, the largest first."""
    before = Counter(of(turn.before.action) for turn in turns if turn.before)
    after = Counter(of(turn.after.action) for turn in turns if turn.after)
    names = sorted(before | after, key=lambda name: (-before[name] - after[name], name))
    return [{"name": name, "before": before[name], "after": after[name]} for name in names]


def _move(turn: Turn) -> tuple[str | None, str | None]:
    before, after = (None if done is None else done.action.name for done in (turn.before, turn.after))
    return before, after


def _rules(lost: Sequence[Turn]) -> list[dict[str, Any]]:
    losses = {(turn.loss.stage, turn.loss.rule): turn.loss for turn in lost if turn.loss}
    counted = _counted([(turn.loss.stage, turn.loss.rule) for turn in lost if turn.loss])
    return [
        {"stage": stage, "rule": rule, "text": dict(losses[stage, rule].text), "decisions": count}
        for (stage, rule), count in counted
    ]


def _counted(pairs: Sequence[tuple[Any, Any]]) -> list[tuple[tuple[Any, Any], int]]:
    """Pairs with their number, the most first."""
    return sorted(Counter(pairs).items(), key=lambda item: (-item[1], str(item[0])))


def _named(turn: Turn) -> dict[str, Any]:
    before, after = _move(turn)
    told = {"decision_id": turn.decision_id, "customer_id": turn.customer_id, "from": before, "to": after}
    return told | ({"stage": turn.loss.stage, "rule": turn.loss.rule} if turn.loss else {})

"""Levers: how much the business wants an action, a scene or an objective now; and experiments with other levers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from leads.actions.action import Action
from leads.actions.learning import CONTROL, TREATMENT, Arm, Learning, parse_share
from leads.configuration.section import Section
from leads.configuration.workspace import Workspace


def parse_arms(
    top: Section,
    levers: Mapping[str, Mapping[str, float]],
    learning: Learning,
    control: float,
    named: tuple[Sequence[Action], Iterable[str], Workspace],
) -> tuple[Arm, ...]:
    """The experiments under `arms`; with the control share they must leave somebody to be treated."""
    found = []
    for name, section in top.sections("arms"):
        section.only("share", "levers", "exploration")
        if name in (CONTROL, TREATMENT):
            raise top.refuse("arms", f"names other than {CONTROL} and {TREATMENT}", name)
        own = parse_levers(section.section("levers"), *named)
        joined = {kind: {**levers.get(kind, {}), **changed} for kind, changed in own.items()}
        exploration = parse_share(section, "exploration", learning.exploration)
        found.append(Arm(name, parse_share(section, "share", 0.0), joined, exploration))
    if control + sum(arm.share for arm in found) >= 1:
        raise top.refuse("arms", "shares that with control_share stay below 1")
    return tuple(found)


def parse_levers(
    section: Section, actions: Sequence[Action], scenes: Iterable[str], workspace: Workspace
) -> dict[str, dict[str, float]]:  # fmt: skip
    """Levers by kind and name. Raises InvalidWorkspace for a name that does not exist, or a factor below 0."""
    allowed: dict[str, Iterable[str]] = {
        "action": [action.name for action in actions], "scene": scenes, "objective": workspace.objectives,
    }  # fmt: skip
    section.only(*allowed)
    for kind, names in allowed.items():
        section.section(kind).only(*names)
    return {
        kind: {name: inner.number(name, least=0) for name in inner.values}
        for kind in allowed
        for inner in [section.section(kind)]
    }

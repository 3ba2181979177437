"""Levers given on the command line, in place of those that a catalogue declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from leads.errors import InvalidInput

if TYPE_CHECKING:
    from leads.actions.catalogue import Catalogue

Levers = Mapping[str, Mapping[str, float]]
"""Factors by kind (`scene`, `objective` or `action`) and name."""


def parsed(text: str) -> dict[str, dict[str, float]]:
    """Levers as written on the command line.

    >>> parsed("scene.renewal=1.5, action.gift_sms=0")
    {'scene': {'renewal': 1.5}, 'action': {'gift_sms': 0.0}}
    """
    levers: dict[str, dict[str, float]] = {}
    for part in filter(None, (item.strip() for item in text.split(","))):
        name, _, value = part.partition("=")
        kind, _, what = name.partition(".")
        try:
            levers.setdefault(kind, {})[what] = float(value)
        except ValueError as error:
            raise typer.BadParameter(f"{part!r} is not a lever such as scene.renewal=1.5") from error
    return levers


def pulled(catalogue: Catalogue, levers: Levers) -> Catalogue:
    """The catalogue with these levers in place of its own of the same name; raises InvalidInput for one it has not."""
    known = {
        "scene": set(catalogue.actions.scenes),
        "objective": set(catalogue.actions.objectives),
        "action": {action.name for action in catalogue.actions},
    }
    for kind, values in levers.items():
        for name, value in values.items():
            if name not in known.get(kind, set()):
                allowed = "scene.NAME, objective.NAME or action.NAME, as declared"
                raise InvalidInput("--levers", f"{kind}.{name}", allowed)
            if not value >= 0:
                raise InvalidInput("--levers", f"{kind}.{name}={value:g}", "factors of at least 0")
    merged = {kind: {**catalogue.valuation.levers.get(kind, {}), **levers.get(kind, {})} for kind in known}
    return replace(catalogue, valuation=replace(catalogue.valuation, levers=merged))

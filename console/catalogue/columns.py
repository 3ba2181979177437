"""Names that conditions may use, with what they mean, and what fields may be one of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from features.configuration import Configuration

_PLURAL = {"scenes": "scene", "channels": "channel", "objectives": "objective", "products": "product",
           "events": "event", "actions": "action"}  # fmt: skip


def columns(configuration: Configuration) -> list[dict[str, Any]]:
    """`name, type, zh, en` of every column that a condition may read; what it is called only where somebody said."""
    workspace = configuration.workspace
    named = {name: tag.label for name, tag in workspace.tags.items()}
    types = {"Float64": "number", "Boolean": "yes/no", "String": "text"}
    return [
        {"name": name, "type": types.get(str(kind), ""), **{lang: named[name][lang] for lang in ("zh", "en")}}
        if name in named
        else {"name": name, "type": types.get(str(kind), ""), "zh": "", "en": ""}
        for name, kind in sorted(configuration.decision_schema.items())
    ]


def options(configuration: Configuration) -> Mapping[str, list[str]]:
    """By kind of field the names that it may be one of."""
    workspace, catalogue = configuration.workspace, configuration.catalogue
    found = {
        "scene": [*catalogue.actions.scenes],
        "channel": [*workspace.channels, *catalogue.actions.passive],
        "objective": [*workspace.objectives],
        "product": [*workspace.products],
        "event": [*workspace.events],
        "action": [action.name for action in catalogue.actions],
        "stage": [stage.name for stage in workspace.lifecycle.stages],
        "flag": ["true", "false"],
    }
    return found | {many: found[one] for many, one in _PLURAL.items()}

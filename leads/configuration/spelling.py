"""Spelling: what an event says, in the words that the workspace declares. One function for every way in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leads.configuration.vocabulary import DO_NOT_CALL
from leads.configuration.workspace import CHANNEL, CONSENT, DISPOSITION, PRODUCT, Workspace
from leads.errors import InvalidInput

CALLED, CHANGED = "call.completed", "consent.changed"


def spelled(workspace: Workspace, kind: str, fields: Mapping[str, Any], prefix: str = "data.") -> dict[str, Any]:
    """The fields of an event of a type, each word as it is declared.

    prefix: of the names of fields in errors. Raises InvalidInput for a word that is not declared, a consent that does
    not say which channel it is about or whether it is given, and a refusal told where nobody would hear it.
    """
    found = {name: spell(workspace, kind, name, value, f"{prefix}{name}") for name, value in fields.items()}
    if kind == CHANGED and {CHANNEL, CONSENT} <= workspace.fields.keys():
        for name, allowed in ((CHANNEL, "the channel that it is about, or all"), (CONSENT, "true or false")):
            if found.get(name) is None:
                raise InvalidInput(f"{prefix}{name}", None, allowed)
    if found.get(DISPOSITION) == DO_NOT_CALL and kind != CALLED and CALLED in workspace.events:
        raise InvalidInput(f"{prefix}{DISPOSITION}", DO_NOT_CALL, f"told with {CALLED}, or as {CHANGED}")
    if found.get(CONSENT) is False and kind != CHANGED and CHANGED in workspace.events:
        raise InvalidInput(f"{prefix}{CONSENT}", False, f"absent: a refusal is told as {CHANGED}")
    return found


def require_product(workspace: Workspace, kind: str, fields: Mapping[str, Any], prefix: str = "data.") -> None:
    """Raises InvalidInput for an event of a policy that does not tell its product, by which the policy book is kept."""
    keeps = workspace.events[kind].policy is not None and workspace.products and PRODUCT in workspace.fields
    if keeps and fields.get(PRODUCT) is None:
        allowed = f"one of {', '.join(workspace.products)}, as nothing says of which the policy is"
        raise InvalidInput(f"{prefix}{PRODUCT}", None, allowed)


def spell(workspace: Workspace, kind: str, name: str, value: Any, path: str) -> Any:
    """One field's value as it is declared. Raises InvalidInput under `path`."""
    words = workspace.words(kind, name)
    return words.read(path, value) if words is not None and isinstance(value, str) else value

"""Sayings: which events say yes or no to a purpose, and by which words."""

from __future__ import annotations

from leads.configuration.vocabulary import ALL, PROFILING
from leads.configuration.workspace import CHANNEL, CONSENT, DISPOSITION, Workspace
from leads.contact.policy import CALL


def spoken_in(workspace: Workspace, purpose: str) -> tuple[str, ...]:
    """The types of events that can say yes or no to a purpose; a call that ends with do-not-call says no to calls."""
    said = {CHANNEL, CONSENT} <= set(workspace.fields)
    told = purpose == CALL and DISPOSITION in workspace.fields
    kinds = ("consent.changed",) * said + ("call.completed",) * told
    return tuple(kind for kind in kinds if kind in workspace.events)


def meaning(purpose: str) -> tuple[str, ...]:
    """The words of an event that say yes or no to a purpose: its own, and where it is a channel that for all."""
    return (purpose,) if purpose == PROFILING else (purpose, ALL)

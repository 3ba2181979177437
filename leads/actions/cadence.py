"""The cadence of a catalogue: its plays, and the times of events for which its rules ask."""

from __future__ import annotations

from dataclasses import dataclass

from leads.actions.action_set import ActionSet
from leads.actions.plays import Play, play_windows
from leads.configuration.rules import Rule
from leads.contact.event_windows import Count, EventWindow
from leads.contact.policy import ContactPolicy


@dataclass(frozen=True)
class Cadence:
    """counts: further columns for rules. days: each play's day, a column for its steps."""

    counts: tuple[Count, ...] = ()
    plays: tuple[Play, ...] = ()
    days: tuple[Rule, ...] = ()

    def windows(self, actions: ActionSet, contact: ContactPolicy) -> tuple[EventWindow, ...]:
        """What is asked of the exact times of events, each once: by limits, counts and plays."""
        channels = {action.name: action.channel for action in actions}
        limits = (limit.window for limit in contact.limits)
        return tuple(dict.fromkeys([*limits, *self.counts, *play_windows(self.plays, channels, contact.sent)]))


NONE = Cadence()
"""Where nothing is declared: no plays, and no counts beside those of limits."""

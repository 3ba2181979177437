"""Why an action is not offered: a rule of its own, of the contact policy, or of who may be asked at all."""

from __future__ import annotations

from dataclasses import dataclass

from leads.configuration.rules import Rule


@dataclass(frozen=True)
class Refusal:
    """Why an action is not offered.

    stage: in their order `request` (another channel was asked for), `population` (the objective does not
        apply), the action's own three, `contact` (the policy and its hours), and `ramp` (a new action that is not
        offered to everyone yet).
    """

    stage: str
    rule: Rule


HOURS = "(contact hours)"
"""In place of a file in the refusal of a closed channel: its rule is not SQL."""

CHANNEL_ASKED = Refusal("request", Rule("channel", "the channel that was asked for"))


RAMP = Refusal("ramp", Rule("ramp", "new actions are offered to more customers as evidence comes in"))


def hours_refusal(channel: str) -> Refusal:
    """Refused because the channel is closed now where the customer is."""
    return Refusal("contact", Rule("hours", f"{channel} is open where the customer is", channel, HOURS))


def is_rule(refusal: Refusal) -> bool:
    """Whether it is a rule that somebody wrote, to be asked of the frame."""
    return refusal.stage not in ("request", "population") and refusal.rule.file != HOURS

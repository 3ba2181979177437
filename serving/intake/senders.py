"""Who may tell what: the types of events that keys of a scope may send, as declared in the workspace or by default."""

from __future__ import annotations

from dataclasses import dataclass

from features.configuration import Configuration
from leads.configuration.workspace import Workspace
from leads.errors import InvalidInput
from serving.events.stream import Event
from serving.intake import enrichment

ADMIN, DIALER = "admin", "dialer"

_CONSENT = "consent.changed"


@dataclass(frozen=True)
class Sender:
    """A key's scope, with the types that it may send."""

    scope: str
    types: frozenset[str]

    @classmethod
    def of(cls, configuration: Configuration, scope: str) -> Sender:
        """As `senders` in workspace.yaml says; without it all declared types, but for dialers, who tell of contact.

        These are the events that `contact.sent` names, those whose first word is a channel (`call.completed`), and
        `consent.changed`; none that moves the policy book, or that an objective aims at.
        """
        workspace = configuration.workspace
        if scope in workspace.senders:
            return cls(scope, frozenset(workspace.senders[scope]))
        if scope != DIALER:
            return cls(scope, frozenset(workspace.events))
        told = {name for name in workspace.events if name.partition(".")[0] in ("call", *workspace.channels)}
        told |= {_CONSENT, *enrichment.contacts(configuration.catalogue)}
        return cls(scope, frozenset((told & workspace.events.keys()) - _earned(workspace)))

    def check(self, event: Event) -> None:
        """Raises InvalidInput for a type that this scope may not send, and for consent that a dialer says was given:
        dialers report refusals alone.
        """
        if event.type not in self.types:
            allowed = ", ".join(sorted(self.types)) or "none"
            raise InvalidInput("type", event.type, f"not told by a key of scope {self.scope}, which may send {allowed}")
        if self.scope == DIALER and event.type == _CONSENT and event.data.get("consent") is not False:
            reason = f"false: a key of scope {DIALER} may report with {_CONSENT} that consent was refused, not given"
            raise InvalidInput("data.consent", event.data.get("consent"), reason)


def _earned(workspace: Workspace) -> set[str]:
    """What the core systems alone know."""
    book = {kind.name for kind in workspace.events.values() if kind.policy is not None}
    return book | {objective.target for objective in workspace.objectives.values()}

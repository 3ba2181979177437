"""A principal: who asks, be it a person who signed in or a machine with a key."""

from __future__ import annotations

from dataclasses import dataclass

from serving.access.role import MACHINES, Role


@dataclass(frozen=True)
class Principal:
    """Who asks.

    id: by which the trail names them: a key's id, or what stands for a person. role: what they are here. name: what
    people call them, for pages; it stands in no trail. agent_id: the agent they are, None for who is none. team: theirs
    or the one they lead. key_id: of the key that opened the door, None for who signed in otherwise. masked: sees no
    number in full whatever the role says.
    """

    id: str
    role: Role
    name: str = ""
    agent_id: str | None = None
    team: str | None = None
    key_id: str | None = None
    masked: bool = False

    @property
    def is_machine(self) -> bool:
        return self.role in MACHINES


NOBODY = Principal("nobody", "metrics")
"""Who did not say who they are, with the least of all roles."""

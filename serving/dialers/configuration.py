"""The dialers that `dialers.yaml` declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from features.home import Home
from leads.errors import NotFound
from serving.dialers.file import FILE, dialers_section
from serving.dialers.incoming import Sender, parse_sender
from serving.dialers.vicidial.configuration import Vicidial, parse_vicidial


@dataclass(frozen=True)
class Dialers:
    """By name: each VICIdial, and dialers that send signed outcomes."""

    vicidial: Mapping[str, Vicidial] = field(default_factory=dict)
    incoming: Mapping[str, Sender] = field(default_factory=dict)

    def a_vicidial(self, name: str) -> Vicidial:
        """Raises NotFound, naming those there are."""
        if name not in self.vicidial:
            raise NotFound("vicidial", name, f"{FILE} declares {', '.join(self.vicidial) or 'none'}")
        return self.vicidial[name]


def load_dialers(home: Home, path: Path | None = None) -> Dialers:
    """What the home's file says, or the one at a path.

    Raises InvalidWorkspace naming the key, the value and what is allowed.
    """
    section, workspace = dialers_section(home, path), home.configuration.workspace
    return Dialers(
        vicidial={name: parse_vicidial(name, inner, workspace) for name, inner in section.sections("vicidial")},
        incoming={name: parse_sender(name, inner) for name, inner in section.sections("incoming")},
    )

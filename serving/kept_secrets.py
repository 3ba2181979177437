"""Secrets of other systems: named in a configuration file, read from where they are kept when they are needed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leads.configuration.section import Section
from leads.errors import Unavailable


@dataclass(frozen=True)
class Secret:
    """Where a secret is kept: an environment variable, a file, or the configuration itself."""

    kind: str
    place: str = field(repr=False)

    def reveal(self, environment: Mapping[str, str]) -> str:
        """The secret. Raises Unavailable, naming its place, when there is none."""
        if self.kind == "text":
            return self.place
        if self.kind == "env":
            found = environment.get(self.place, "")
        else:
            path = Path(self.place)
            found = path.read_text("utf-8").strip() if path.is_file() else ""
        if not found:
            raise Unavailable(f"there is no secret in {self.kind} {self.place}")
        return found


def parse_secret(section: Section, name: str) -> Secret:
    """A text, `{env: NAME}` or `{file: PATH}`. Raises InvalidWorkspace, which does not show the value."""
    return _secret(section, name, section.values.get(name))


def parse_secrets(section: Section, name: str) -> tuple[Secret, ...]:
    """One or more, the newest first. Raises InvalidWorkspace."""
    value = section.values.get(name)
    if not isinstance(value, list) or not value:
        raise section.refuse(name, "a list of one or more secrets", "(withheld)")
    return tuple(_secret(section, name, item) for item in value)


def _secret(section: Section, name: str, value: object) -> Secret:
    if isinstance(value, str) and value:
        return Secret("text", value)
    if isinstance(value, Mapping) and len(value) == 1:
        kind, place = next(iter(value.items()))
        if kind in ("env", "file") and isinstance(place, str) and place:
            return Secret(str(kind), place)
    raise section.refuse(name, "a text, {env: NAME} or {file: PATH}", "(withheld)")


def digest_of_secret(secret: str) -> str:
    """What is kept of a secret that others show us: its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def shows(secret: str, digest: str) -> bool:
    """Whether this is the secret of a digest; takes as long whatever is given."""
    return hmac.compare_digest(digest_of_secret(secret), digest)

"""Digests that stand for personal values where those must not be kept."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

from features.secret import secret_of

_MARK = "k"
"""How a digest under a home's secret begins; one without it begins with a hexadecimal digit."""


def digest_of(text: str) -> str:
    """By which anybody can tell that it is of this text: of what is no secret."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Digests:
    """Of the ids and identities of a home's customers, under its own secret: who has not got that cannot try out whose
    they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _secret(self) -> bytes:
        return secret_of(self._folder)

    def of(self, text: str) -> str:
        return self.lifted(digest_of(text))

    def of_number(self, phone: str) -> str:
        """Of a number, as of an identity."""
        return self.of(f"phone:{phone}")

    def lifted(self, digest: str) -> str:
        """The digest under the secret, of one that is, or of one of an earlier version, which is not."""
        if digest.startswith(_MARK):
            return digest
        return _MARK + hashlib.blake2b(digest.encode(), key=self._secret, digest_size=16).hexdigest()

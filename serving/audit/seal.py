"""Seals: what an entry is kept with, so that whoever has not got the home's secret can neither change one nor make one
up, nor try out whom it concerns.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from features.secret import secret_of

FIRST = "0" * 32
"""What comes before the first entry of a chain."""


class Seal:
    """Under the secret of a home."""

    def __init__(self, folder: Path) -> None:
        secret = secret_of(folder)
        self._sealing = hashlib.blake2b(b"audit seal", key=secret).digest()
        self._naming = hashlib.blake2b(b"audit whom", key=secret, digest_size=32).digest()

    def of(self, before: str, text: str) -> str:
        """The seal of an entry that comes after another one, by that one's seal."""
        return hmac.digest(self._sealing, f"{before}\n{text}".encode(), "sha256").hex()[:32]

    def fits(self, seal: str, before: str, text: str) -> bool:
        return hmac.compare_digest(seal.encode(), self.of(before, text).encode())

    def whom(self, customer_id: str) -> str:
        """What stands for a customer in the trail: who has the secret and the id finds their entries."""
        return hashlib.blake2b(customer_id.encode(), key=self._naming, digest_size=8).hexdigest()

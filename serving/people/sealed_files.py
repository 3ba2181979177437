"""Sealed files: what is kept of a person and is to be seen by nobody meanwhile, under a key of the home's secret."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from features.privacy import ALONE
from features.secret import secret_of
from leads.errors import Unavailable

_NONCE = 12


class SealedFiles:
    """Of a home: AES-256-GCM, by the name of the file, so that none can stand in for another."""

    def __init__(self, home: Path, purpose: str) -> None:
        self._home = home
        self._folder = home / purpose
        self._purpose = purpose

    def write(self, name: str, content: bytes) -> None:
        """On the disk, whole, when this returns."""
        self._folder.mkdir(mode=ALONE, exist_ok=True)
        nonce = secrets.token_bytes(_NONCE)
        fresh = self._folder / f".{name}.new"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(nonce + self._cipher().encrypt(nonce, content, name.encode()))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._folder / name)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise

    def read(self, name: str) -> bytes:
        """Raises Unavailable for a file that is gone, or was not sealed under this home's secret."""
        try:
            sealed = (self._folder / name).read_bytes()
            return self._cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except (FileNotFoundError, InvalidTag, ValueError) as error:
            raise Unavailable(
                f"{self._purpose}/{name} cannot be opened: put back a copy of it and of the secret"
            ) from error

    def remove(self, name: str) -> None:
        """Nothing happens where it is gone already."""
        (self._folder / name).unlink(missing_ok=True)

    def _cipher(self) -> AESGCM:
        key = hashlib.blake2b(self._purpose.encode(), key=secret_of(self._home), digest_size=32).digest()
        return AESGCM(key)

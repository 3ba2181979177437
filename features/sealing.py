"""Sealing: what tells of a person is kept under a key that is not in the home, so that a stolen disk shows nobody."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from features.home import write_json
from leads.errors import InvalidInput, Unavailable

NAME = "encryption.json"
"""Of the file in the home that holds its key, wrapped by the keeper's; a home without one is not encrypted."""

KEY_FILE = "NEXTLEAD_KEY_FILE"
"""Where the keeper's key is, where that is not where it was when the home was encrypted."""

_BYTES = 32
_NONCE = 12
_MARK = b"\xffNL1"
"""How a sealed value begins: no text in UTF-8 does, and no number."""

_PIECE = 1 << 26
"""Bytes of a file that are sealed together."""


class Keeper(Protocol):
    """Who keeps the key under which a home's own key is kept: a file, or a key management service."""

    def wrap(self, key: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """Raises Unavailable."""
        ...


class KeyFile:
    """A keeper whose key stands in a file of its owner alone, outside the home (AES key wrap, RFC 3394)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def made(cls, path: Path) -> KeyFile:
        """The file, with a new key where there is none yet."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64encode(secrets.token_bytes(_BYTES)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        return cls(path)

    def wrap(self, key: bytes) -> bytes:
        return aes_key_wrap(self._key(), key)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._key(), wrapped)
        except InvalidUnwrap as error:
            raise Unavailable(f"{self.path} is not the key of this home: put back the right one") from error

    def _key(self) -> bytes:
        try:
            found = base64.b64decode(self.path.read_bytes().strip(), validate=True)
        except (OSError, ValueError) as error:
            raise Unavailable(f"the home's key cannot be read from {self.path}; {KEY_FILE} says where it is") from error
        if len(found) != _BYTES:
            raise Unavailable(f"{self.path} holds no key: {_BYTES} bytes in base64")
        return found


class Seal:
    """Seals under a home's key. Values always come to the same, so that equal ones stay equal and are found; which is
    all that they tell (AES-SIV, RFC 5297). Files never do (AES-256-GCM).
    """

    def __init__(self, key: bytes) -> None:
        self.id = _derived(key, "id")[:8].hex()
        self._values = AESSIV(_derived(key, "values 1") + _derived(key, "values 2"))
        self._files = AESGCM(_derived(key, "files"))

    def close(self, value: bytes) -> bytes:
        """A value, sealed."""
        return _MARK + self._values.encrypt(value, None) if value else value

    def open(self, value: bytes) -> bytes:
        """A value as it was; one that was never sealed stays as it is. Raises Unavailable."""
        if not value.startswith(_MARK):
            return value
        try:
            return self._values.decrypt(value[len(_MARK) :], None)
        except InvalidTag as error:
            raise Unavailable("a sealed value cannot be opened: it was changed, or another key closed it") from error

    def alias(self, text: str) -> str:
        """A text that stands for another inside of what is not sealed itself."""
        return base64.urlsafe_b64encode(self.close(text.encode())).decode()

    def behind(self, alias: str) -> str:
        """The text that an alias stands for; what is no alias stays as it is. Raises Unavailable."""
        if not alias.startswith(_ALIAS):
            return alias
        return self.open(base64.urlsafe_b64decode(alias)).decode()

    def close_file(self, content: bytes, place: str) -> bytes:
        """What a file is to hold; none can stand in for another of another place."""
        pieces = [content[start : start + _PIECE] for start in range(0, len(content), _PIECE)] or [b""]
        closed = [_FILE]
        for number, piece in enumerate(pieces):
            nonce = secrets.token_bytes(_NONCE)
            closed += [nonce, self._files.encrypt(nonce, piece, _told(place, number, len(pieces)))]
        return b"".join(closed)

    def open_file(self, content: bytes, place: str) -> bytes:
        """What a sealed file holds. Raises InvalidTag for one that is not as it was written."""
        length = _PIECE + _NONCE + 16
        pieces = [content[start : start + length] for start in range(len(_FILE), len(content), length)]
        return b"".join(
            self._files.decrypt(piece[:_NONCE], piece[_NONCE:], _told(place, number, len(pieces)))
            for number, piece in enumerate(pieces)
        )


_ALIAS = base64.urlsafe_b64encode(_MARK[:3]).decode()
_FILE = b"NLSEAL1\n"


def is_closed_file(beginning: bytes) -> bool:
    """Whether a file that begins so is sealed."""
    return beginning.startswith(_FILE)


def seal_of(folder: Path) -> Seal | None:
    """The seal of a home, None where it is not encrypted. Raises Unavailable without the keeper's key."""
    path = folder / NAME
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return _opened(path, state.st_ino, state.st_mtime_ns, os.environ.get(KEY_FILE))


def encrypt(folder: Path, keeper: KeyFile) -> Seal:
    """Have a home be encrypted from now on; where it is already, its key is kept by this keeper from now on."""
    if keeper.path.resolve().is_relative_to(folder.resolve()):
        raise InvalidInput("key-file", str(keeper.path), "a file outside the home, which is stolen with it")
    known = (folder / NAME).exists()
    key = _key(folder / NAME, os.environ.get(KEY_FILE)) if known else secrets.token_bytes(_BYTES)
    wrapped = base64.b64encode(keeper.wrap(key)).decode()
    write_json(folder / NAME, {"key_file": str(keeper.path.resolve()), "wrapped": wrapped})
    return Seal(key)


@lru_cache(maxsize=16)
def _opened(path: Path, inode: int, changed: int, elsewhere: str | None) -> Seal:
    return Seal(_key(path, elsewhere))


def _key(path: Path, elsewhere: str | None) -> bytes:
    try:
        told = json.loads(path.read_text("utf-8"))
        keeper, wrapped = Path(elsewhere or told["key_file"]), base64.b64decode(told["wrapped"])
    except (ValueError, TypeError, KeyError) as error:
        raise Unavailable(f"{path} does not hold the home's wrapped key: put back a copy of it") from error
    return KeyFile(keeper).unwrap(wrapped)


def _derived(key: bytes, purpose: str) -> bytes:
    return hashlib.blake2b(purpose.encode(), key=key, digest_size=_BYTES).digest()


def _told(place: str, number: int, count: int) -> bytes:
    return f"{place}\n{number}/{count}".encode()

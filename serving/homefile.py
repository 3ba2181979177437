"""A small JSON document in the home: shared by processes, written whole or not at all, read again when it changed."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from leads.errors import Unavailable
from serving.clock import written

T = TypeVar("T")


class HomeFile(Generic[T]):
    """One document: a list, or an object by name. `parse` turns its JSON (None while there is no file) into what the
    product works with. what: what a readable document is, for the error that tells of another.
    """

    def __init__(self, path: Path, kind: type[object], parse: Callable[[Any], T], what: str) -> None:
        self._path = path
        self._kind = kind
        self._parse = parse
        self._what = what
        self._kept: tuple[tuple[int, int, int], T] | None = None

    def read(self) -> T:
        """What the file holds. Raises Unavailable, which names it, where that is not readable."""
        if not self._path.exists():
            return self._parse(None)
        try:
            return self._parse(self._document())
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unavailable(
                f"{self._path.name} is damaged, as it is not {self._what}: put back a copy, or move it out of the home "
                "and do without what it held"
            ) from error

    def _document(self) -> Any:
        found = json.loads(self._path.read_text("utf-8"))
        if not isinstance(found, self._kind):
            raise TypeError(self._what)
        return found

    def current(self) -> T:
        """What the file holds; it is only read where it has changed since."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return self._parse(None)
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        kept = self._kept
        if kept is None or kept[0] != stamp:
            kept = self._kept = (stamp, self.read())
        return kept[1]

    def write(self, document: Any) -> None:
        """Replace the document; it is on the disk when this returns. Call it while the file is `locked`."""
        fresh = self._path.with_suffix(".json.new")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(document, file, indent=1, ensure_ascii=False, default=written)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes meanwhile."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

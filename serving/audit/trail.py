"""The trail of one process: entries are taken down at once and written a moment later, so that nobody waits for it."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

from leads.errors import Unavailable
from serving.audit.chain import Chain
from serving.audit.entry import Entry
from serving.audit.files import audit_folder
from serving.audit.seal import Seal
from serving.disk import is_full

_SOON = 0.1
"""Seconds after which an entry is written, at most; a process that is killed loses what came since."""

_SYNCED = 1.0
"""Seconds after which what was written is on the disk, at most; a machine that goes down loses what came since."""

_MOST = 10_000
"""Entries that may wait for a disk that takes none; then nobody is let see anybody."""


class Trail:
    """Of a home."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._waiting: deque[Entry] = deque()
        self._there = threading.Event()
        self._writing = threading.Lock()
        self._chain: Chain | None = None
        self._writer: threading.Thread | None = None
        self._closing = threading.Event()

    def note(self, entry: Entry) -> None:
        """Take an entry down. Raises Unavailable where the disk has taken none for long."""
        if len(self._waiting) >= _MOST:
            raise Unavailable("the audit trail cannot be written, so that nothing is shown of which it must tell")
        self._waiting.append(entry)
        if self._writer is None:
            self._start()
        if not self._there.is_set():
            self._there.set()

    def keep(self, entry: Entry) -> None:
        """Take an entry down that is on the disk when this returns. Raises Unavailable where it cannot be, and OSError
        of a disk that is full, which is told as such.
        """
        self._waiting.append(entry)
        try:
            self._write(sync=True)
        except OSError as error:
            if is_full(error):
                raise
            raise Unavailable("the audit trail cannot be written, so that this is not done") from error

    def flush(self) -> None:
        """Write what waits, if the disk takes it."""
        self._try(sync=False)

    def close(self) -> None:
        """Write what waits. Entries that come later are taken down anew."""
        self._closing.set()
        self._there.set()
        if self._writer is not None:
            self._writer.join(timeout=10)
        with self._writing:
            if self._waiting:
                self._opened().append(self._taken())
            if self._chain is not None:
                self._chain.close()
            self._chain, self._writer = None, None
            self._closing.clear()

    def _start(self) -> None:
        with self._writing:
            if self._writer is None:
                self._writer = threading.Thread(target=self._run, daemon=True, name="audit trail")
                self._writer.start()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._there.wait()
            self._there.clear()
            for _ in range(round(_SYNCED / _SOON)):
                if self._closing.wait(_SOON):
                    return
                self._try(sync=False)
            self._try(sync=True)

    def _try(self, sync: bool) -> None:
        """What cannot be written waits, until it can be or too much does."""
        try:
            self._write(sync)
        except OSError:
            self._there.set()

    def _write(self, sync: bool) -> None:
        with self._writing:
            entries = self._taken()
            try:
                if entries:
                    self._opened().append(entries)
                if sync and self._chain is not None:
                    self._chain.sync()
            except OSError:
                self._waiting.extendleft(reversed(entries))
                raise

    def _taken(self) -> list[Entry]:
        """All that waits now."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _opened(self) -> Chain:
        if self._chain is None:
            self._chain = Chain(audit_folder(self._home), Seal(self._home))
        return self._chain

"""A crew: the processes that do one thing together, and how others take their place while nothing is left undone."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from subprocess import Popen

from serving.children import stop
from serving.readiness import Pipe

_PATIENCE = 180.0
"""Seconds in which those who take over must be at work."""

_PAUSE = 1.0
"""Seconds between the beginnings of one that ends at once."""

_LEAVING = 30.0
"""Seconds in which those who leave must be gone."""


class Member:
    """One process. begun: when it was started, by a clock that only goes on."""

    def __init__(self, start: Callable[[Pipe], Popen[bytes]]) -> None:
        self._pipe = Pipe()
        self.process = start(self._pipe)
        self._pipe.started()
        self.begun = time.monotonic()

    def tell(self, url: str) -> None:
        """Where the store is, to one that waits for it."""
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.write(f"{url}\n".encode())
                self.process.stdin.close()
            self.process.stdin = None

    @property
    def status(self) -> int | None:
        """With which it has ended."""
        return self.process.poll()

    @property
    def is_at_work(self) -> bool:
        return self._pipe.is_told()

    def ask(self, number: int) -> None:
        """Have it end; one that waits for the store ends as none comes."""
        if self.process.stdin is not None:
            self.process.stdin.close()
            self.process.stdin = None
        if self.status is None:
            self.process.send_signal(number)

    def end(self) -> None:
        """It is gone when this returns."""
        stop(self.process)
        self._pipe.close()


class Crew:
    """what: they are called so where one of them fails. start: one more. leave: the signal at which one ends once
    others are in its place. lasting: seconds after which one that ends is started again; one that ends sooner would end
    again.
    """

    def __init__(
        self, what: str, start: Callable[[Pipe], Popen[bytes]], count: int, leave: int = signal.SIGTERM,
        lasting: float = 0.0,
    ) -> None:  # fmt: skip
        self._what = what
        self._start = start
        self._leave = leave
        self._lasting = lasting
        self._url: str | None = None
        self.members = [self._begun() for _ in range(count)]
        self._next: list[Member] = []
        self._leaving: list[Member] = []

    def go(self, url: str) -> None:
        """The store is there, with the home's state in it."""
        self._url = url
        for member in self.members:
            member.tell(url)

    def renew(self) -> None:
        """Have others take the place of all, once they are at work; the newest call counts."""
        self._dismiss(self._next, signal.SIGTERM)
        self._next = [self._begun() for _ in self.members]

    def tend(self) -> int | None:
        """Keep them at work, and let those who take over do so. The status of one that ended before it had lasted."""
        self._take_over()
        self._leaving = [member for member in self._leaving if not _is_gone(member)]
        for place, member in enumerate(self.members):
            if member.status is None:
                continue
            lasted = time.monotonic() - member.begun
            if lasted < self._lasting:
                return member.status
            if lasted < _PAUSE:
                continue
            print(f"{self._what} ended with status {member.status}; starting it again", file=sys.stderr)
            member.end()
            self.members[place] = self._begun()
        return None

    def stop(self) -> None:
        """All of them, together."""
        everybody = [*self.members, *self._next, *self._leaving]
        for member in everybody:
            member.ask(signal.SIGTERM)
        for member in everybody:
            member.end()

    def _begun(self) -> Member:
        member = Member(self._start)
        if self._url is not None:
            member.tell(self._url)
        return member

    def _take_over(self) -> None:
        if not self._next:
            return
        failed = any(member.status is not None for member in self._next)
        if failed or time.monotonic() - self._next[0].begun > _PATIENCE:
            print(f"{self._what} of the new catalogue did not begin; the ones before go on", file=sys.stderr)
            self._dismiss(self._next, signal.SIGTERM)
            self._next = []
        elif all(member.is_at_work for member in self._next):
            before, self.members, self._next = self.members, self._next, []
            self._dismiss(before, self._leave)

    def _dismiss(self, members: list[Member], number: int) -> None:
        for member in members:
            member.ask(number)
            member.begun = time.monotonic()
        self._leaving += members


def _is_gone(member: Member) -> bool:
    """Whether one that leaves is away, at the latest when its time is over."""
    if member.status is None and time.monotonic() - member.begun < _LEAVING:
        return False
    if member.status is None:
        member.process.kill()
    member.end()
    return True

"""Others take the place of a crew once they are at work, and not before; who fails to begin takes nobody's."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import Popen

import pytest

from serving.crew import Crew
from serving.readiness import Pipe

WORKS = "echo . >/proc/self/fd/{fd}; exec sleep 60"
FAILS = "exit 3"
WAITS = "exec sleep 60"


class Makes:
    """Begins processes that do what is said at the time."""

    def __init__(self) -> None:
        self.script = WORKS

    def __call__(self, pipe: Pipe) -> Popen[bytes]:
        return Popen(["sh", "-c", self.script.format(fd=pipe.given)], pass_fds=(pipe.given,))


@pytest.fixture
def makes() -> Makes:
    return Makes()


@contextmanager
def crew_of(makes: Makes, lasting: float = 0.0) -> Iterator[Crew]:
    crew = Crew("a sleeper", makes, 2, signal.SIGTERM, lasting)
    try:
        yield crew
    finally:
        everybody = [member.process for member in crew.members]
        crew.stop()
        crew.stop()
    assert all(process.poll() is not None for process in everybody)


def tended(crew: Crew, until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not until():
        assert time.monotonic() < deadline
        crew.tend()
        time.sleep(0.01)


def test_the_ones_before_leave_once_all_who_follow_are_at_work(makes: Makes) -> None:
    with crew_of(makes) as crew:
        before = [member.process for member in crew.members]
        makes.script = WAITS
        crew.renew()
        for _ in range(5):
            assert crew.tend() is None
        assert [member.process for member in crew.members] == before
        assert all(process.poll() is None for process in before)
        makes.script = WORKS
        crew.renew()
        tended(crew, lambda: all(process.poll() is not None for process in before))
        assert all(member.status is None for member in crew.members) and len(crew.members) == 2


def test_who_does_not_begin_takes_nobodys_place(makes: Makes, capfd: pytest.CaptureFixture[str]) -> None:
    with crew_of(makes) as crew:
        before = [member.process for member in crew.members]
        makes.script = FAILS
        crew.renew()
        said: list[str] = []

        def noticed() -> bool:
            said.append(capfd.readouterr().err)
            return "the ones before go on" in "".join(said)

        tended(crew, noticed)
        assert [member.process for member in crew.members] == before
        assert all(process.poll() is None for process in before)


def test_one_that_ends_is_begun_again_and_one_that_ended_too_soon_ends_the_crew(makes: Makes) -> None:
    with crew_of(makes) as crew:
        killed = crew.members[0].process
        crew.members[0].begun -= 60
        killed.kill()
        killed.wait()
        tended(crew, lambda: crew.members[0].process is not killed)
    with crew_of(makes, lasting=30.0) as crew:
        crew.members[1].process.kill()
        crew.members[1].process.wait()
        assert crew.tend() == -signal.SIGKILL

"""Sessions end by themselves, and their tokens are kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from features.digest import Digests
from serving.signin.session import SessionTimes, SignedIn
from serving.signin.sessions import Sessions
from serving.store.keyspace import Keyspace

WANG = SignedIn("wang", "agent", "link", "Wang", agent_id="wang")


@dataclass
class Time:
    now: float = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def sessions(engine: redis.Redis, tmp_path: Path, time: Time) -> Sessions:
    times = SessionTimes(timedelta(minutes=30), timedelta(hours=12))
    return Sessions(engine, Keyspace(), Digests(tmp_path), times, time)


def test_a_token_finds_its_session_and_another_none(sessions: Sessions) -> None:
    opened = sessions.open(WANG)
    found = sessions.find(opened.token)
    assert found is not None and found.who == WANG
    assert sessions.find(f"{opened.token}x") is None


def test_the_store_knows_no_token(sessions: Sessions, engine: redis.Redis) -> None:
    opened = sessions.open(WANG)
    held = [engine.dump(name) + name for name in engine.keys("*")]
    assert held and not [one for one in held if opened.token.encode() in one]


def test_a_session_in_which_nothing_is_asked_ends(sessions: Sessions, engine: redis.Redis) -> None:
    sessions.open(WANG)
    (name,) = engine.keys("*session:*")
    assert 0 < engine.ttl(name) <= 1800


def test_what_is_asked_in_it_lets_a_session_go_on(sessions: Sessions, engine: redis.Redis) -> None:
    opened = sessions.open(WANG)
    (name,) = engine.keys("*session:*")
    engine.expire(name, 5)
    sessions.find(opened.token)
    assert engine.ttl(name) > 1700


def test_a_session_is_over_at_last_however_much_is_asked(sessions: Sessions, time: Time, engine: redis.Redis) -> None:
    opened = sessions.open(WANG)
    time.now += 12 * 3600 - 60
    assert sessions.find(opened.token) is not None
    (name,) = engine.keys("*session:*")
    assert engine.ttl(name) <= 60
    time.now += 61
    assert sessions.find(opened.token) is None


def test_who_signs_in_again_has_a_new_token_and_the_old_one_opens_nothing(sessions: Sessions) -> None:
    first = sessions.open(WANG)
    second = sessions.open(WANG, instead_of=first.token)
    assert first.token != second.token and first.session.proof != second.session.proof
    assert sessions.find(first.token) is None and sessions.find(second.token) is not None


def test_all_sessions_of_a_person_end_at_once_and_nobody_elses(sessions: Sessions) -> None:
    mine = [sessions.open(WANG).token for _ in range(3)]
    other = sessions.open(SignedIn("li", "manager", "link", "Li")).token
    assert sessions.close_all("wang") == 3
    assert [sessions.find(token) for token in mine] == [None] * 3
    assert sessions.find(other) is not None

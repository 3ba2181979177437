"""An encrypted home: no byte of its files, or of its store, tells who anybody is, and everything works as in an open
one.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import redis

from benchmarks.oracles.folded import apart, folded
from features.digest import digest_of
from features.encrypting import close_lake
from features.home import Home
from features.lake import read_customers, read_events
from features.refused import SCHEMA, Refused, withhold
from features.sealing import KEY_FILE, KeyFile, encrypt, seal_of
from leads.errors import DamagedFiles, InvalidInput, Unavailable
from serving.clock import Clock, microseconds
from serving.composition import Composition, compose
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.vicidial.lead_records import Lead, LeadRecords
from serving.http.repeated_requests import Idempotency, Request
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.settings import Settings
from serving.store.closing import close_store
from serving.store.engine import connect
from tests.serving.rebuilt_store import RebuiltStores
from tests.serving.small_home import NOW
from tests.serving.working import work

WHO, OTHER = "person-8812", "person-8813"
PHONE, SECOND, NATIONAL, NAME = "+8613944448812", "+8613944448813", "110101198802020088", "Ouyang-Mingde"
EMAIL, WECHAT = "ouyang.mingde@example.com", "oy_mingde_88"
AT = microseconds(NOW)
SECOND_LATER = timedelta(seconds=1)


@pytest.fixture
def patience() -> timedelta:
    """No worker runs beside these tests."""
    return timedelta(0)


@pytest.fixture(scope="session")
def closed_pattern(pattern: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home, encrypted; its key lies beside it."""
    folder = tmp_path_factory.mktemp("closed")
    home = Home.open(shutil.copytree(pattern.folder, folder / "home"))
    closed(home, folder / "key")
    return home


@pytest.fixture
def sealed(closed_pattern: Home, engine_url: str, stores: RebuiltStores, tmp_path: Path) -> Iterator[Composition]:
    """The parts over an encrypted home and its store."""
    home = Home.open(shutil.copytree(closed_pattern.folder, tmp_path / "closed"))
    made = compose(settings_of(home, engine_url), engine_url)
    stores.fill(made)
    yield made
    made.client.close()


def closed(home: Home, key: Path) -> None:
    encrypt(home.folder, KeyFile.made(key))
    close_lake(home)
    withhold(home.refused)


def settings_of(home: Home, url: str) -> Settings:
    return Settings(home.folder, url, Clock.starting_at(NOW).offset, wait_bound=timedelta(0))


def told_of(parts: Composition) -> None:
    """They leave a trace in all that keeps one: told, called, promised, dialled, set aside, refused."""
    news = {"phone": PHONE, "email": EMAIL, "tag:nickname": NAME, "tag:national_id": NATIONAL, "tag:age": 40.0}
    parts.people.tell(WHO, news, AT)
    parts.people.tell(WHO, {"phone": SECOND, "wechat": WECHAT}, AT + 1)
    parts.people.tell(OTHER, {"email": EMAIL, "tag:national_id": "999999199001011234"}, AT + 2)
    work(parts)
    parts.queue.pushed.push(WHO, "all", "li", f"asked for by {NAME}", NOW)
    parts.preparing.step(NOW)
    claimed: Any = Idempotency(parts.client, parts.keyspace).once(
        Request("key", "once", "claim"), lambda: parts.claims.claim("all", Wanted("wang"), NOW)
    )
    lease = claimed["leases"][0]
    assert lease["contact"]["phone"] == SECOND
    note = {"note": f"{NAME} wants to be called at {PHONE}"}
    again = Outcome("callback", 9.0, NOW + timedelta(hours=1), note)
    parts.completions.complete(lease["lease_id"], lease["token"], again, NOW)
    for kind, content in (("dispo", {"phone_number": PHONE[3:]}), ("message", {"name": NAME})):
        DeadLetters(parts.client, parts.keyspace, "main").put(kind, "no such lead", WHO, content, NOW)
    LeadRecords(parts.client, parts.keyspace, "main").write(Lead(WHO, "77", SECOND, 1))
    rows = [dict.fromkeys(SCHEMA) | {"row": 1, "customer_id": WHO, "value": PHONE}]
    refused = Refused(pl.DataFrame(rows, schema=SCHEMA))
    (refused if seal_of(parts.home.folder) is None else refused.withheld()).write(parts.home.refused / "x.csv")
    held: Any = parts.claims.claim("all", Wanted("li"), NOW)
    assert held["leases"]
    work(parts)
    parts.people.tell(WHO, {"tag:vip": True}, AT + 3)


def spelled() -> list[bytes]:
    """By what they are told, and the digests of that under public algorithms."""
    texts = [PHONE[3:], SECOND[3:], NATIONAL, NAME, EMAIL, WECHAT]
    named = [*texts, PHONE, SECOND, f"phone:{PHONE}", f"phone:{SECOND}", f"email:{EMAIL}", f"wechat:{WECHAT}"]
    hashed = [hashlib.new(kind, text.encode()).hexdigest() for kind in ("md5", "sha1", "sha256") for text in named]
    digests = [*hashed, *map(digest_of, named)]
    return [text.encode() for text in (*texts, *(digest[:16] for digest in digests))]


def in_the_store(url: str) -> Iterator[str]:
    """As whoever has a dump of it reads it: without the key."""
    with connect(url) as thief:
        for name in thief.scan_iter(count=5000):
            said = name + b"\n" + raw(thief, name)
            yield from (f"{name!r}: {text!r}" for text in spelled() if text in said)


def raw(thief: redis.Redis, name: bytes) -> bytes:
    read: Any = {
        b"string": lambda: [thief.get(name) or b""],
        b"hash": lambda: [part for pair in thief.hgetall(name).items() for part in pair],  # type: ignore[union-attr]
        b"set": lambda: thief.smembers(name),
        b"zset": lambda: thief.zrange(name, 0, -1),
        b"stream": lambda: [part for _, told in thief.xrange(name) for part in told.values()],  # type: ignore[union-attr]
    }
    return b"\n".join(read[thief.type(name)]())


def in_files(folder: Path) -> Iterator[str]:
    """As they stand, and of Parquet that can be read also what is written in it."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        said = path.read_bytes()
        if said.startswith(b"PAR1"):
            said += pl.read_parquet(path).write_ndjson().encode()
        yield from (f"{path.relative_to(folder)}: {text!r}" for text in spelled() if text in said)


def test_no_byte_of_an_encrypted_home_or_its_store_tells_who_anybody_is(sealed: Composition, engine_url: str) -> None:
    told_of(sealed)
    assert list(in_the_store(engine_url)) == []
    work(sealed)
    sealed.recorder.drain()
    assert sealed.timelines.read([WHO], NOW, 50)[0]
    assert list(in_the_store(engine_url)) == []
    assert list(in_files(sealed.home.folder)) == []
    folder = Path(sealed.client.config_get("dir")["dir"])
    written = b"".join(path.read_bytes() for path in folder.rglob("appendonly.*"))
    assert [text for text in spelled() if text in written] == []


def test_an_open_home_is_closed_with_its_store_and_nobody_is_lost(
    parts: Composition, engine_url: str, tmp_path: Path
) -> None:
    told_of(parts)
    keys = {found.partition(": ")[0] for found in in_the_store(engine_url)}
    assert len(keys) > 12
    letters, leases = DeadLetters(parts.client, parts.keyspace, "main").list(), parts.queue.leases.all(NOW)
    contact = parts.contacts.read([WHO])[0]

    closed(parts.home, tmp_path / "elsewhere" / "key")
    made = compose(settings_of(parts.home, engine_url), engine_url)
    close_store(made.client, made.keyspace)
    made.rebuild.run(NOW + SECOND_LATER)

    assert list(in_the_store(engine_url)) == []
    assert list(in_files(made.home.folder)) == []
    assert made.contacts.read([WHO])[0] == contact
    assert DeadLetters(made.client, made.keyspace, "main").list() == letters
    assert [replace(lease, phones=()) for lease in made.queue.leases.all(NOW)] == [
        replace(lease, phones=()) for lease in leases
    ]
    assert close_store(made.client, made.keyspace) > 0
    done = made.completions.complete(leases[0].id, leases[0].token, Outcome("no_answer", 0.0, None, {}), NOW)
    assert done is not None and done.customer_id == leases[0].customer_id
    made.client.close()


def test_an_encrypted_home_is_folded_and_decided_on_as_an_open_one(
    parts: Composition, sealed: Composition, engine_url: str, stores: RebuiltStores
) -> None:
    stores.fill(parts)
    told_of(parts)
    work(parts)
    parts.recorder.drain()
    open_one, decided = folded(parts, NOW), parts.scores.answer(["c001", WHO], 3, NOW)["results"]
    stores.fill(sealed)
    told_of(sealed)
    work(sealed)
    sealed.recorder.drain()
    assert sealed.scores.answer(["c001", WHO], 3, NOW)["results"] == decided
    live = folded(sealed, NOW)
    assert len(live) == len(open_one)
    sealed.rebuild.run(NOW + SECOND_LATER)
    assert list(apart(live, folded(sealed, NOW))) == []
    assert read_events(sealed.home).drop("id").equals(read_events(parts.home).drop("id"))
    assert read_customers(sealed.home).equals(read_customers(parts.home))


def test_without_its_key_an_encrypted_home_says_so(
    closed_pattern: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "gone"))
    with pytest.raises(Unavailable, match="gone"):
        read_events(closed_pattern)
    KeyFile.made(tmp_path / "gone")
    with pytest.raises(Unavailable, match="not the key of this home"):
        read_events(closed_pattern)


def test_a_home_is_put_under_another_key_and_is_sealed_as_before(closed_pattern: Home, tmp_path: Path) -> None:
    home = Home.open(shutil.copytree(closed_pattern.folder, tmp_path / "home"))
    before = read_events(home)
    encrypt(home.folder, KeyFile.made(tmp_path / "next"))
    assert str(tmp_path / "next") in (home.folder / "encryption.json").read_text()
    assert read_events(home).equals(before)


def test_a_key_inside_of_the_home_is_refused(pattern: Home, tmp_path: Path) -> None:
    home = Home.open(shutil.copytree(pattern.folder, tmp_path / "home"))
    with pytest.raises(InvalidInput, match="outside the home"):
        encrypt(home.folder, KeyFile(home.folder / "key"))
    assert seal_of(home.folder) is None


def test_a_sealed_file_that_changed_or_stands_in_for_another_is_noticed(closed_pattern: Home, tmp_path: Path) -> None:
    home = Home.open(shutil.copytree(closed_pattern.folder, tmp_path / "home"))
    one, other = sorted((home.lake / "events").rglob("*.parquet"))[:2]
    whole = one.read_bytes()
    other.write_bytes(whole)
    with pytest.raises(DamagedFiles, match=other.parent.name):
        read_events(home)
    for place in (9, len(whole) // 2, len(whole) - 1):
        one.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DamagedFiles):
            read_events(home)

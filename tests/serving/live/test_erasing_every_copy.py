"""After an erasure every byte of the store and of the home is searched for whoever it was."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.digest import digest_of
from features.refused import SCHEMA, Refused
from features.traces import Traces
from models.bundle import Bundle
from models.forgetting import forget_in_bundles
from serving.clock import microseconds
from serving.composition import Composition
from serving.desk.desk import Doing
from serving.dialers.dead_letters import DeadLetters
from serving.http.repeated_requests import Idempotency
from serving.http.repeated_requests import Request as Asked
from serving.queue.lease import Wanted
from serving.store.keyspace import Keyspace
from tests.serving.live.test_forgetting import contents
from tests.serving.small_home import NOW
from tests.serving.working import work


@pytest.fixture
def patience() -> timedelta:
    """No worker runs beside these tests."""
    return timedelta(0)


WHO, OTHER = "person-4711", "person-4711-b"
PHONE, NATIONAL, NAME = "+8613955551234", "110101199003070054", "Zhang-Weiguo"
AT = microseconds(NOW)


def spelled() -> list[bytes]:
    """Everything by which they were told, and its digests under public algorithms."""
    texts = [WHO, OTHER, PHONE, PHONE[3:], NATIONAL, NAME]
    named = [*texts, f"phone:{PHONE}"]
    hashed = [hashlib.new(kind, text.encode()).hexdigest() for kind in ("md5", "sha1", "sha256") for text in named]
    return [
        text.encode() for text in (*texts, *(digest[:16] for digest in hashed), *(digest_of(t)[:16] for t in named))
    ]


def in_the_store(client: Any) -> Iterator[str]:
    for name in client.scan_iter("*", count=5000):
        key = Keyspace().find(name)
        assert key is not None
        said = b"\n".join([name, *contents(client, name, key.shape)])
        yield from (f"{key.name}: {text!r}" for text in spelled() if text in said)


def in_files(folder: Path) -> Iterator[str]:
    """As they stand, and of Parquet also what is written in it."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        said = path.read_bytes()
        if path.suffix == ".parquet":
            said += pl.read_parquet(path).write_ndjson().encode()
        yield from (f"{path.relative_to(folder)}: {text!r}" for text in spelled() if text in said)


@pytest.fixture
def everywhere(parts: Composition) -> Composition:
    """They left a trace in all that keeps one."""
    parts.people.tell(WHO, {"phone": PHONE, "tag:nickname": NAME, "tag:national_id": NATIONAL, "tag:age": 40.0}, AT)
    parts.people.tell(OTHER, {"phone": PHONE}, AT + 1)
    work(parts)
    parts.queue.pushed.push(parts.contacts.surviving([WHO])[0], "all", "li", "first", NOW)
    asked = Asked("key", "once", "claim")
    idempotency = Idempotency(parts.client, parts.keyspace)
    claimed: Any = idempotency.once(asked, lambda: parts.claims.claim("all", Wanted("wang"), NOW))
    assert claimed["leases"][0]["contact"]["phone"] == PHONE
    letters = DeadLetters(parts.client, parts.keyspace, "main")
    for customer_id, told in ((None, {"phone_number": PHONE[3:]}), (WHO, {}), ("c005", {"phone": "13800000005"})):
        letters.put("dispo", "no such lead", customer_id, told, NOW)
    for why in (f"asked by {NAME}, {PHONE[3:]}", "prices"):
        parts.desk.note(Doing("queue.paused", "all", "li", f"{why} ({WHO})", "key"), NOW)
    rows = [dict.fromkeys(SCHEMA) | {"row": 1, "customer_id": None, "value": PHONE}]
    Refused(pl.DataFrame(rows, schema=SCHEMA)).write(parts.home.refused / "x.csv")
    work(parts)
    parts.recorder.drain()
    return parts


def test_no_byte_of_the_store_or_the_home_tells_who_was_erased(everywhere: Composition) -> None:
    parts = everywhere
    assert len({found.partition(":")[0] for found in in_the_store(parts.client)}) > 10
    assert len(set(in_files(parts.home.folder))) > 4

    parts.erasure.erase(WHO, NOW)
    work(parts)
    parts.recorder.drain()
    while parts.cleaning.step():
        work(parts)
    work(parts)
    parts.recorder.drain()

    assert list(in_the_store(parts.client)) == []
    assert list(in_files(parts.home.folder)) == []


def test_what_tells_of_others_stays(everywhere: Composition) -> None:
    parts = everywhere
    parts.erasure.erase(WHO, NOW)
    work(parts)
    parts.cleaning.step()
    letters = DeadLetters(parts.client, parts.keyspace, "main")
    assert [letter.customer_id for letter in letters.list()] == ["c005"]
    assert [entry["why"].partition(" ")[0] for entry in parts.desk.log(10)] == ["prices", "asked"]
    assert parts.contacts.read(["c005"])[0] is not None


def test_what_the_store_appended_is_written_anew_without_them(everywhere: Composition) -> None:
    parts = everywhere
    folder = Path(parts.client.config_get("dir")["dir"])
    if not list(folder.rglob("*.aof")):
        pytest.skip("the store of this test run keeps no file here")
    parts.erasure.erase(WHO, NOW)
    work(parts)
    parts.recorder.drain()
    parts.cleaning.step()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        state = parts.client.info("persistence")
        if not state["aof_rewrite_in_progress"] and not state["aof_rewrite_scheduled"]:
            break
        time.sleep(0.05)
    left = [path.name for path in folder.rglob("appendonly.*") if PHONE[3:].encode() in path.read_bytes()]
    assert left == []


def test_hold_outs_of_models_name_them_no_more_and_still_say_what_is_in_them(parts: Composition) -> None:
    folder = parts.home.models / "renewal" / "1"
    rows = pl.DataFrame({"customer_id": ["c004", "c004", "c005"], "probability": [0.1, 0.2, 0.3]})
    rows.write_parquet(folder / "holdout.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["holdout.parquet"] = hashlib.sha256((folder / "holdout.parquet").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))

    assert forget_in_bundles(parts.home.models, ["c004"], parts.digests.of) == 1

    kept = pl.read_parquet(folder / "holdout.parquet")
    assert kept["customer_id"].to_list() == [parts.digests.of("c004")] * 2 + ["c005"]
    assert Bundle.load(folder, parts.configuration.workspace.digest, "renewal").manifest.version == "1"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("c001 asked", True), ("c0010 asked", False), ("xc001", False), ('{"customer_id":"c001"}', True),
        ('{"customer_id":"7"}', True), ("limit 7", False),
        ("+8613955551234", True), ("13955551234", True), ("139 5555 1234", False),
        ("\\u5f20\\u4e09", True), ("张三", True),
    ],
)  # fmt: skip
def test_whoever_is_looked_for_is_found_by_whole_ids_and_any_writing_of_a_text(text: str, found: bool) -> None:
    assert Traces.of(["c001", "7", "张三"], [f"phone:{PHONE}"]).within(text) is found


def erased(parts: Composition, customer_id: str) -> None:
    parts.erasure.erase(customer_id, NOW)
    work(parts)
    parts.recorder.drain()
    while parts.cleaning.step():
        work(parts)
    work(parts)
    parts.recorder.drain()


def test_no_byte_tells_who_was_erased_after_they_had_come_apart_from_somebody_who_stays(
    everywhere: Composition,
) -> None:
    parts = everywhere
    parts.merging.merge("c005", WHO, "lin", f"c005 is {NAME}", AT + 2)
    work(parts)
    parts.merging.unmerge(WHO, "c005", "lin", f"{NAME} is somebody else", AT + 3)
    work(parts)

    erased(parts, WHO)

    assert list(in_the_store(parts.client)) == []
    assert list(in_files(parts.home.folder)) == []

"""A file of the lake that is cut off or changed is named, and takes nothing with it but what it held."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from features.compaction import compact
from features.home import Home
from features.onboarding import import_into
from leads.errors import DamagedFiles, Unavailable
from serving.composition import Composition
from serving.desk.agents import Register
from serving.desk.desk import Desk
from serving.http.keys import KeyFile
from tests.serving.managers.test_full_disk import PAUSE
from tests.serving.small_home import NOW, small_history
from tests.serving.small_service import Served


def _cut(home: Home, kind: str = "events") -> tuple[Path, bytes]:
    """A file of the lake, cut off in the middle, and what it held."""
    file = max((home.lake / kind).rglob("*.parquet"), key=lambda path: path.stat().st_size)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    return file, whole


def test_a_timeline_tells_what_can_be_read_and_that_it_is_not_all(served: Served) -> None:
    path = "/customers/c001/timeline?limit=1000"
    before = served.crm.get(path).json()
    assert before["complete"] is True
    assert len(before["events"]) > 0
    _cut(served.parts.home)
    answer = served.crm.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["complete"] is False
    assert all(event in before["events"] for event in answer.json()["events"])


def _changed(home: Home, kind: str = "events") -> tuple[Path, bytes]:
    """The same with a byte of a value changed, which most readers of Parquet would take for another value."""
    file, whole = _cut(home, kind)
    place = len(whole) // 4
    file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
    return file, whole


@pytest.mark.parametrize("kind", ["events", "customers"])
@pytest.mark.parametrize("damage", [_cut, _changed])
def test_a_rebuild_names_the_file_that_is_damaged_and_forgets_nothing(
    parts: Composition, kind: str, damage: Callable[[Home, str], tuple[Path, bytes]]
) -> None:
    file, whole = damage(parts.home, kind)
    before = set(parts.client.scan_iter(count=1000))
    with pytest.raises(DamagedFiles, match=file.name) as caught:
        parts.rebuild.run(NOW)
    assert before <= set(parts.client.scan_iter(count=1000)) and not parts.rebuild.is_needed()
    assert caught.value.names == (str(file.relative_to(parts.home.folder)),)
    file.write_bytes(whole)
    assert parts.rebuild.run(NOW).customers == 240


@pytest.mark.parametrize("damage", [_cut, _changed])
def test_an_import_over_a_damaged_file_names_it_and_leaves_all_as_it_was(
    parts: Composition, damage: Callable[[Home], tuple[Path, bytes]]
) -> None:
    file, _ = damage(parts.home)
    before = {path: path.read_bytes() for path in parts.home.lake.rglob("*.parquet")}
    history = small_history(250, seed=6)
    with pytest.raises(DamagedFiles, match=file.name):
        import_into(parts.home.configuration, parts.home.folder, history, now=NOW)
    assert {path: path.read_bytes() for path in parts.home.lake.rglob("*.parquet")} == before


def test_compaction_leaves_a_damaged_file_as_it_is_and_joins_the_others(parts: Composition) -> None:
    folder = max((parts.home.lake / "events").glob("date=*"), key=lambda path: len(list(path.iterdir())))
    whole = next(folder.glob("*.parquet"))
    for number in range(20):
        (folder / f"copy-{number}.parquet").write_bytes(whole.read_bytes())
    damaged = folder / "copy-3.parquet"
    damaged.write_bytes(b"PAR1 nothing")
    assert compact(parts.home, most=1000) >= 1
    assert damaged.read_bytes() == b"PAR1 nothing"
    assert len(list(folder.glob("*.parquet"))) == 2


def test_an_erasure_is_pending_while_a_file_cannot_be_read_and_done_once_it_is_mended(parts: Composition) -> None:
    file, whole = _cut(parts.home)
    parts.people.change(lambda pipeline: (pipeline.multi(), pipeline.sadd(parts.keyspace.erasing, "c001")))
    with pytest.raises(DamagedFiles, match=file.name):
        parts.cleaning.step()
    worker = parts.stream_worker()
    worker.tend()
    assert parts.client.smembers(parts.keyspace.erasing) == {b"c001"}
    file.write_bytes(whole)
    assert parts.cleaning.step() == 1
    assert b"c001" not in file.read_bytes()


@pytest.mark.parametrize(
    "content", ["", '{"observed_', "[]", "{}", '{"observed_until": "soon"}', '{"observed_until": 5}']
)
def test_a_home_whose_own_file_cannot_be_read_names_it_and_says_what_to_do(home: Home, content: str) -> None:
    (home.folder / "home.json").write_text(content)
    with pytest.raises(Unavailable, match=r"home\.json cannot be read: put back a copy"):
        _ = Home.open(home.folder).observed_until


DAMAGED = ("", "null", "5", "{", "{}", '{"a": 1}', '[{"id": "x"}]', "[[]]", "[5]", "\x00")


def test_a_list_that_the_home_keeps_and_that_cannot_be_read_is_named_and_stays_as_it_is(home: Home) -> None:
    writers = {
        home.keys: lambda: KeyFile(home.keys).create("crm", NOW),
        home.agents: lambda: Register(home.agents, home.configuration).put("ann", {}),
        home.pauses: lambda: Desk(home.pauses, home.desk_log).pause("queue", PAUSE, NOW),
    }
    for file, write in writers.items():
        for content in DAMAGED:
            file.write_text(content)
            with pytest.raises(Unavailable, match=f"{file.name} is damaged.*: put back a copy"):
                write()
            assert file.read_text() == content


def test_a_service_whose_keys_cannot_be_read_lets_nobody_in_and_says_why(served: Served) -> None:
    served.parts.home.keys.write_text("[{")
    answer = served.crm.get("/customers/c001")
    assert answer.status_code == 503 and "keys.json is damaged" in answer.json()["detail"]


def test_when_keys_were_used_last_keeps_nobody_from_working_where_it_cannot_be_read(served: Served) -> None:
    (served.parts.home.folder / "keys.used.json").write_text("[")
    assert served.crm.get("/customers/c001").status_code == 200


def test_an_erased_customer_is_gone_at_once_from_everything_that_can_be_read(served: Served) -> None:
    _cut(served.parts.home)
    answer = served.crm.delete("/customers/c002").json()
    assert answer["lake"] == "pending"
    assert served.crm.get("/customers/c002").status_code == 404

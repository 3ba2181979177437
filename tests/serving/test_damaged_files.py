"""A file of the lake that is cut off is named, and takes nothing with it but what it held."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.compaction import compact
from features.home import Home
from leads.errors import DamagedFiles
from serving.live.rebuild import rebuild
from serving.live.worker import Worker
from serving.people.erasure import erase_pending
from serving.services import Services
from tests.serving.small_home import NOW
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
    _cut(served.services.home)
    answer = served.crm.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["complete"] is False
    assert all(event in before["events"] for event in answer.json()["events"])


@pytest.mark.parametrize("kind", ["events", "customers"])
def test_a_rebuild_names_the_file_that_cannot_be_read(services: Services, kind: str) -> None:
    file, whole = _cut(services.home, kind)
    with pytest.raises(DamagedFiles, match=file.name) as caught:
        rebuild(services, NOW)
    assert caught.value.names == (str(file.relative_to(services.home.folder)),)
    file.write_bytes(whole)
    assert rebuild(services, NOW).customers == 240


def test_compaction_leaves_a_damaged_file_as_it_is_and_joins_the_others(services: Services) -> None:
    folder = max((services.home.lake / "events").glob("date=*"), key=lambda path: len(list(path.iterdir())))
    whole = next(folder.glob("*.parquet"))
    for number in range(20):
        (folder / f"copy-{number}.parquet").write_bytes(whole.read_bytes())
    damaged = folder / "copy-3.parquet"
    damaged.write_bytes(b"PAR1 nothing")
    assert compact(services.home, most=1000) >= 1
    assert damaged.read_bytes() == b"PAR1 nothing"
    assert len(list(folder.glob("*.parquet"))) == 2


def test_an_erasure_is_pending_while_a_file_cannot_be_read_and_done_once_it_is_mended(services: Services) -> None:
    file, whole = _cut(services.home)
    services.people.change(lambda pipeline: (pipeline.multi(), pipeline.sadd(services.keyspace.erasing, "c001")))
    with pytest.raises(DamagedFiles, match=file.name):
        erase_pending(services)
    worker = Worker(services)
    worker.tend()
    assert services.client.smembers(services.keyspace.erasing) == {b"c001"}
    file.write_bytes(whole)
    assert erase_pending(services) == 1
    assert b"c001" not in file.read_bytes()


def test_an_erased_customer_is_gone_at_once_from_everything_that_can_be_read(served: Served) -> None:
    _cut(served.services.home)
    answer = served.crm.delete("/customers/c002").json()
    assert answer["lake"] == "pending"
    assert served.crm.get("/customers/c002").status_code == 404

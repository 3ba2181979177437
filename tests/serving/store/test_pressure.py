"""Back pressure: refused in time, with word when to come again, and nothing accepted is lost."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from leads.errors import TooBusy
from serving.composition import Composition, compose
from serving.http.keys import KeyFile
from serving.store.engine import connect
from serving.store.pressure import Pressure
from tests.serving.small_home import NOW
from tests.serving.small_service import listening


def test_a_caller_is_told_to_come_again_while_too_much_waits(parts: Composition, engine_url: str) -> None:
    narrow = compose(replace(parts.settings, backlog_limit=3), engine_url)
    headers = {"Authorization": f"Bearer {KeyFile(parts.home.keys).create('crm', NOW).key}"}
    events = [
        {"specversion": "1.0", "id": f"p{i}", "source": "t", "type": "quote.requested", "subject": "c001",
         "time": NOW.isoformat()}
        for i in range(5)
    ]  # fmt: skip
    with listening(narrow) as url:
        assert httpx.post(f"{url}/v1/events", json=events[:4], headers=headers).status_code == 202
        refused = httpx.post(f"{url}/v1/events", json=events[4:], headers=headers)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        worker = parts.stream_worker()
        worker.tend()
        while worker.step():
            pass
        parts.recorder.drain()
        parts.client.xtrim(parts.keyspace.stream(parts.stream.partition("c001")), 0, approximate=False)
        again = httpx.post(f"{url}/v1/events", json=events, headers=headers).json()
    assert (again["accepted"], again["duplicates"]) == (1, 4)


def test_a_store_short_of_memory_takes_no_more(engine_url: str) -> None:
    client = connect(engine_url)
    with pytest.raises(TooBusy, match="memory"):
        Pressure(client, 10, 0.0).check(lambda: 0)
    Pressure(client, 10, 0.9).check(lambda: 0)
    assert 0 < Pressure(client, 10, 0.9).used() < 1

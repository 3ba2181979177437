"""The whole service as one command starts it: HTTP, worker and engine, over a past and over the present."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from commands.main import main
from features.home import Home
from features.lake import read_events
from serving.http.keys import KeyFile
from serving.ports import free_port
from tests.serving.http.conformance import Conformance, Document, Seen
from tests.serving.small_home import NOW

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import os, sys
from datetime import datetime
from serving.run import serve
home, port, start = sys.argv[1:]
ready = lambda url: print(url, flush=True)
workers = int(os.environ.get('TEST_WORKERS', 1))
sys.exit(serve(home, port=int(port), start_at=datetime.fromisoformat(start), ready=ready, workers=workers))
"""


PAST, AHEAD = NOW - timedelta(hours=2), datetime.now(UTC) + timedelta(days=400)
"""Before the end of the record, and after it and now."""


@contextmanager
def started(home: Home, start_at: datetime, port: int, **settings: str) -> Iterator[httpx.Client]:
    """The whole service in a process of its own, and a client of it; stopped as a terminal or a supervisor would."""
    key = KeyFile(home.keys).create("admin", NOW).key
    command = [sys.executable, "-c", SCRIPT, str(home.folder), str(port), start_at.isoformat()]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | settings
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    try:
        assert process.stdout is not None
        url = next(line.strip() for line in process.stdout if line.startswith("http://"))
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
            conformance = Conformance(Document(client.get("/v1/openapi.json").json()))
            client.event_hooks = {"response": [lambda response: conformance.check(Seen.of(response))]}
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0, rest


LONG_START = """
import sys, time
from datetime import datetime
from serving.run import serve

def report(step, done=None):
    print(step, flush=True)
    if step == "reading what is recorded":
        time.sleep(600)

sys.exit(serve(sys.argv[1], port=0, start_at=datetime.fromisoformat(sys.argv[2]), report=report))
"""
"""A service that takes long to read what is recorded."""


def quote(at: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "now",
        "source": "t",
        "type": "quote.requested",
        "subject": "c001",
        "time": at.isoformat(),
        "data": {"product": "motor"},
    }


def files(home: Home) -> list[Path]:
    """What a home holds; keys, the locks of those who use it and the trail of who looked at it aside."""
    found = [path for path in home.folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return sorted(path for path in found if not path.name.startswith(("keys.", "secret", "chain-")))


def test_a_past_is_served_and_leaves_the_home_as_it_was(home: Home) -> None:
    before, port = files(home), free_port()
    with started(home, PAST, port) as client:
        answer = client.post("/v1/events?wait=scored", json=[quote(PAST)])
        assert answer.status_code == 202, answer.text
        score = client.post("/v1/score", json={"customer_ids": ["c001"]}).json()["results"][0]
        assert score["as_of"].startswith("2026-03-04T02:")
        assert score["feature_age_seconds"]["interactions"] < 120
        assert score["degraded"] is False
        assert client.get("/readyz").status_code == 200
        assert "nextlead_queue_size" in client.get("/metrics").text
        assert client.get("/v1/nothing").headers["content-type"] == "application/problem+json"
    assert files(home) == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/livez", timeout=1)


@pytest.mark.parametrize(("told", "start_at"), [(signal.SIGTERM, PAST), (signal.SIGINT, NOW)])
def test_a_service_that_is_told_to_stop_while_it_starts_stops_at_once(
    home: Home, told: signal.Signals, start_at: datetime
) -> None:
    command = [sys.executable, "-c", LONG_START, str(home.folder), start_at.isoformat()]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    try:
        assert process.stdout is not None
        assert "reading what is recorded\n" in process.stdout
        process.send_signal(told)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.communicate()
    assert list(home.folder.glob("hot-at-*")) == []


@pytest.fixture(scope="module")
def present(pattern: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, httpx.Client]]:
    """A home that two processes serve after the end of its record, beside another service of the same user."""
    home = Home.open(shutil.copytree(pattern.folder, tmp_path_factory.mktemp("present") / "home"))
    theirs = str(home.folder.parent / "bentoml")
    with started(home, AHEAD, free_port(), TEST_WORKERS="2", BENTOML_HOME=theirs) as client:
        yield home, client


def test_from_the_end_of_the_record_on_what_happens_is_kept(present: tuple[Home, httpx.Client]) -> None:
    home, client = present
    assert client.post("/v1/events?wait=scored", json=[quote(AHEAD)]).status_code == 202
    assert until(lambda: read_events(home, since=AHEAD - timedelta(seconds=1))["id"].to_list() == ["now"])


def test_odd_paths_reach_the_app_and_no_metric_names_them(present: tuple[Home, httpx.Client]) -> None:
    _, client = present
    answers = [client.get(f"/v1/customers/{name}") for name in ("who%0Aever", "who%2Fever")]
    metrics = client.get("/metrics").text
    assert [answer.status_code for answer in answers] == [422, 404]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    told = [line for line in metrics.splitlines() if not line.startswith("#")]
    assert "nextlead_requests_total" in metrics and not any("ever" in line for line in told)


def test_the_metrics_count_what_all_processes_answered_and_nothing_of_other_services(
    present: tuple[Home, httpx.Client],
) -> None:
    home, client = present

    def counted() -> float:
        line = 'nextlead_requests_total{method="GET",route="/customers/{customer_id}",status="404"} '
        found = [told for told in client.get("/metrics").text.splitlines() if told.startswith(line)]
        return float(found[0].removeprefix(line)) if found else 0.0

    before = counted()
    for _ in range(20):
        client.get("/v1/customers/nobody", headers={"Connection": "close"})
    assert counted() - before == 20
    assert list((home.folder.parent / "bentoml").rglob("*.db")) == []


def test_the_bento_serves_the_same_app(home: Home) -> None:
    key, port = KeyFile(home.keys).create("crm", NOW).key, free_port()
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:Nextlead", "--port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NEXTLEAD_HOME": str(home.folder)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/v1", headers={"Authorization": f"Bearer {key}"}) as client:
            assert until(lambda: answers(client))
            assert client.post("/score", json={"customer_ids": ["c001"]}).json()["results"][0]["customer_id"] == "c001"
    finally:
        process.terminate()
        process.wait(timeout=60)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def until(holds: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def test_commands_look_at_a_home_by_the_clock_of_its_service(
    present: tuple[Home, httpx.Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, client = present
    answer = client.post("/v1/next-action", json={"customer_ids": ["c001"]})
    assert answer.status_code == 200, answer.text
    assert until(lambda: any((home.lake / "decisions").rglob("*.parquet")))
    told = tmp_path / "told.json"
    command = ["nextlead", "what-if", str(home.folder), "--levers", "objective.renewal=2", "--json", str(told)]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert json.loads(told.read_text())["decisions"] == 1

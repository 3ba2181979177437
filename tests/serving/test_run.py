"""The whole service as one command starts it: BentoML, worker and engine, over a past."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from features.home import Home
from serving.keys import KeyFile
from serving.run import free_port
from tests.serving.small_home import NOW

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import sys
from datetime import datetime
from serving.run import serve
home, port, start = sys.argv[1:]
ready = lambda url: print(url, flush=True)
sys.exit(serve(home, port=int(port), start_at=datetime.fromisoformat(start), ready=ready))
"""


def test_a_past_is_served_and_leaves_the_home_as_it_was(home: Home) -> None:
    key = KeyFile(home.keys).create("admin", NOW).key
    before = sorted(path for path in home.folder.rglob("*") if path.is_file())
    port = free_port()
    command = [sys.executable, "-c", SCRIPT, str(home.folder), str(port), NOW.isoformat()]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    try:
        assert process.stdout is not None
        url = next(line.strip() for line in process.stdout if line.startswith("http://"))
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
            event = {"specversion": "1.0", "id": "now", "source": "t", "type": "quote.requested",
                     "subject": "c001", "time": NOW.isoformat(), "data": {"product": "motor"}}  # fmt: skip
            answer = client.post("/v1/events?wait=scored", json=[event])
            assert answer.status_code == 202, answer.text
            score = client.post("/v1/score", json={"customer_ids": ["c001"]}).json()["results"][0]
            assert score["as_of"].startswith("2026-03-04T04:")
            assert score["feature_age_seconds"]["interactions"] < 120
            assert score["degraded"] is False
            assert client.get("/readyz").status_code == 200
            assert "nextlead_queue_size" in client.get("/metrics").text
            assert client.get("/v1/nothing").headers["content-type"] == "application/problem+json"
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0, rest
    after = sorted(path for path in home.folder.rglob("*") if path.is_file())
    assert after == before
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/livez", timeout=1)
        except httpx.HTTPError:
            break
    else:
        raise AssertionError("the port is still answered")

"""`nextlead tail` and `kafka` as they are run: beside the service or without it, stopped by signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Producer

from features.home import Home
from serving.ports import free_port
from tests.serving.small_home import NOW
from tests.serving.sources.test_tail import soon
from tests.serving.sources.written import line, lines
from tests.serving.test_run import ROOT, started


def command(*arguments: object, **more: Any) -> subprocess.Popen[bytes]:
    """`nextlead` in a process of its own, by the clock of the home's history."""
    offset = (NOW - datetime.now(UTC)).total_seconds()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NEXTLEAD_CLOCK_OFFSET": str(offset)}
    return subprocess.Popen(
        [sys.executable, "-m", "commands.main", *map(str, arguments)], env=environment, stderr=subprocess.PIPE, **more
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Exit status and what was said."""
    said = process.communicate(timeout=60)[1].decode()
    return process.returncode, said


def timeline(client: httpx.Client, customer: str) -> list[str]:
    events = client.get(f"/v1/customers/{customer}/timeline").json()["events"]
    return [event["id"] for event in events]


def test_events_wait_for_the_next_service_or_reach_the_one_that_runs(home: Home, tmp_path: Path) -> None:
    (tmp_path / "before").write_bytes(line("before"))
    (tmp_path / "while").write_bytes(line("while") + line("before"))
    assert ended(command("tail", home.folder, tmp_path / "before"))[0] == 0
    with started(home, NOW, free_port()) as client:
        assert soon(lambda: "before" in timeline(client, "c001"), 20)
        told = tmp_path / "told.json"
        status, said = ended(command("tail", home.folder, tmp_path / "while", "--json", told))
        assert status == 0, said
        result = json.loads(told.read_text())
        assert (result["lines"], result["accepted"], result["duplicates"]) == (2, 1, 1)
        assert soon(lambda: "while" in timeline(client, "c001"), 20)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_standard_input_is_read_until_a_signal(home: Home, tmp_path: Path, number: signal.Signals) -> None:
    told = tmp_path / "told.json"
    process = command("tail", home.folder, "-", "--json", told, stdin=subprocess.PIPE)
    assert process.stdin is not None and process.stderr is not None
    process.stdin.write(lines("abc") + b"no event\n")
    process.stdin.flush()
    assert b"line 4: an event without id is refused: is not JSON" in process.stderr.readline()
    process.send_signal(number)
    status, said = ended(process)
    assert status == 1, said
    result = json.loads(told.read_text())
    assert (result["accepted"], result["refused"], result["complete"]) == (3, 1, False)
    assert result["rejected"][0]["place"] == "line 4"


def test_kafka_is_read_until_a_signal(home: Home, tmp_path: Path, cluster: str) -> None:
    producer = Producer({"bootstrap.servers": cluster})
    for value in (line("a"), line("b"), b"no event"):
        producer.produce("commands", value, partition=0)
    producer.flush(10)
    told, secret = tmp_path / "told.json", tmp_path / "kafka.properties"
    secret.write_text("# for tests\nsession.timeout.ms=3000\nheartbeat.interval.ms = 300\n")
    process = command("kafka", home.folder, "--brokers", cluster, "--topic", "commands", "--settings", secret,
                      "--set", "client.id=nextlead", "--json", told)  # fmt: skip
    assert process.stderr is not None
    assert any(b"[0] offset 2: an event without id is refused" in said for said in process.stderr)
    process.send_signal(signal.SIGTERM)
    status, said = ended(process)
    assert status == 0, said
    result = json.loads(told.read_text())
    assert (result["messages"], result["accepted"], result["refused"]) == (3, 2, 1)


def test_without_the_extra_kafka_says_how_to_get_it(home: Home) -> None:
    script = (
        "import sys; sys.modules['confluent_kafka'] = None; from commands.main import main\n"
        "sys.argv = ['nextlead', 'kafka', *sys.argv[1:]]; main()"
    )
    arguments = [str(home.folder), "--brokers", "b", "--topic", "t"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert found.returncode == 1
    assert "pip install 'nextlead[kafka]'" in found.stderr

"""An open-loop sender of event batches, in a process of its own: what is due is sent, whatever came of the last.

python -m benchmarks.harness.traffic < PLAN > RESULTS     writes what became of each batch as JSON
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from benchmarks.harness.client import Client, Unanswered
from benchmarks.harness.cloud import bodies, cloud_events
from benchmarks.harness.likeness import likeness_of
from features.home import Home
from serving.children import ROOT


@dataclass(frozen=True)
class Plan:
    """What to send. rate: events per second, in batches of `batch`, for so many seconds.

    clock_offset: seconds that the service's clock is from the real one. seed: also in the events' ids.
    """

    home: str
    address: str
    key: str
    rate: float
    seconds: float
    batch: int
    threads: int
    seed: int
    clock_offset: float


@dataclass(frozen=True)
class Sent:
    """A batch: when it was due, was sent and was answered (monotonic seconds), and how. Status 0: not answered."""

    due: float
    sent: float
    answered: float
    status: int
    accepted: int
    position: str


def start(plan: Plan, results: Path) -> subprocess.Popen[bytes]:
    """A sender that works by itself and leaves at `results` what `finished` reads."""
    with results.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.harness.traffic"], stdin=subprocess.PIPE, stdout=output, cwd=ROOT
        )
    if process.stdin is not None:
        process.stdin.write(msgspec.json.encode(asdict(plan)))
        process.stdin.close()
    return process


def finished(results: Path) -> list[Sent]:
    """What became of the batches, in the order they were due."""
    return sorted(msgspec.json.decode(results.read_bytes(), type=list[Sent]), key=lambda batch: batch.due)


def run(plan: Plan) -> list[Sent]:
    """Encode everything, then send it on schedule."""
    count = round(plan.rate * plan.seconds)
    now = datetime.now(UTC) + timedelta(seconds=plan.clock_offset)
    events = likeness_of(Home.open(Path(plan.home))).events(count, plan.seed, now, plan.seconds)
    encoded = list(bodies(cloud_events(events), plan.batch))
    found: list[Sent] = []
    schedule = _Schedule(encoded, time.monotonic() + 0.5, plan.batch / plan.rate)
    threads = [threading.Thread(target=_send, args=(plan, schedule, found)) for _ in range(plan.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class _Schedule:
    """Batches with the moment each is due; threads take them one after another."""

    def __init__(self, encoded: list[bytes], begin: float, interval: float) -> None:
        self._due = ((begin + i * interval, body) for i, body in enumerate(encoded))
        self._turn = threading.Lock()

    def take(self) -> tuple[float, bytes] | None:
        with self._turn:
            return next(self._due, None)


def _send(plan: Plan, schedule: _Schedule, found: list[Sent]) -> None:
    client = Client(plan.address, plan.key)
    while (item := schedule.take()) is not None:
        due, body = item
        time.sleep(max(0.0, due - time.monotonic()))
        found.append(_sent(client, due, body))
    client.close()


def _sent(client: Client, due: float, body: bytes) -> Sent:
    sent = time.monotonic()
    try:
        answer = client.post("/events", body)
    except Unanswered:
        return Sent(due, sent, time.monotonic(), 0, 0, "")
    answered, told = time.monotonic(), answer.body if answer.status == 202 else {}
    return Sent(due, sent, answered, answer.status, told.get("accepted", 0), told.get("position", ""))


def main() -> int:
    sent = run(msgspec.json.decode(sys.stdin.buffer.read(), type=Plan))
    sys.stdout.buffer.write(msgspec.json.encode(sent))
    return 0


if __name__ == "__main__":
    sys.exit(main())

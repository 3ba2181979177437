"""A served home and a caller with a key: what benchmarks over HTTP ask."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.harness.client import Client
from benchmarks.harness.homes import copy_of, insurer
from benchmarks.harness.usage import family, usage
from experiments.service import serving
from features.home import Home
from leads.errors import Unavailable
from serving.http.keys import KeyFile


@dataclass(frozen=True)
class Desk:
    """Where the service of a home answers. ids: of customers who wait, best first. start_at: its clock's beginning."""

    home: Home
    url: str
    key: str
    ids: Sequence[str]
    start_at: datetime

    def client(self) -> Client:
        return Client(self.url, self.key)


def ask(client: Client, path: str, body: Any) -> Any:
    """The answer's body. Raises Unavailable for anything but a good answer."""
    answer = client.post(path, msgspec.json.encode(body))
    if answer.status not in (200, 202):
        raise Unavailable(f"{path} answered {answer.status}")
    return answer.body


def at_rest(share: float = 0.1, seconds: float = 120.0) -> None:
    """Until what this process has started uses less than this share of a core, or for so long at most."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        others = family(os.getpid())[1:]
        before, began = usage(others).cpu, time.monotonic()
        time.sleep(2.0)
        if usage(others).cpu - before < share * (time.monotonic() - began):
            return


@contextmanager
def served(home: str, size: int, say: Callable[..., None]) -> Iterator[Desk]:
    """A copy of a home, or of the sample insurer of this size, served as `nextlead serve` does."""
    with copy_of(Path(home) if home else insurer(size, size, say)) as copied:
        start_at = copied.observed_until + timedelta(minutes=5)
        key = KeyFile(copied.keys).create("admin", start_at).key
        say("starting the service")
        with serving(copied.folder, start_at) as url:
            say("waiting until the service is at rest")
            at_rest()
            client = Client(url, key)
            head = client.get("/queues/all?limit=1000").body["items"]
            client.close()
            yield Desk(copied, url, key, [item["customer_id"] for item in head], start_at)

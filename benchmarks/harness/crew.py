"""A crew: agents of one call centre in a process of their own, which may be killed with all of them.

python -m benchmarks.harness.crew     with CREW as JSON in the environment: addresses, key, queues, agents, number
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from benchmarks.harness.client import Answer, Client, Unanswered
from benchmarks.harness.fleet import Fleet
from benchmarks.harness.member import Member

_SECONDS = (2, 12)
"""How long a lease is asked for."""

_DISPOSITIONS = ("interested", "no_answer", "busy", "voicemail", "callback")
_SHARES = {"complete": 0.5, "release": 0.2, "renew": 0.15, "abandon": 0.15}
_AGAIN = 0.1
_CALLED_BACK = timedelta(days=1)


@dataclass(frozen=True)
class Crew:
    """agents: how many. number: of the crew, for names and chance. think: seconds that an agent takes, at most."""

    addresses: Sequence[str]
    key: str
    queues: Sequence[str]
    agents: int
    number: int
    think: float

    def join(self, fleet: Fleet) -> None:
        """Become a member of a fleet, beside the service's own processes."""
        name = f"crew-{self.number + 1}"
        told = {"CREW": json.dumps(vars(self))}
        command = [sys.executable, "-m", "benchmarks.harness.crew"]
        fleet.members[name] = Member(command, {**told}, fleet.settings.home / f"{name}.log")


class Agent(threading.Thread):
    """Claims, and completes, releases, renews or forgets what it got; asks the other service when one is silent."""

    def __init__(self, crew: Crew, number: int) -> None:
        super().__init__(daemon=True)
        self._crew = crew
        self._clients = [Client(address, crew.key, timeout=10) for address in crew.addresses]
        # Not the same again after the crew was killed: what was asked under a key would be answered from memory.
        self._rng = np.random.default_rng([crew.number, number, time.time_ns() % 2**32])
        self._name = f"agent-{crew.number}-{number}"

    def run(self) -> None:
        while True:
            for lease in self._claim():
                self._work(lease)
            self._think()

    def _claim(self) -> list[dict[str, Any]]:
        rng = self._rng
        limit, seconds = int(rng.integers(1, 4)), int(rng.integers(*_SECONDS))
        asked = {"agent_id": self._name, "limit": limit, "lease_seconds": seconds}
        queue = str(rng.choice(list(self._crew.queues)))
        once = {"Idempotency-Key": str(UUID(bytes=rng.bytes(16)))}
        answer = self._insist(f"/queues/{queue}/claim", asked, once)
        if rng.random() < 0.1:
            # As a client does that lost its own record: the same key must give the same leases.
            self._insist(f"/queues/{queue}/claim", asked, once)
        leases: list[dict[str, Any]] = answer.body["leases"] if answer.status == 200 else []
        return leases

    def _work(self, lease: dict[str, Any]) -> None:
        self._think()
        what = str(self._rng.choice(list(_SHARES), p=list(_SHARES.values())))
        body: dict[str, Any] = {"token": lease["token"]}
        if what == "complete":
            body |= {"disposition": str(self._rng.choice(_DISPOSITIONS)), "talk_seconds": 30.0}
            if body["disposition"] == "callback":
                # By the service's clock, which the lease's end tells.
                body["callback_at"] = (datetime.fromisoformat(lease["expires_at"]) + _CALLED_BACK).isoformat()
        if what == "renew":
            # Never shorter than what was granted: a renewal may also shorten a lease.
            body |= {"lease_seconds": _SECONDS[1]}
        if what != "abandon":
            self._insist(f"/leases/{lease['lease_id']}/{what}", body)

    def _insist(self, path: str, body: dict[str, Any], more: dict[str, str] | None = None) -> Answer:
        """An answer that is neither a failure nor "busy", from whichever service gives one."""
        turn = int(self._rng.integers(len(self._clients)))
        while True:
            try:
                answer = self._clients[turn % len(self._clients)].post(path, msgspec.json.encode(body), more)
                if answer.status < 500 and answer.status != 429:
                    return answer
            except Unanswered:
                pass
            turn += 1
            time.sleep(_AGAIN)

    def _think(self) -> None:
        time.sleep(float(self._rng.uniform(0.1, 1.0)) * self._crew.think)


def main() -> None:
    """Work until killed."""
    crew = Crew(**json.loads(os.environ["CREW"]))
    agents = [Agent(crew, number) for number in range(crew.agents)]
    for agent in agents:
        agent.start()
    for agent in agents:
        agent.join()


if __name__ == "__main__":
    main()

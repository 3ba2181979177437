"""Delivering webhooks until stopped, and what an operator may do with those that were not taken."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import redis

from leads.errors import NotFound
from serving.clock import Clock, written
from serving.dialers.dead_letters import DeadLetter, DeadLetters
from serving.dialers.file import FILE
from serving.dialers.leader_lock import LeaderLock
from serving.dialers.watched import Watched
from serving.dialers.webhooks.configuration import Endpoint
from serving.dialers.webhooks.courier import Attempt, Courier, letters_of
from serving.events.outbox import Outbox
from serving.events.stream import Event
from serving.people.erased_customers import ErasedCustomers
from serving.store.keyspace import Keyspace

_IDLE = 0.25
"""Seconds to wait when nothing was due."""

_LOOK = 1.0
"""Seconds between looks whether every courier lives."""

_OWNED = timedelta(minutes=1)
"""After which a courier that is silent is given up."""


class Webhooks:
    """The webhooks of a home: delivering them, and what became of them."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, clock: Clock, erased: ErasedCustomers, outbox: Outbox,
        endpoints: Mapping[str, Endpoint],
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._clock = clock
        self._erased = erased
        self._outbox = outbox
        self._endpoints = endpoints

    def deliver(
        self, environment: Mapping[str, str], rng: random.Random, stopped: threading.Event,
        tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        """Deliver to every endpoint, each from a thread of its own, so that a slow one keeps nobody waiting.

        While another process delivers it waits. Raises Unavailable when another one took over, or when a thread has
        died.
        """
        key = self._keys.courier
        leader = LeaderLock(self._client, key, "delivers this home's webhooks", _OWNED)
        if not leader.wait(stopped, tell):
            return
        with ExitStack() as stack:
            couriers = [
                stack.enter_context(self.courier(endpoint, environment, random.Random(rng.random())))
                for endpoint in self._endpoints.values()
            ]
            threads = [
                Watched(f"the courier of {courier.name}", partial(_work, courier, stopped, tell))
                for courier in couriers
            ]
            for thread in threads:
                thread.start()
            try:
                kept = 0.0
                while not stopped.wait(_LOOK):
                    for thread in threads:
                        thread.check()
                    kept += _LOOK
                    if kept >= _OWNED.total_seconds() / 4:
                        kept = 0.0
                        _keep(leader, tell)
            finally:
                stopped.set()
                for thread in threads:
                    thread.join()
        leader.leave()

    def courier(self, endpoint: Endpoint, environment: Mapping[str, str], rng: random.Random) -> Courier:
        """The courier of one endpoint."""
        letters = self.dead_letters(endpoint.name)
        return Courier(self._client, self._clock, self._erased, self._outbox, letters, endpoint, environment, rng)

    def endpoint(self, name: str) -> Endpoint:
        """Raises NotFound, naming those there are."""
        endpoints = self._endpoints
        if name not in endpoints:
            raise NotFound("webhook", name, f"{FILE} declares {', '.join(endpoints) or 'none'}")
        return endpoints[name]

    def standing(self) -> list[dict[str, Any]]:
        """Per endpoint, what waits, what was given up, and whether it is sent to."""
        return [
            {
                "endpoint": name,
                "url": endpoint.url,
                "waiting": self._outbox.count(name),
                "dead": self.dead_letters(name).count(),
                "disabled": self._outbox.disabled(name),
            }
            for name, endpoint in self._endpoints.items()
        ]

    def dead_letters(self, endpoint: str) -> DeadLetters:
        return DeadLetters(self._client, self._keys, letters_of(endpoint))

    def retry(self, endpoint: str, letter: DeadLetter) -> bool:
        """Let a dead letter wait for delivery again; an endpoint that was disabled is sent to again. False for a letter
        on a customer who was erased, which is dropped.
        """
        event = Event.read(letter.content["event"])
        erased = self._erased.among([event.customer_id])[0]
        with self._client.pipeline(transaction=True) as pipeline:
            if not erased:
                self._outbox.put_back(endpoint, event, pipeline)
            self.dead_letters(endpoint).drop(letter.id, pipeline)
            pipeline.execute()
        self._outbox.enable(endpoint)
        return not erased

    def try_out(self, name: str, environment: Mapping[str, str]) -> Attempt:
        """Send one message of the type `test`, which tells nothing, and see what is answered."""
        endpoint = self.endpoint(name)
        if endpoint.robot is not None:
            words = {"zh": "Nextlead 测试消息", "en": "A test message of Nextlead"}
            event = Event(uuid4().hex, "nextlead/test", "test", "", 0, {"title": words})
            with self.courier(endpoint, environment, random.Random(0)) as courier:
                return courier.deliver(event)
        now = written(self._clock.now())
        body = f'{{"type":"test","timestamp":"{now}","data":{{}}}}'.encode()
        with self.courier(self.endpoint(name), environment, random.Random(0)) as courier:
            return courier.send("test", courier.signed(f"msg_{uuid4().hex}", body), body)


def _keep(leader: LeaderLock, tell: Callable[[str], None]) -> None:
    try:
        leader.keep()
    except redis.RedisError as error:
        tell(_unreached(error))


def _unreached(error: redis.RedisError) -> str:
    return f"the hot store: {type(error).__name__}; trying again"


def _work(courier: Courier, stopped: threading.Event, tell: Callable[[str], None]) -> None:
    while not stopped.is_set():
        try:
            tried = courier.step()
        except redis.RedisError as error:
            tell(_unreached(error))
            tried = 0
        if not tried:
            stopped.wait(_IDLE)

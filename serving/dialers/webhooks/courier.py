"""The courier: delivers an endpoint's messages, each customer's in order, until it is answered or given up."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType

import redis

from features.own_events import ERASED
from serving.clock import Clock, milliseconds
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.webhooks.configuration import Endpoint
from serving.dialers.webhooks.retry_after import retry_after
from serving.dialers.webhooks.signature import key_of, sign
from serving.events.fault_isolation import FAULTS, reason_of
from serving.events.outbox import Message, Outbox, body_of, message_id
from serving.events.stream import UNREADABLE, Event
from serving.people.erased_customers import ErasedCustomers

WINDOW = 500
"""Messages that are read at once."""

_PAGES = 20
"""So many times that, at most, until those that are due are found: of whoever waits, all wait in front."""

_GONE = 410
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Attempt:
    """How a delivery went. problem: None when it was taken. wait: what the receiver asks for."""

    problem: str | None
    gone: bool = False
    wait: timedelta = timedelta()


class Courier:
    """Delivers at least once: a message is forgotten only after the receiver has answered with 2xx.

    While a message of a customer waits to be tried again, their later ones wait behind it. `rng` spreads the waits.
    """

    def __init__(
        self, client: redis.Redis, clock: Clock, erased: ErasedCustomers, outbox: Outbox, letters: DeadLetters,
        endpoint: Endpoint, environment: Mapping[str, str], rng: random.Random,
    ) -> None:  # fmt: skip
        import httpx  # Here, so that commands that deliver nothing do without.

        from serving.dialers.webhooks.transport import transport

        self._store = client
        self._clock = clock
        self._erased = erased
        self._outbox = outbox
        self._endpoint = endpoint
        self._environment = environment
        self._keys = [key_of(secret.reveal(environment)) for secret in endpoint.secrets]
        self._rng = rng
        self._pool = ThreadPoolExecutor(endpoint.parallel)
        self._http = httpx.Client(
            timeout=endpoint.timeout.total_seconds(), follow_redirects=False, transport=transport(endpoint.link_local)
        )
        self.letters = letters

    def __enter__(self) -> Courier:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown()
        self._http.close()

    @property
    def name(self) -> str:
        """The endpoint's."""
        return self._endpoint.name

    def step(self) -> int:
        """Try what is due, a few at a time; how many messages were tried."""
        if self._outbox.disabled(self._endpoint.name) is not None:
            return 0
        due = self._due()
        for message, attempt in zip(due, self._pool.map(self._attempt, due), strict=True):
            self._settle(message, attempt)
        return len(due)

    def send(self, kind: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        """One request. A redirect is not followed: it would carry the message to somebody else."""
        import httpx  # As above.

        robot = self._endpoint.robot
        url = self._endpoint.url if robot is None else robot.url(self._environment, self._clock.now())
        try:
            answer = self._http.post(url, content=body, headers={**headers, "content-type": "application/json"})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Attempt(f"{kind}: {type(error).__name__}")
        if answer.is_success:
            said = None if robot is None else robot.problem(answer.content)
            return Attempt(None if said is None else f"{kind}: {said}")
        wait = retry_after(answer.headers, self._clock.now(), self._endpoint.longest_retry_after)
        return Attempt(f"{kind}: status {answer.status_code}", answer.status_code == _GONE, wait)

    def deliver(self, event: Event) -> Attempt:
        """Send an event: to a robot as it takes it, to others whole and signed."""
        robot = self._endpoint.robot
        if robot is not None:
            return self.send(event.type, {}, robot.body(event))
        body = body_of(event)
        return self.send(event.type, self.signed(message_id(event), body), body)

    def signed(self, message: str, body: bytes) -> dict[str, str]:
        """The headers of a message that is sent now."""
        return sign(self._keys, message, self._clock.now(), body)

    def _due(self) -> list[Message]:
        """Each customer's first message, where it is due."""
        now = milliseconds(self._clock.now())
        # Nothing waits longer than that: a later time was noted by an earlier version, or by a clock that was wrong.
        last = now + int(max(self._endpoint.longest_wait, self._endpoint.longest_retry_after) / _MILLISECOND)
        seen: set[str] = set()
        due: list[Message] = []
        most = 8 * self._endpoint.parallel
        for page in self._pages():
            for message in self._kept(page):
                customer_id = message.event.customer_id
                if customer_id not in seen and (message.due <= now or message.due > last):
                    due.append(message)
                seen.add(customer_id)
            if len(due) >= most:
                break
        return due[:most]

    def _pages(self) -> Iterator[Sequence[Message]]:
        """The oldest messages, so many at a time."""
        after = None
        for _ in range(_PAGES):
            page = self._outbox.first(self._endpoint.name, WINDOW, after)
            yield page
            if len(page) < WINDOW:
                return
            after = page[-1].position

    def _kept(self, messages: Sequence[Message]) -> list[Message]:
        """Without those of erased customers, of whom only that is told."""
        erased = self._erased.among([m.event.customer_id for m in messages])
        gone = [m for m, is_gone in zip(messages, erased, strict=True) if is_gone and m.event.type != ERASED]
        if gone:
            with self._store.pipeline(transaction=True) as pipeline:
                for message in gone:
                    self._outbox.done(pipeline, self._endpoint.name, message)
                pipeline.execute()
        dropped = {message.position for message in gone}
        return [message for message in messages if message.position not in dropped]

    def _attempt(self, message: Message) -> Attempt:
        if message.event.type == UNREADABLE:
            return Attempt(f"{UNREADABLE}: cannot be read")
        try:
            return self.deliver(message.event)
        except FAULTS as error:
            return Attempt(f"{message.event.type}: {reason_of(error)}")

    def _settle(self, message: Message, attempt: Attempt) -> None:
        endpoint = self._endpoint
        if attempt.gone:
            self._outbox.disable(endpoint.name, f"{attempt.problem}: the receiver wants no more")
            return
        with self._store.pipeline(transaction=True) as pipeline:
            if attempt.problem is None:
                self._outbox.done(pipeline, endpoint.name, message)
            elif message.tries + 1 >= endpoint.attempts or message.event.type == UNREADABLE:
                content = {"event": message.event.written()}
                reason = f"{attempt.problem}, {message.tries + 1} times"
                self.letters.put(
                    message.event.type, reason, message.event.customer_id, content, self._clock.now(), pipeline
                )
                self._outbox.done(pipeline, endpoint.name, message)
            else:
                wait = max(self._wait(message.tries), attempt.wait)
                due = milliseconds(self._clock.now()) + int(wait / _MILLISECOND)
                self._outbox.again(pipeline, endpoint.name, message, due)
            pipeline.execute()

    def _wait(self, tries: int) -> timedelta:
        """Twice as long each time, and between half and all of that, so that receivers are not met by a wave."""
        doubled = self._endpoint.first_wait.total_seconds() * 2.0 ** min(tries, 60)
        full = timedelta(seconds=min(self._endpoint.longest_wait.total_seconds(), doubled))
        share: float = 0.5 + 0.5 * self._rng.random()
        return full * share


def letters_of(endpoint: str) -> str:
    """The name of an endpoint's dead-letter list."""
    return f"webhook:{endpoint}"

"""Events of Kafka topics into the durable stream: at least once from Kafka, and once in the stream."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from threading import Event
from typing import Any

from serving.clock import Clock
from serving.intake.intake import Intake
from serving.sources.broker import Broker
from serving.sources.group import Group
from serving.sources.message import offered
from serving.sources.refused_messages import DeadLetters
from serving.sources.retrying_intake import RetryingIntake, Taken, Tell
from serving.sources.tally import Tally

Progress = Callable[[Tally], None]
"""Called with the counts so far."""


def consume(intake: Intake, clock: Clock, broker: Broker, stopped: Event, tell: Tell, progress: Progress) -> Tally:
    """Hand in every message until stopped, after the batch in hand.

    An offset is committed when its event is durable, or refused and told (and kept, where there is a dead-letter
    topic). Raises Unavailable when the hot store, the dead-letter topic or the client is lost; what was not
    committed comes again then, and what is in already is known as a duplicate.
    """
    tally = Tally()
    letters = DeadLetters(broker, broker.dead_letters) if broker.dead_letters else None
    with closing(Group(broker, stopped, tell)) as group:
        door = RetryingIntake(clock, intake, group.rest, tell)
        while not stopped.is_set():
            messages = group.read()
            taken = door.take([offered(message) for message in messages])
            if taken is None:
                break
            if letters is not None:
                _keep(letters, messages, taken)
            group.commit(messages)
            tally.add(taken)
            progress(tally)
    return tally


def _keep(letters: DeadLetters, messages: list[Any], taken: Taken) -> None:
    if taken.refusals:
        for index, refusal in taken.refusals.items():
            letters.put(messages[index], refusal)
        letters.flush()

"""From Kafka, against librdkafka's own mock brokers: each event once, whatever happens between append and commit."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from leads.errors import InvalidInput, Unavailable
from serving.composition import Composition, compose
from serving.ports import free_port
from serving.sources.broker import Broker
from serving.sources.group import Group
from serving.sources.kafka import consume
from serving.sources.message import offered
from serving.sources.retrying_intake import RetryingIntake
from serving.sources.tally import Tally
from serving.store.pressure import RETRY_AFTER
from tests.serving.sources.written import event, waiting

SECONDS = 30.0


@pytest.fixture
def broker(cluster: str, request: pytest.FixtureRequest) -> Broker:
    """A topic and a group of the test's own."""
    name = request.node.name[:60]
    # Mock brokers let a group rest for nearly a session before it may be joined again.
    settings = {"log_level": "3", "session.timeout.ms": "3000", "heartbeat.interval.ms": "300"}
    return Broker(cluster, (f"{name}-in",), f"{name}-group", settings)


def produce(broker: Broker, values: Sequence[Any], spread: bool = False, **more: Any) -> None:
    """Send to one partition, or spread over all."""
    producer = Producer(broker.producing())
    for number, value in enumerate(values):
        raw = value if isinstance(value, bytes | None) else json.dumps(value).encode()
        producer.produce(broker.topics[0], value=raw, key=f"k{number if spread else ''}".encode(), **more)
    assert producer.flush(10) == 0


def consumed(
    parts: Composition, broker: Broker, enough: Callable[[Tally], bool], told: list[str] | None = None
) -> Tally:
    """What was taken in until it is enough."""
    stopped = Event()
    timer = threading.Timer(SECONDS, stopped.set)
    timer.start()

    def progress(tally: Tally) -> None:
        if enough(tally):
            stopped.set()

    try:
        return consume(parts.intake, parts.clock, broker, stopped, (told if told is not None else []).append, progress)
    finally:
        timer.cancel()


def committed(broker: Broker) -> int:
    """The offsets that the group committed, summed over the topic's partitions."""
    with closing(Consumer(broker.consuming())) as client:
        topic = broker.topics[0]
        places = [TopicPartition(topic, number) for number in client.list_topics(topic, 10).topics[topic].partitions]
        return sum(max(0, part.offset) for part in client.committed(places, 10))


def messages(group: Group, count: int) -> list[Any]:
    found: list[Any] = []
    deadline = time.monotonic() + SECONDS
    while len(found) < count and time.monotonic() < deadline:
        found += group.read()
    return found


def test_what_is_produced_is_accepted_once_and_committed(parts: Composition, broker: Broker) -> None:
    produce(broker, [event(f"e{i}", f"c{i % 40:03d}") for i in range(1500)])
    tally = consumed(parts, broker, lambda tally: tally.events >= 1500)
    assert (tally.accepted, tally.duplicates, tally.refused) == (1500, 0, 0)
    assert sorted(waiting(parts)) == sorted(f"e{i}" for i in range(1500))
    assert committed(broker) == 1500
    produce(broker, [event("later")])
    assert consumed(parts, broker, lambda tally: tally.events >= 1).accepted == 1


def test_a_crash_between_append_and_commit_changes_nothing(parts: Composition, broker: Broker) -> None:
    produce(broker, [event("a"), event("b")])
    with closing(Group(broker, Event(), print)) as group:
        found = messages(group, 2)
        taken = RetryingIntake(parts.clock, parts.intake, lambda _: False, print).take(
            [offered(message) for message in found]
        )
        assert taken is not None and taken.accepted == 2
    assert committed(broker) == 0
    tally = consumed(parts, broker, lambda tally: tally.events >= 2)
    assert (tally.accepted, tally.duplicates) == (0, 2)
    assert sorted(waiting(parts)) == ["a", "b"]
    assert committed(broker) == 2


def test_nothing_is_committed_when_nothing_is_appended(parts: Composition, broker: Broker) -> None:
    produce(broker, [event("a")])
    nowhere = compose(parts.settings, f"redis://127.0.0.1:{free_port()}")
    stopped = Event()

    def tell(text: str) -> None:
        if "hot store" in text:
            stopped.set()

    tally = consume(nowhere.intake, nowhere.clock, broker, stopped, tell, lambda _: None)
    assert tally.events == 0 and stopped.is_set()
    assert committed(broker) == 0
    assert consumed(parts, broker, lambda tally: tally.events >= 1).accepted == 1


def test_refused_messages_are_told_and_kept_with_their_reason(parts: Composition, broker: Broker) -> None:
    broker = replace(broker, dead_letters=f"{broker.group}-dead")
    produce(broker, [event("good"), event("bad", type="quote.asked"), b"no JSON", None], headers={"trace": b"7"})
    told: list[str] = []
    tally = consumed(parts, broker, lambda tally: tally.events >= 4, told)
    assert (tally.accepted, tally.refused) == (1, 3)
    assert any("event 'bad' is refused: type = 'quote.asked'" in text for text in told)
    assert committed(broker) == 4
    assert broker.dead_letters is not None
    reader = replace(broker, topics=(broker.dead_letters,), group=f"{broker.group}-dead", dead_letters=None)
    with closing(Group(reader, Event(), print)) as group:
        kept = messages(group, 3)
    assert {message.value() for message in kept} >= {b"no JSON", None}
    headers = dict(kept[0].headers())
    assert headers["trace"] == b"7" and {"nextlead_place", "nextlead_reason"} <= headers.keys()
    assert kept[0].key() == b"k"


def test_a_dead_letter_that_cannot_be_kept_is_not_committed(parts: Composition, broker: Broker) -> None:
    produce(broker, [b"x" * 5000])
    broker = replace(broker, dead_letters="dead", settings=dict(broker.settings) | {"message.max.bytes": "2000"})
    with pytest.raises(Unavailable, match=r"cannot be kept in .dead.*too large"):
        consumed(parts, broker, lambda tally: tally.events >= 1)
    assert committed(broker) == 0


def test_while_the_stream_is_full_the_group_is_kept_and_nothing_is_lost(
    parts: Composition, broker: Broker, engine_url: str
) -> None:
    narrow = compose(replace(parts.settings, backlog_limit=0), engine_url)
    produce(broker, [event("first")])
    # Shorter than the wait for room: a member that did not poll meanwhile would be put out of the group.
    impatient = replace(broker, settings=dict(broker.settings) | {"max.poll.interval.ms": "3000"})
    stopped, produced, told = Event(), Event(), list[str]()

    def progress(tally: Tally) -> None:
        if tally.events == 1 and not produced.is_set():
            produced.set()
            produce(broker, [event(f"e{i}") for i in range(20)])
        if tally.events >= 21:
            stopped.set()

    def tell(text: str) -> None:
        told.append(text)
        for partition in range(narrow.settings.partitions):
            narrow.client.delete(narrow.keyspace.stream(partition))

    timer = threading.Timer(SECONDS, stopped.set)
    timer.start()
    tally = consume(narrow.intake, narrow.clock, impatient, stopped, tell, progress)
    timer.cancel()
    narrow.client.close()
    assert (tally.accepted, tally.duplicates) == (21, 0)
    assert told and all(f"trying again in {RETRY_AFTER} s" in text for text in told)
    assert committed(broker) == 21


def test_a_second_member_goes_on_where_the_first_one_ended(parts: Composition, broker: Broker) -> None:
    produce(broker, [event(f"e{i}") for i in range(50)])
    stopped, tallies, told = Event(), [Tally(), Tally()], list[str]()

    def member(number: int) -> None:
        def progress(tally: Tally) -> None:
            tallies[number] = tally

        consume(parts.intake, parts.clock, broker, stopped, told.append, progress)

    threads = [threading.Thread(target=member, args=(number,)) for number in range(2)]
    deadline, count = time.monotonic() + SECONDS, 50
    for number, thread in enumerate(threads):
        thread.start()
        while not tallies[number].accepted and time.monotonic() < deadline:
            produce(broker, [event(f"f{count + i}") for i in range(10)], spread=True)
            count += 10
            time.sleep(0.1)
    while len(waiting(parts)) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    stopped.set()
    for thread in threads:
        thread.join(timeout=20)
    assert all(tally.accepted for tally in tallies), told
    assert sum(tally.accepted for tally in tallies) == len(waiting(parts)) == count
    assert committed(broker) == count


def test_settings_that_are_decided_here_or_unknown_are_refused(cluster: str) -> None:
    with pytest.raises(InvalidInput, match=r"enable\.auto\.commit.*committed when"):
        Broker(cluster, ("t",), "g", {"enable.auto.commit": "true"})
    with pytest.raises(InvalidInput, match="not read"):
        Broker(cluster, ("t",), "g", dead_letters="t")
    with pytest.raises(InvalidInput, match=r"no\.such"):
        Group(Broker(cluster, ("t",), "g", {"no.such": "1"}), Event(), print)


def headed(value: bytes | None, **headers: str) -> Message:
    named = [(name.replace("content_type", "content-type"), text.encode()) for name, text in headers.items()]
    return Message(topic="t", partition=0, offset=7, value=value, headers=named)


def test_in_binary_mode_the_headers_are_the_event_and_the_value_its_data() -> None:
    attributes = {name: value for name, value in event("a").items() if name != "data"}
    headers = {f"ce_{name}": value for name, value in attributes.items()} | {"content_type": "application/json"}
    assert offered(headed(b'{"product": "motor"}', **headers)).item == attributes | {"data": {"product": "motor"}}
    assert offered(headed(None, **headers)).item == attributes
    assert "not JSON" in str(offered(headed(b"<xml/>", **headers)).problem)


def test_in_structured_mode_the_value_is_the_event_whatever_json_it_is_called() -> None:
    value = json.dumps(event("a")).encode()
    for kind in ("application/cloudevents+json; charset=UTF-8", "application/json"):
        assert offered(headed(value, content_type=kind)).item == event("a")
    assert offered(headed(value)).item == event("a")
    refused = offered(headed(value, content_type="application/cloudevents+avro"))
    assert refused.place == "t[0] offset 7" and "avro" in str(refused.problem)

"""The door for events: a CloudEvents batch is checked item by item, and what is right is made durable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from features.configuration import Configuration
from features.identity import Identity, parse_customer_id, parse_subject
from leads.actions.reports import CALLED
from leads.configuration.spelling import CHANGED, require_product, spelled
from leads.configuration.workspace import Workspace
from leads.contact.callback import CALLBACK
from leads.errors import InvalidInput
from serving.calls.called import AT
from serving.clock import Clock, from_microseconds, microseconds
from serving.events.stream import Event, Stream
from serving.events.values import as_text, parse_fields, parse_value
from serving.intake.content import data_of
from serving.intake.enrichment import Enriched, Enrichment, Named
from serving.intake.senders import ADMIN, DIALER, Sender
from serving.jsontext import Repeated
from serving.people.erased_customers import ErasedCustomers
from serving.people.people import People
from serving.people.saying import consented_by_event

_LENGTH = 256
"""Characters of an id, source or subject at most."""


NOBODYS = "subject: this identity is shared by too many customers to be anyone's; name a customer id (see /conflicts)"


@dataclass(frozen=True)
class RejectedItem:
    """An item that was refused. `id` is null where it has none."""

    index: int
    id: str | None
    reason: str


@dataclass(frozen=True)
class EventsAnswer:
    """What became of a batch. `position`: where it stands in the stream."""

    accepted: int
    duplicates: int
    rejected: list[RejectedItem]
    position: str

    @property
    def nothing(self) -> bool:
        """Whether all of it was refused."""
        return bool(self.rejected) and not self.accepted and not self.duplicates


@dataclass(frozen=True)
class _Checked:
    """An item that is right as far as it goes; `identity` is set until its customer is known. told: of a word on a
    consent its proof.
    """

    index: int
    event: Event
    identity: Identity | None
    named: Named
    told: Mapping[str, Any] = field(default_factory=dict)


class Intake:
    """Takes in batches of events."""

    def __init__(
        self, configuration: Configuration, clock: Clock, stream: Stream, erased: ErasedCustomers, people: People,
        enrichment: Enrichment,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._clock = clock
        self._stream = stream
        self._erased = erased
        self._people = people
        self._enrichment = enrichment

    def accept(self, items: Sequence[Any], now: datetime, scope: str = ADMIN, by: str | None = None) -> EventsAnswer:
        """Accept a batch. Each item is answered for itself; a refused one leaves the others as they are.

        scope: of the key that sent it, which says what types it may tell. by: who sent it, which is kept with words on
        consents.
        What a contact's event leaves out is filled in from the decision it names, here and once: the lake has it so.
        """
        sender = Sender.of(self._configuration, scope)
        checked: list[_Checked] = []
        rejected: list[RejectedItem] = []
        for index, item in enumerate(items):
            try:
                found = check(self._configuration.workspace, sender, index, item, now)
                event = _with_callback(self._configuration, found.event, data_of(item), now)
                checked.append(replace(found, event=event))
            except InvalidInput as error:
                rejected.append(RejectedItem(index, _id_of(item), as_text(error.errors)))
        kept, refused = self._resolve(checked, scope)
        whole, lacking = self._whole(kept, now)
        proofs = [
            consented_by_event(item.event, checked.told, by)
            for checked, item in whole
            if item.event.type == CHANGED and (by or checked.told)
        ]
        calls = [*(item.call for _, item in whole), *([""] * len(proofs))]
        fresh = self._stream.accept([*(item.event for _, item in whole), *proofs], now, calls)[: len(whole)]
        return EventsAnswer(
            accepted=sum(fresh),
            duplicates=len(fresh) - sum(fresh),
            rejected=sorted(rejected + refused + lacking, key=lambda item: item.index),
            position=self._stream.position(),
        )

    def _whole(
        self, kept: Sequence[_Checked], now: datetime
    ) -> tuple[list[tuple[_Checked, Enriched]], list[RejectedItem]]:
        """The items with what they left out, and those that lack what nothing fills in."""
        whole, lacking = [], []
        filled = self._enrichment.enriched([item.event for item in kept], [item.named for item in kept], now)
        for item, told in zip(kept, filled, strict=True):
            try:
                require_product(self._configuration.workspace, told.event.type, told.event.data)
                whole.append((item, told))
            except InvalidInput as error:
                lacking.append(RejectedItem(item.index, item.event.id, as_text(error.errors)))
        return whole, lacking

    def _resolve(self, checked: Sequence[_Checked], scope: str) -> tuple[list[_Checked], list[RejectedItem]]:
        """The items under the ids that told their identities; a person met for the first time gets one. An id that was
        merged stays what it is: so its events are its own again should that be taken back.

        Who was erased is no dialer's business: what it tells of them is taken as of anybody, and goes nowhere.
        """
        erased = self._were_erased(checked)
        if scope == DIALER:
            checked = [self._of_nobody(item) if gone else item for item, gone in zip(checked, erased, strict=True)]
            erased = [False] * len(checked)
        refused = [
            RejectedItem(item.index, item.event.id, "subject: this customer was erased")
            for item, gone in zip(checked, erased, strict=True)
            if gone
        ]
        kept = [item for item, gone in zip(checked, erased, strict=True) if not gone]
        met = [item.identity for item in kept if item.identity is not None]
        named = self._people.meet(met, microseconds(self._clock.now())) if met else {}
        items = []
        for item in kept:
            if item.identity is None:
                items.append(item)
            elif item.identity.key in named:
                items.append(replace(item, event=replace(item.event, customer_id=named[item.identity.key])))
            else:
                refused.append(RejectedItem(item.index, item.event.id, NOBODYS))
        return items, refused

    def _of_nobody(self, item: _Checked) -> _Checked:
        told = item.event.customer_id if item.identity is None else item.identity.key
        return replace(item, identity=None, event=replace(item.event, customer_id=self._erased.nobody(told)))

    def _were_erased(self, checked: Sequence[_Checked]) -> list[bool]:
        """Of each item whether its customer was erased, under any form in which their identity was ever kept."""
        names = [item.identity.keys if item.identity else (item.event.customer_id,) for item in checked]
        texts = list(dict.fromkeys(name for each in names for name in each))
        gone = dict(zip(texts, self._erased.among(texts), strict=True))
        return [any(gone[name] for name in each) for each in names]


def check(workspace: Workspace, sender: Sender, index: int, item: Any, now: datetime) -> _Checked:
    """An item of a batch as it is read. Raises InvalidInput."""
    if isinstance(item, Repeated):
        raise InvalidInput("event", None, item.reason)
    if not isinstance(item, Mapping):
        raise InvalidInput("event", type(item).__name__, "a CloudEvents object")
    if item.get("specversion") != "1.0":
        raise InvalidInput("specversion", item.get("specversion"), "1.0")
    text = {name: _text(item, name) for name in ("id", "source", "type", "subject")}
    if text["type"] not in workspace.events:
        raise InvalidInput("type", text["type"], f"one of {', '.join(workspace.events)}")
    moment = workspace.bounds.happened("time", item.get("time"), now)
    end = workspace.retention.event_cutoff(text["type"], now)
    if end is not None and moment < end:
        days = workspace.retention.events[text["type"]].days
        raise InvalidInput("time", item.get("time"), f"within {days} days: events of this type are kept no longer")
    data = data_of(item)
    fields = spelled(workspace, text["type"], parse_fields(workspace, data))
    identity = parse_subject(text["subject"], workspace.recognition)
    if identity is None:
        parse_customer_id(text["subject"], "subject")
    event = Event(text["id"], text["source"], text["type"], text["subject"], microseconds(moment), fields)
    sender.check(event)
    _require_unicode(event)
    proof = {name: data[name] for name in ("by", "text") if name in data} if event.type == CHANGED else {}
    for name, value in proof.items():
        parse_value(f"data.{name}", "text", value, workspace.bounds)
    return _Checked(index, event, identity, Named.by(data), proof)


def _with_callback(configuration: Configuration, event: Event, data: Mapping[str, Any], now: datetime) -> Event:
    """With the time of a callback that tells none, as the catalogue declares it, unless that is past. Raises
    InvalidInput for a time that nobody would keep, as of when the call was.
    """
    field, queueing = configuration.workspace.fields.get(AT), configuration.catalogue.queue.queueing
    if event.type != CALLED or (field is None and data.get(AT) is None):
        return event
    if field is None or field.type != "time":
        raise InvalidInput(f"data.{AT}", data[AT], "absent, as the workspace declares no such field of type time")
    disposition, ended = str(event.data.get("disposition", "")), from_microseconds(event.time)
    if AT in event.data:
        queueing.check_callback(disposition, from_microseconds(event.data[AT]), ended)
    elif disposition == CALLBACK and (due := queueing.due_after(ended)) > now:
        return replace(event, data={**event.data, AT: microseconds(due)})
    return event


def _require_unicode(event: Event) -> None:
    """JSON can escape half of a character, which nothing can store."""
    try:
        (event.source + event.written()).encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("event", "(withheld)", "whole Unicode characters, no lone surrogates") from error


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _LENGTH:
        raise InvalidInput(
            name, value if not isinstance(value, str) else value[:40], f"a text of 1 to {_LENGTH} characters"
        )
    return value


def _id_of(item: Any) -> str | None:
    value = item.get("id") if isinstance(item, Mapping) else None
    return value.encode(errors="replace").decode() if isinstance(value, str) else None

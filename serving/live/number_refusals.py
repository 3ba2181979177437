"""Refusals of numbers: where somebody asked not to be called, nobody is, whoever else has that number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from leads.configuration.vocabulary import DO_NOT_CALL
from serving.events.stream import Event, Stream
from serving.live.live_states import LiveStates
from serving.live.placement import Placement
from serving.live.refusals import kept, refused_phone
from serving.live.revivals import Revivals
from serving.people.contacts import Contacts
from serving.people.reach import Reach


class NumberRefusals:
    """Has numbers rest, and those who share them."""

    def __init__(
        self, states: LiveStates, contacts: Contacts, stream: Stream, revivals: Revivals, placement: Placement
    ) -> None:
        self._states = states
        self._contacts = contacts
        self._stream = stream
        self._revivals = revivals
        self._placement = placement

    def queue(self, pipeline: Any, came: Sequence[tuple[str, Event]]) -> None:
        """The numbers of those who were not to be called again by what dialers tell rest since then. The outcome of a
        lease has told so already. came: events with the ids that survive.
        """
        asked = [(name, event) for name, event in came if _is_refusal(event)]
        for (name, event), reach, own in zip(asked, *self._numbers(asked), strict=True):
            told = kept(event, reach, own, self._contacts.numbers.digest)
            if told is not None:
                self._stream.add(pipeline, replace(told, customer_id=name))
                self._contacts.numbers.rest(told.data["numbers"], pipeline)

    def share(self, events: Sequence[Event], now: datetime) -> None:
        """Whoever else has a number at which somebody asked not to be called stands where they stand now."""
        asked = list(filter(_is_refusal, events))
        if not asked:
            return
        survivors = self._contacts.surviving([event.customer_id for event in asked])
        numbers = self._numbers(list(zip(survivors, asked, strict=True)))
        phones = [refused_phone(*found) for found in zip(asked, *numbers, strict=True)]
        sharing = self._contacts.sharing([f"phone:{phone}" for phone in phones if phone is not None])
        reached = [reach for reach in self._contacts.reach(sharing) if reach is not None]
        if reached:
            known = [reach.customer_id for reach in reached]
            self._revivals.revive(None, reached, self._states.read(known), known, now)
            self._placement.rescore(known, now)

    def _numbers(self, came: Sequence[tuple[str, Event]]) -> tuple[list[Reach | None], list[str | None]]:
        """Of events with the ids that survive how their people are reached, and the number that their own ids told."""
        ids = [event.customer_id for _, event in came]
        own, _ = self._contacts.own(ids)
        told = [own[name].phone if name in own else None for name in ids]
        return self._contacts.reach([name for name, _ in came]), told


def _is_refusal(event: Event) -> bool:
    return event.data.get("disposition") == DO_NOT_CALL

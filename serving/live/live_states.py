"""Live states: what customers come to by now, read and written where events are applied."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import redis

from features.hot import CustomerState, HotFeatures
from features.layout import FeatureLayout
from serving.events.stream import Event
from serving.live.soundness import Folded
from serving.people.contact import Contact
from serving.people.contact_frames import contact_frame
from serving.people.contacts import Contacts
from serving.people.reach import Reach


class LiveStates:
    """The states of customers in the hot store, and how the customers are reached."""

    def __init__(self, client: redis.Redis, hot: HotFeatures, contacts: Contacts) -> None:
        self._client = client
        self._hot = hot
        self._contacts = contacts

    @property
    def layout(self) -> FeatureLayout:
        return self._hot.layout

    def watch(self, pipeline: Any, customer_ids: Sequence[str]) -> None:
        """What the pipeline does counts only if nobody else writes these states meanwhile."""
        if customer_ids:
            pipeline.watch(*self._hot.keys("interactions", customer_ids))

    def read(self, customer_ids: Sequence[str]) -> CustomerState:
        return self._hot.read(self._client, customer_ids)

    def reached(self, customer_ids: Sequence[str]) -> list[Reach]:
        """How each is reached; by nothing who is not known."""
        found = self._contacts.reach(customer_ids)
        return [reach or Reach(name) for name, reach in zip(customer_ids, found, strict=True)]

    def known(self, customer_ids: Sequence[str], events: Sequence[Event]) -> tuple[list[Reach], list[Contact]]:
        """How each is reached who is known or whom these events are about, and records of those who are met first by
        them.
        """
        first = {event.customer_id: event.time for event in reversed(events)}
        found = list(zip(customer_ids, self._contacts.reach(customer_ids), strict=True))
        fresh = [Contact(name, first[name]) for name, reach in found if reach is None and name in first]
        return [reach or Reach(name) for name, reach in found if reach is not None or name in first], fresh

    def meet(self, pipeline: Any, fresh: Sequence[Contact]) -> None:
        """Who is met first by an event has a record from now on, unless they got one meanwhile."""
        if fresh:
            self._contacts.meet(pipeline, fresh)
            self._hot.write_profiles(pipeline, contact_frame(self.layout.workspace, fresh), only_new=True)

    def write(self, pipeline: Any, state: CustomerState, customer_ids: Sequence[str], changed: Collection[str]) -> None:
        """The states of those that changed, row i of the state being the i-th customer."""
        rows = [row for row, customer_id in enumerate(customer_ids) if customer_id in changed]
        ids = [customer_ids[row] for row in rows]
        self._hot.write_states(
            pipeline, ids, state.interactions[rows], state.standing[rows], state.interactions_at[rows]
        )

    def fill(self, told: Sequence[Contact], folded: Folded) -> None:
        """Write records, profiles, and the states of those who have any, where nothing of them is."""
        with self._client.pipeline(transaction=False) as pipeline:
            self._contacts.write(pipeline, told)
            self._hot.write_profiles(pipeline, contact_frame(self.layout.workspace, told))
            self._hot.write_states(pipeline, list(folded.rows), folded.interactions, folded.standing, folded.at)
            pipeline.execute()

    def forget(self, pipeline: Any, customer_ids: Sequence[str]) -> None:
        """What they did is known no more; what they told of themselves stays."""
        for name in customer_ids:
            self._hot.erase_states(pipeline, name)

    def leave(self, pipeline: Any, customer_id: str) -> None:
        """Nothing is kept under an id that leads to another one."""
        self._hot.erase(pipeline, customer_id)
        self._contacts.leave(pipeline, customer_id)

"""What a process takes in, and how its queues stand: for this no model is asked and no rule, and none is loaded."""

from __future__ import annotations

from functools import cached_property

from serving.decisions.purposes import Purposes
from serving.desk.desk import Desk
from serving.intake.enrichment import Enrichment
from serving.intake.intake import Intake
from serving.managers.campaigns import Campaigns
from serving.managers.overview import Overview, QueueSizes
from serving.queue.hours import call_hours
from serving.wiring.queueing import Queueing
from serving.wiring.state import State


class Reception(State):
    """Parts that take in events, and show the queue to managers."""

    @cached_property
    def queue(self) -> Queueing:
        objectives, hours = tuple(self.configuration.workspace.objectives), call_hours(self.configuration)
        reserve = self.configuration.catalogue.queue.queueing.reserve
        return Queueing(self.client, self.keyspace, self.settings.partitions, objectives, hours, reserve)

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.home.pauses, self.home.desk_log)

    @cached_property
    def overview(self) -> Overview:
        queue = self.queue
        sizes = QueueSizes(self.desk, queue.waiting, queue.zones)
        return Overview(queue.names, sizes, queue.waiting, queue.leases, queue.rests, queue.promises, queue.recalls)

    @cached_property
    def campaigns(self) -> Campaigns:
        return Campaigns(self.configuration, self.desk, self.queue.waiting, self.queue.granted)

    @cached_property
    def purposes(self) -> Purposes:
        return Purposes(self.client, self.keyspace)

    @cached_property
    def intake(self) -> Intake:
        enrichment = Enrichment(
            self.client, self.keyspace, self.configuration, self.contacts, self.purposes, self.policies
        )
        return Intake(self.configuration, self.clock, self.stream, self.erased_customers, self.people, enrichment)

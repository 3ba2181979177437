"""Outcomes that other dialers send, signed as Standard Webhooks are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import redis
from pydantic import Field, ValidationError

from features.configuration import Configuration
from leads.configuration.section import Section
from leads.errors import InvalidInput, NextleadError
from serving.dialers.called_customer import CalledCustomers
from serving.dialers.calls import Calls
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.report import Report, ReportAnswer
from serving.dialers.webhooks.signature import key_of, verify
from serving.jsontext import read_body
from serving.kept_secrets import Secret, parse_secrets
from serving.store.keyspace import Keyspace
from serving.strict import Body, Disposition, Moment, field_errors


@dataclass(frozen=True)
class Sender:
    """A dialer that sends outcomes. `secrets`: any of them may have signed."""

    name: str
    secrets: tuple[Secret, ...]


class CallOutcome(Body):
    """What came of a call, by `customer_id`, `phone` (the number dialled) or both; with the lease that was claimed."""

    call_id: str = Field(min_length=1, max_length=256)
    customer_id: str | None = Field(None, min_length=1, max_length=256)
    phone: str | None = Field(None, min_length=1, max_length=64)
    lease_id: str | None = Field(None, min_length=1, max_length=256)
    token: int | None = None
    disposition: Disposition
    talk_seconds: float | None = Field(None, ge=0, le=86_400)
    callback_at: Moment | None = None
    agent: str | None = Field(None, max_length=256)
    note: str | None = Field(None, max_length=4000)


def parse_sender(name: str, section: Section) -> Sender:
    """Raises InvalidWorkspace."""
    section.only("secrets")
    return Sender(name, parse_secrets(section, "secrets"))


class Incoming:
    """Takes the outcomes that other dialers send."""

    def __init__(
        self,
        client: redis.Redis,
        keyspace: Keyspace,
        configuration: Configuration,
        called_customers: CalledCustomers,
        calls: Calls,
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._configuration = configuration
        self._called_customers = called_customers
        self._calls = calls

    def receive(self, sender: Sender, headers: Mapping[str, str], body: bytes, now: datetime) -> ReportAnswer:
        """Take a signed outcome; the body of the answer. What is signed and cannot be taken becomes a dead letter."""
        keys = [key_of(secret.reveal(os.environ)) for secret in sender.secrets]
        verify(keys, headers, body, now)
        try:
            return self.take(sender.name, body, now)
        except NextleadError as error:
            letters = DeadLetters(self._client, self._keys, sender.name)
            letters.put("outcome", error.detail, None, {"body": body.decode(errors="replace")}, now)
            raise

    def take(self, dialer: str, body: bytes, now: datetime) -> ReportAnswer:
        """Take an outcome. Raises InvalidInput for one that breaks its schema, or of nobody who is known."""
        told = _read(body)
        disposition = self._configuration.workspace.dispositions.read("disposition", told.disposition)
        customer_id = self._customer(told)
        report = Report(
            dialer=dialer, call_id=told.call_id, customer_id=customer_id, disposition=disposition,
            talk_seconds=told.talk_seconds, callback_at=told.callback_at, agent=told.agent, note=told.note,
            phone=self._called_customers.number(customer_id, told.phone),
        )  # fmt: skip
        report.check(self._configuration.catalogue.queue.queueing, now)
        lease = None if told.lease_id is None or told.token is None else (told.lease_id, told.token)
        state = self._calls.take(report, lease, lambda _: None, now)
        return {"state": state, "call_id": report.call_id, "customer_id": report.customer_id}

    def _customer(self, told: CallOutcome) -> str:
        found = self._called_customers.find(told.customer_id, told.phone)
        if found is None:
            raise InvalidInput("customer_id", told.customer_id, "a customer who is known, or the phone of one")
        return found


def _read(body: bytes) -> CallOutcome:
    document = read_body(body)
    data = document["data"] if isinstance(document, dict) and "data" in document else document
    try:
        return CallOutcome.model_validate(data)
    except ValidationError as error:
        raise InvalidInput.of(field_errors(error.errors())) from error

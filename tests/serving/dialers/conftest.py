"""A home that declares other dialers, and the dialers."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from features.home import Home
from serving.composition import Composition
from serving.dialers.configuration import load_dialers
from serving.dialers.vicidial.api import NonAgentApi
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.feeder import Feeder
from serving.dialers.vicidial.pace import Pace
from serving.dialers.webhooks.signature import secret_of
from serving.kept_secrets import digest_of_secret
from tests.serving.dialers.servers import CAMPAIGN, LIST, PASSWORD, USER, Dialer, Receiver, receiver, vicidial

SECRET = "the secret in the call URLs"
KEY = bytes(range(32))


@pytest.fixture
def dialer() -> Iterator[tuple[Dialer, str]]:
    with vicidial() as running:
        yield running


@pytest.fixture
def hooks() -> Iterator[tuple[Receiver, str]]:
    with receiver() as running:
        yield running


@pytest.fixture
def home(pattern: Home, tmp_path: Path, dialer: tuple[Dialer, str], hooks: tuple[Receiver, str]) -> Home:
    """The test's own home, with every kind of dialer."""
    made = Home.open(shutil.copytree(pattern.folder, tmp_path / "home"))
    declared = {
        "vicidial": {
            "main": {
                "url": dialer[1], "user": USER, "password": PASSWORD, "campaign": CAMPAIGN, "list": int(LIST),
                "hopper": {"low": 5, "batch": 8}, "per_second": 2000, "every": "1s", "timeout": "2s",
                "ranks": {"every": "0s"}, "custom_fields": {"why": "reason_en", "deed": "action", "inner": "extension"},
                "secret_sha256": digest_of_secret(SECRET), "flags": {"HOT": "interested"},
            },
        },
        "incoming": {"other": {"secrets": [secret_of(KEY)]}},
        "webhooks": {
            "crm": {
                "url": hooks[1], "secrets": [secret_of(KEY)], "types": ["lease.*", "quote.requested", "customer.*"],
                "attempts": 3, "first_wait": "10s", "timeout": "2s",
            },
        },
    }  # fmt: skip
    (made.folder / "dialers.yaml").write_text(yaml.safe_dump(declared), "utf-8")
    return made


@dataclass
class Fed:
    """A VICIdial with its feeder. told: what the feeder said."""

    dialer: Dialer
    settings: Vicidial
    feeder: Feeder
    told: list[str]

    @property
    def names(self) -> list[str]:
        return self.dialer.waiting()


@pytest.fixture
def fed(parts: Composition, dialer: tuple[Dialer, str]) -> Iterator[Fed]:
    settings = load_dialers(parts.home).a_vicidial("main")
    told: list[str] = []
    with NonAgentApi(settings, PASSWORD, Pace(settings.per_second)) as api:
        yield Fed(dialer[0], settings, parts.feeding.feeder(settings, api, threading.Event(), told.append), told)


@pytest.fixture
def apply(parts: Composition) -> Callable[[], None]:
    """Apply what waits in the streams, as the worker does."""

    def act() -> None:
        applied = parts.stream.applied()
        for partition in range(parts.stream.partitions):
            entries = parts.stream.read(partition, applied[partition])
            if entries:
                parts.application.apply(entries, parts.clock.now())

    return act

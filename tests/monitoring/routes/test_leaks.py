"""A number of somebody stands in no log line, metric or report; one that is planted there is found."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from prometheus_client.core import GaugeMetricFamily

from console.wings import build
from features.home import Home
from serving.composition import Composition
from serving.http.access import Doorkeeper
from serving.wing import Wing
from tests.monitoring.routes.winged import Winged
from tests.serving.small_home import NOW, changed

_LOCAL = 11
"""Digits of a number as people write it at home."""


@dataclass(frozen=True)
class Surfaces:
    """What is written where nobody's number belongs. texts: by where it stands."""

    texts: Mapping[str, str]

    def telling(self, number: str) -> set[str]:
        """Where a number can be read, with its country or without, in groups or not."""
        wanted = re.sub(r"\D", "", number)[-_LOCAL:]
        return {where for where, text in self.texts.items() if wanted in re.sub(r"[ .()-]", "", text)}


def lived(winged: Winged) -> str:
    """Somebody is called, written about and asked for in every wrong way; their number."""
    (lease,) = winged.post("/queues/all/claim", {"agent_id": "wang", "limit": 1}).json()["leases"]
    number: str = lease["contact"]["phone"]
    outcome = {"token": lease["token"], "disposition": "no_answer", "note": f"{number} 打不通", "phone": number}
    assert winged.post(f"/leases/{lease['lease_id']}/complete", outcome).status_code == 200
    told = {"specversion": "1.0", "source": "test", "type": "quote.requested", "time": NOW.isoformat()}
    winged.post("/events", [told | {"id": number, "subject": f"phone:{number}", "data": {"topic": number}}])
    winged.post("/events", [told | {"id": "wrong", "subject": lease["customer_id"], "data": {"product": number}}])
    for path in (
        f"/customers/{number}",
        f"/decisions/{number}",
        f"/queues/{number}",
        f"/reports/{number}",
        f"/{number}",
    ):
        assert winged.get(path).status_code == 404
    assert winged.post("/score", {"customer_ids": [number]}).json()["unknown"] == [number]
    assert winged.post("/score", {"customer_ids": number}).status_code == 422
    return number


@pytest.fixture
def surfaces(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[..., Surfaces]:
    """What was written so far, once everything is asked for that tells of many; without reports, which are a hundred
    requests, where these are of no interest.
    """
    caplog.set_level(logging.DEBUG)

    def seen(winged: Winged, reports: bool = True) -> Surfaces:
        asked = {"metrics": winged.get("/metrics").text}
        if reports:
            asked["reports"] = "".join(_reports(winged))
        return Surfaces({"log": "".join((*_lines(caplog), *capfd.readouterr()))} | asked)

    return seen


def _lines(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """What the service logs; what the client of the test logs is its own."""
    for record in caplog.records:
        if record.name.partition(".")[0] not in ("httpx", "httpcore", "asyncio"):
            yield f"{record.getMessage()} {record.exc_text or ''}"


def _reports(winged: Winged) -> Iterator[str]:
    """Every report by every dimension, as JSON and as a file."""
    since = "since=2025-01-01T00:00:00Z"
    for report in winged.get("/reports").json()["reports"]:
        for dimension in report["dimensions"] or [None]:
            asked = since if dimension is None or report["name"] == "fairness" else f"{since}&by={_name(dimension)}"
            for form in ("", "/csv"):
                yield winged.get(f"/reports/{report['name']}{form}?{asked}").text


def _name(dimension: Any) -> str:
    return str(dimension["name"] if isinstance(dimension, Mapping) else dimension)


def test_no_number_stands_in_a_log_line_a_metric_or_a_report(winged: Winged, surfaces: Callable[..., Surfaces]) -> None:
    number = lived(winged)
    seen = surfaces(winged)
    assert not seen.telling(number)
    assert len(seen.texts["metrics"]) > 1000 < len(seen.texts["reports"])


def test_a_number_in_a_log_line_is_found(winged: Winged, surfaces: Callable[..., Surfaces]) -> None:
    number = lived(winged)
    logging.getLogger("nextlead").error("could not call %s", number.removeprefix("+86"))
    assert surfaces(winged, reports=False).telling(number) == {"log"}


class _Planted:
    """A collector that names what it counts by a number."""

    def __init__(self) -> None:
        self.number = ""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily("nextlead_planted", "calls of a number", labels=["path"])
        gauge.add_metric([f"/customers/{self.number}"], 1.0)
        yield gauge


def test_a_number_in_a_label_of_a_metric_is_found(parts: Composition, surfaces: Callable[..., Surfaces]) -> None:
    planted: Any = _Planted()

    def planting(parts: Composition, doorkeeper: Doorkeeper) -> Wing:
        wing = build(parts, doorkeeper)
        return replace(wing, collectors=(*wing.collectors, planted))

    winged = Winged(parts, planting)
    planted.number = lived(winged)
    assert surfaces(winged, reports=False).telling(planted.number) == {"metrics"}


PLANTED = "+8613900004321"


class TestAReport:
    @pytest.fixture
    def home(self, home: Home) -> Home:
        """A product whose name tells whom to call."""
        changed(home, "workspace.yaml", _name_a_number)
        return Home.open(home.folder)

    def test_a_number_in_a_report_is_found(self, winged: Winged, surfaces: Callable[..., Surfaces]) -> None:
        assert surfaces(winged).telling(PLANTED) == {"reports"}


def _name_a_number(document: dict[str, Any]) -> None:
    document["products"]["motor"]["label"] = {"zh": f"车险{PLANTED}", "en": "motor"}

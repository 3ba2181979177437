"""`nextlead queue`: the manager's view of a home, as tables and as JSON."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commands.hot import composed
from commands.main import main
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW, make_home


def test_the_view_of_a_home_counts_what_waits_and_names_who_holds_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine_url: str
) -> None:
    home = make_home(tmp_path / "small", 60)
    monkeypatch.setenv("NEXTLEAD_REDIS_URL", engine_url)
    with composed(home.folder) as parts:
        parts.client.flushall()
    with composed(home.folder) as parts:
        held = parts.queue.leases.claim("all", Wanted("ann", 2, 600), NOW, "2026-03-04")
    told = tmp_path / "queue.json"
    at = (NOW + timedelta(minutes=1)).astimezone(UTC).isoformat()
    monkeypatch.setattr(sys, "argv", ["nextlead", "queue", str(home.folder), "--at", at, "--json", str(told)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    found = json.loads(told.read_text("utf-8"))
    sizes = {queue["queue"]: queue for queue in found["queues"]}
    assert sizes["all"]["states"]["held"] == len(held) == 2
    assert sizes["all"]["size"] == sum(n for state, n in sizes["all"]["states"].items() if state != "held") > 0
    assert [lease["agent_id"] for lease in found["leases"]] == ["ann", "ann"]
    assert found["lease_ages"] == {"oldest_seconds": 60.0, "median_seconds": 60.0}
    assert found["recalls"] == found["campaigns"] == []
    assert datetime.fromisoformat(found["leases"][0]["since"]) == NOW

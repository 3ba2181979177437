"""Hot state: survives a restart, is rebuilt from the lake as of a time, and two people become one exactly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import redis

from features.added_states import merged_state
from features.columns import event_columns
from features.fold import fold
from features.home import Home
from features.identity import parse_identity, parse_subject
from features.lake import append_customers, read_customers
from leads.configuration.recognition import Recognition
from leads.errors import InvalidInput
from serving.clock import Clock
from serving.composition import Composition
from serving.events.stream import Event
from serving.queue.lease import Wanted
from serving.queue.places import Item, Place
from serving.recording.rows import event_frame
from serving.settings import Settings, from_environment, to_environment
from serving.store.engine import connect, running
from serving.store.keyspace import Keyspace
from serving.wiring.queueing import Queueing
from tests.serving.small_home import NOW

SHANGHAI = Recognition("Asia/Shanghai")


def test_a_lease_outlives_a_restart_of_the_engine(tmp_path: Path) -> None:
    def queue(url: str) -> Queueing:
        return Queueing(connect(url), Keyspace(), 4, (), lambda zones, now: [True] * len(zones))

    with running(tmp_path / "hot") as url:
        queue(url).waiting.put([Item("ann", ("+861",), {"all": Place(1, "call", None, None)})], NOW)
        lease = queue(url).leases.claim("all", Wanted("a"), NOW, "2026-03-04")[0]
    with running(tmp_path / "hot") as url:
        assert queue(url).leases.claim("all", Wanted("b"), NOW, "2026-03-04") == []
        assert queue(url).leases.renew(lease.id, lease.token, NOW + timedelta(hours=2), NOW).customer_id == "ann"


def test_an_engine_is_shared_and_stopped_by_who_leaves_last(tmp_path: Path) -> None:
    with running(tmp_path / "hot") as url:
        with running(tmp_path / "hot") as shared:
            assert shared == url
        assert connect(url).ping()
    with pytest.raises(Exception, match="connect"):
        connect(url).ping()


def test_an_engine_outlives_who_started_it_while_another_uses_it(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from serving.store.engine import running\n"
        "with running(Path(sys.argv[1])) as url: print(url, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdin is not None and first.stdout is not None
        first.stdout.readline()
        with running(tmp_path) as url:
            first.stdin.close()
            assert first.wait(timeout=30) == 0
            assert connect(url).ping()
    with pytest.raises(Exception, match="connect"):
        connect(url).ping()


def test_an_engine_left_behind_by_a_killed_owner_is_taken_over(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from serving.store.engine import connect, running\n"
        "with running(Path(sys.argv[1])) as url: connect(url).set('kept', 1); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    with running(tmp_path) as url:
        assert connect(url).get("kept") == b"1"
    with pytest.raises(Exception, match="connect"):
        connect(url).ping()


def test_an_engine_that_dies_is_started_again_with_all_it_had_answered(tmp_path: Path) -> None:
    with running(tmp_path / "hot", "always") as url:
        client = connect(url)
        client.set("kept", "1")
        os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)  # type: ignore[index,arg-type]
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                assert client.get("kept") == b"1"
                break
            except redis.RedisError:
                time.sleep(0.05)
        assert client.get("kept") == b"1"


def test_the_past_is_rebuilt_as_it_was_then(parts: Composition) -> None:
    then = NOW - timedelta(days=340)
    found = parts.rebuild.run(then)
    assert found.events == 0
    assert parts.queue.waiting.size("renewal") == 0
    assert parts.queue.waiting.size("conversion") == 240
    parts.rebuild.run(NOW)
    assert parts.queue.waiting.size("renewal") == 80


def test_a_rebuild_joins_customers_with_one_phone(parts: Composition) -> None:
    home: Home = parts.home
    twin = read_customers(home).filter(pl.col("customer_id") == "c005")
    later = twin.with_columns(customer_id=pl.lit("twin"), phone=pl.lit("+86 138 0000 0005"), at=pl.lit(NOW))
    append_customers(home, later.cast(twin.schema))
    found = parts.rebuild.run(NOW)
    assert (found.customers, found.merged) == (240, 1)
    assert parts.contacts.surviving(["twin"]) == ["c005"]


def test_merged_states_are_those_of_one_customer_with_all_events(parts: Composition) -> None:
    configuration = parts.configuration
    rng = np.random.default_rng(3)
    events = [
        Event(str(i), "t", "quote.requested", "x", int((NOW.timestamp() - rng.integers(1, 10**6)) * 1e6),
              {"product": ("motor", "health")[i % 2], "premium": float(i)})
        for i in range(20)
    ]  # fmt: skip
    layout = configuration.layout.interactions

    def folded(chosen: list[Event]) -> np.ndarray:
        columns = event_columns(configuration.workspace, event_frame(configuration.workspace, chosen))
        return fold(layout, layout.empty(1), np.zeros(len(chosen), dtype=np.int64), columns)

    both = merged_state(layout, folded(events[:7]), folded(events[7:]))
    np.testing.assert_allclose(both, folded(events), rtol=1e-9)


def test_a_clock_started_at_a_time_runs_on_from_there() -> None:
    clock = Clock.starting_at(NOW)
    first, second = clock.now(), clock.now()
    assert timedelta() <= first - NOW < timedelta(seconds=5)
    assert second >= first
    assert abs(Clock.starting_at(None).now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_settings_reach_a_child_process_unchanged(tmp_path: Path) -> None:
    settings = Settings(
        tmp_path, "redis://h:1", timedelta(seconds=-3.5), sweep_every=timedelta(seconds=9), record=False
    )
    assert from_environment(to_environment(settings)) == settings
    with pytest.raises(InvalidInput, match="NEXTLEAD_HOME"):
        from_environment({})
    with pytest.raises(InvalidInput, match="NEXTLEAD_WAIT_SECONDS"):
        from_environment({"NEXTLEAD_HOME": "h", "NEXTLEAD_WAIT_SECONDS": "soon"})


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        ("phone:138-0013-8000", "phone:+8613800138000"),
        ("phone:+86 138 0013 8000", "phone:+8613800138000"),
        ("phone:0086 13800138000", "phone:+8613800138000"),
        ("email: Ann@Example.COM", "email:ann@example.com"),
        ("wechat: wx_1 ", "wechat:wx_1"),
    ],
)
def test_an_identity_has_one_normal_form(subject: str, key: str) -> None:
    identity = parse_subject(subject, SHANGHAI)
    assert identity is not None and identity.key == key


def test_a_phone_without_country_belongs_to_the_time_zones_country() -> None:
    assert parse_identity("phone", "912 345 678", SHANGHAI, "Europe/Lisbon").value == "+351912345678"


def test_a_subject_that_is_no_identity_is_a_customer_id() -> None:
    assert parse_subject("crm:7", SHANGHAI) is None

"""Own customers, languages and callbacks, from what was told of a customer to what an agent is handed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.home import Home
from serving.clock import Clock
from serving.composition import Composition, compose
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.settings import Settings
from serving.store.engine import connect
from tests.serving.small_home import NOW
from tests.serving.working import work


@pytest.fixture
def strict(home: Home, engine_url: str) -> Composition:
    """A service where nobody is called within five days after a call, but for promised callbacks."""
    file = home.folder / "workspace" / "actions.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "contact:\n",
        "contact:\n  callbacks: [rest_after_call]\n"
        "  rests:\n    rest_after_call: {events: [call.completed], rest: 5d, channels: [call]}\n",
    )
    file.write_text(text, encoding="utf-8")
    with connect(engine_url) as client:
        client.flushall()
    made = compose(Settings(home.folder, engine_url, Clock.starting_at(NOW).offset), engine_url)
    made.rebuild.run(NOW)
    return made


def test_who_an_agent_owns_comes_to_them_first_and_to_nobody_else(parts: Composition) -> None:
    last = parts.queue.waiting.head("all", 1000, NOW)[-1].customer_id
    parts.people.tell(last, {"tag:agent": "wang"}, int(NOW.timestamp() * 1e6))
    work(parts)
    everyone = parts.claims.claim("all", Wanted("li", 200), NOW)["leases"]
    assert last not in [lease["customer_id"] for lease in everyone]
    (own,) = parts.claims.claim("all", Wanted("wang"), NOW)["leases"]
    assert (own["customer_id"], own["order"]) == (last, "own_customer")


def test_what_a_customer_speaks_decides_who_may_take_them(parts: Composition) -> None:
    first = parts.queue.waiting.head("all", 1, NOW)[0].customer_id
    parts.people.tell(first, {"tag:language": "cantonese"}, int(NOW.timestamp() * 1e6))
    work(parts)
    assert parts.queue.leases.claim("all", Wanted("li", languages=("mandarin",)), NOW, "d")[0].customer_id != first
    assert parts.queue.leases.claim("all", Wanted("wang", languages=("cantonese",)), NOW, "d")[0].customer_id == first


def test_a_promised_callback_is_handed_out_at_its_time_past_the_rest_it_overrides(strict: Composition) -> None:
    due = NOW + timedelta(hours=2)
    (lease,) = strict.claims.claim("all", Wanted("wang"), NOW)["leases"]
    strict.completions.complete(
        lease["lease_id"], lease["token"], Outcome("callback", 60.0, due, {"callback_at": str(due)}), NOW
    )
    work(strict)
    early = strict.claims.claim("all", Wanted("wang", 200), due - timedelta(minutes=1))["leases"]
    assert lease["customer_id"] not in [other["customer_id"] for other in early]
    (again,) = strict.claims.claim("all", Wanted("wang"), due)["leases"]
    assert (again["customer_id"], again["order"]) == (lease["customer_id"], "callback")


def test_without_a_promise_the_rest_holds(strict: Composition) -> None:
    (lease,) = strict.claims.claim("all", Wanted("wang"), NOW)["leases"]
    strict.completions.complete(lease["lease_id"], lease["token"], Outcome("busy", 0.0, None, {}), NOW)
    work(strict)
    strict.placement.rescore([lease["customer_id"]], NOW + timedelta(days=1))
    strict.queue.time.settle(NOW + timedelta(days=1))
    assert lease["customer_id"] not in [
        w.customer_id for w in strict.queue.waiting.head("all", 1000, NOW + timedelta(days=1))
    ]

"""The live part of the demo: a real service on a free port, asked over HTTP as a CRM and a dialer would."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from rich.table import Table

from experiments.service import serving
from features.home import Home
from leads.errors import Unavailable
from serving.clock import Clock
from serving.http.keys import KeyFile
from terminal.output import console, heading
from terminal.tables import print_table


def show(folder: Path, start_at: datetime) -> dict[str, Any]:
    """Serve the home with its clock from `start_at`; interest, claims, outcomes and next actions over HTTP."""
    heading("3 · live · 实时")
    keys = KeyFile(Home.open(folder).keys)
    key = keys.create("admin", datetime.now(UTC))
    clock = Clock.starting_at(start_at)
    with serving(folder, start_at) as url, httpx.Client(base_url=f"{url}/v1", timeout=30) as client:
        client.headers["Authorization"] = f"Bearer {key.key}"
        result = {"url": url, "queues": _ok(client.get("/queues"))}
        result["interest"] = _interest(client, clock)
        result["claims"] = _claims(client, clock)
        time.sleep(1)  # An outcome is an event: within a second the queue and the next actions know of the calls.
        result["next_actions"] = _next_actions(client, [lease["customer_id"] for lease in result["claims"]["leases"]])
    keys.revoke(key.id, datetime.now(UTC))
    return result


def _ok(response: httpx.Response) -> Any:
    if response.is_error:
        raise Unavailable(f"{response.request.method} {response.request.url.path}: {response.text}")
    return response.json()


def _interest(client: httpx.Client, clock: Clock) -> dict[str, Any]:
    """A customer from the middle of the queue asks for quotes; the queue knows within the same call."""
    queue = _ok(client.get("/queues/conversion", params={"limit": 400}))
    chosen = queue["items"][len(queue["items"]) // 2]["customer_id"]
    before, product = _place(client, chosen), _offered(client, chosen)
    now = clock.now()
    kinds = [
        ("web.page_viewed", 120),
        ("web.page_viewed", 90),
        ("quote.requested", 45),
        ("wecom.message_received", 10),
    ]
    events = [
        {
            "specversion": "1.0", "id": uuid4().hex, "source": "demo", "type": kind, "subject": chosen,
            "time": (now - timedelta(seconds=ago)).isoformat().replace("+00:00", "Z"), "data": {"product": product},
        }
        for kind, ago in kinds
    ]  # fmt: skip
    started = time.perf_counter()
    answer = _ok(client.post("/events", params={"wait": "scored"}, json=events))
    elapsed = (time.perf_counter() - started) * 1000
    after = _place(client, chosen)
    console.print(
        f"{chosen} looks at {product} twice, asks for a quote and writes: {answer['accepted']} events accepted and "
        f"re-ranked in {elapsed:.0f} ms. Conversion {before['probability']:.1%} → {after['probability']:.1%}, "
        f"place {before['place'] or 'none'} → {after['place'] or 'none'} of {queue['size']:,}."
    )
    return {"customer_id": chosen, "before": before, "after": after, "milliseconds": round(elapsed, 1)}


def _offered(client: httpx.Client, customer_id: str) -> str:
    """The product that a call would offer the customer now; health insurance where it would offer none."""
    answer = _ok(client.post("/next-action", json={"customer_ids": [customer_id], "channel": "call"}))
    products = [action["product"] for action in answer["results"][0]["actions"]]
    return next((product for product in products if product), "health")


def _place(client: httpx.Client, customer_id: str) -> dict[str, Any]:
    """A customer's conversion probability, and place in the head of the queue (None beyond 1,000)."""
    scored = _ok(client.post("/score", json={"customer_ids": [customer_id]}))["results"][0]
    items = _ok(client.get("/queues/conversion", params={"limit": 1000}))["items"]
    places = [i for i, item in enumerate(items, start=1) if item["customer_id"] == customer_id]
    conversion = scored["scores"].get("conversion") or {"probability": 0.0}
    return {"probability": conversion["probability"], "place": places[0] if places else None}


def _claims(client: httpx.Client, clock: Clock) -> dict[str, Any]:
    """An agent takes the next leads and says how the calls went."""
    claim = {"agent_id": "demo-agent", "limit": 3, "lease_seconds": 120}
    leases = _ok(client.post("/queues/all/claim", json=claim))["leases"]
    table = Table("customer", "action", "priority", "why · 原因", title="demo-agent claims 3 leads · 坐席领取 3 条线索")
    outcomes = []
    for lease, disposition in zip(leases, ("interested", "no_answer", "callback"), strict=False):
        why = "\n".join(f"{reason['text']['zh']} · {reason['text']['en']}" for reason in lease["reasons"][:2])
        action = lease["action"] if isinstance(lease["action"], str) else lease["action"].get("action", "")
        table.add_row(lease["customer_id"], action, f"{lease['priority']:.1f}", why)
        done = {"token": lease["token"], "disposition": disposition, "talk_seconds": 42.0}
        if disposition == "callback":
            done["callback_at"] = (clock.now() + timedelta(hours=2)).isoformat().replace("+00:00", "Z")
        outcomes.append(_ok(client.post(f"/leases/{lease['lease_id']}/complete", json=done)))
    if leases:
        print_table(table)
    else:
        console.print("No lead may be called now (call hours or contact rules); an empty list is a good answer.")
    return {"leases": leases, "outcomes": outcomes}


def _next_actions(client: httpx.Client, customer_ids: list[str]) -> list[dict[str, Any]]:
    """What else to do for customers: the CRM's question, over all channels."""
    head = _ok(client.get("/queues/all", params={"limit": 5}))["items"]
    chosen = (customer_ids + [item["customer_id"] for item in head])[:4]
    if not chosen:
        return []
    asked = {"customer_ids": chosen, "limit": 1, "explain": 2}
    results: list[dict[str, Any]] = _ok(client.post("/next-action", json=asked))["results"]
    table = Table(
        "customer",
        "next best action",
        "channel",
        "worth",
        "not offered",
        title="next best actions · 下一步最佳动作",
    )
    for item in results:
        first: dict[str, Any] = next(iter(item["actions"]), {"action": "wait", "channel": "", "priority": 0.0})
        refused = ", ".join(f"{r['action']} ({r['rule']})" for r in item["rejected"][:2])
        row = (item["customer_id"], first["action"], first["channel"] or "", f"{first['priority']:.1f}")
        table.add_row(*row, f"{len(item['rejected'])}: {refused} …")
    print_table(table)
    return results

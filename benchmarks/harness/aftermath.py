"""What is counted after crashes: what was promised in an answer against what the lake and the hot state hold.

Each function returns figures, and under `wrong` the promises that were broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.harness.agent import Agent, doubled
from benchmarks.harness.callers import Sender
from benchmarks.harness.likeness import SOURCE
from benchmarks.oracles.ranking import agreement
from benchmarks.oracles.recorded import compared, rows
from benchmarks.oracles.sameness import BAR, difference, historical, merged_ids, online
from features.home import Home
from features.lake import read_customers, read_events
from serving.composition import Composition
from serving.store.words import SOURCE as LEASES


def seen_by_callers(senders: Sequence[Sender], agents: Sequence[Agent]) -> dict[str, Any]:
    """What the callers saw."""
    holds = [hold for agent in agents for hold in agent.holds]
    twice = doubled(holds)
    tokens = [hold.token for hold in holds]
    counts = {
        "events forgotten as duplicates": sum(sender.forgotten for sender in senders),
        "events rejected": sum(sender.rejected for sender in senders),
        "leases lost": sum(agent.lost for agent in agents),
        "leases granted twice": len(twice),
        "fencing tokens given twice": len(tokens) - len(set(tokens)),
    }
    vain = sum(sender.vain for sender in senders) + sum(agent.vain for agent in agents)
    return {
        "answered": sum(len(sender.answered) for sender in senders), "requests_in_vain": vain, "leases": len(holds),
        "outcomes": sum(len(agent.completed) for agent in agents), "double_grants": twice[:5], "wrong": _wrong(counts),
    }  # fmt: skip


def lake(home: Home, senders: Sequence[Sender], agents: Sequence[Agent]) -> dict[str, Any]:
    """Rows in the files: events and outcomes that were answered stand there once each, nothing stands there twice."""
    sent = {name for sender in senders for name in sender.sent}
    answered = {name for sender in senders for name in sender.answered}
    leases = {name for agent in agents for name in agent.completed}
    outcomes, own = rows(home, "events", LEASES), rows(home, "own", LEASES)
    calls, ends = {f"{name}/call" for name in leases}, {f"{name}/completed" for name in leases}
    found = {
        "events": compared(rows(home, "events", SOURCE), answered, sent),
        "calls": compared(outcomes, calls, outcomes.keys()),
        "outcomes": compared(own, ends, own.keys()),
    }
    counts = {f"{kind} {what}": getattr(each, what) for kind, each in found.items() for what in _BROKEN}
    return {"lake": {kind: asdict(each) for kind, each in found.items()}, "wrong": _wrong(counts)}


def served(parts: Composition) -> dict[str, Any]:
    """Features against history, and the queues against a rebuild; no worker may run."""
    now, home = parts.clock.now(), parts.home
    ids = sorted(name for chunk in parts.contacts.ids(1_000) for name in chunk)
    customers, events = read_customers(home, now), read_events(home, until=now)
    past = historical(parts.configuration, customers, events, merged_ids(parts), ids, now)
    features, queues = difference(online(parts, ids, now), past), agreement(parts, now)
    counts = {
        "feature values apart from history": features.beyond,
        "customers in a queue only before a rebuild": queues.only_before,
        "customers in a queue only after a rebuild": queues.only_after,
        "actions that a rebuild changes": queues.other_action,
        "queues whose priorities a rebuild changes": int(queues.worst_priority > BAR),
    }
    return {"features": asdict(features), "queues": asdict(queues), "wrong": _wrong(counts)}


_BROKEN = ("missing", "twice", "strange")


def _wrong(counts: dict[str, int]) -> list[str]:
    return [f"{count} {what}" for what, count in counts.items() if count]

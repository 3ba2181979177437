"""Training again by itself, where it is declared: never on a record with a fault, and always through the gates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.home import Home, write_json
from features.occupancy import BUILDING, alone
from leads.configuration.watch import Watch
from leads.errors import NextleadError, Unavailable
from monitoring.alerts.alert_book import AlertBook, Standing
from serving.clock import written
from training.train import train

FILE = "retrained.json"

FAULTS = frozenset({
    "feed_silent", "feed_down", "feed_up", "twice", "renamed_value", "field_missing", "clock_off", "tag_flipped",
    "tag_changed", "skew",
})  # fmt: skip
"""Kinds of alerts that say that the record is wrong: what is learned from it would be wrong too."""


@dataclass(frozen=True)
class Retrained:
    """What came of it. problem: why nothing did."""

    objective: str
    because: str
    version: str | None = None
    promoted: bool = False
    problem: str | None = None


def due(book: AlertBook, told: Mapping[str, Any], watch: Watch, now: datetime) -> Iterator[tuple[str, Standing]]:
    """Objectives to be trained again, with the alert that asks for it. told: when each was last, by objective."""
    firing = book.firing()
    faulty = {name for one in firing if one.alert["kind"] in FAULTS for name in one.alert["objectives"]}
    asked: set[str] = set()
    for one in sorted(firing, key=lambda standing: -standing.alert["certainty"]):
        if one.alert["kind"] not in watch.retraining.when:
            continue
        for name in one.alert["objectives"][:1]:
            last = told.get(name, {}).get("at")
            waits = last is not None and now - datetime.fromisoformat(last) < watch.retraining.wait
            if name not in faulty | asked and not waits and len(asked) < watch.retraining.most:
                asked.add(name)
                yield name, one


def retrain(home: Home, book: AlertBook, now: datetime, say: Callable[[str], None]) -> Sequence[Retrained]:
    """Train what is due; whether it serves is for the gates to say. Nothing while somebody imports or trains."""
    told = read(home)
    wanted = list(due(book, told, home.configuration.watch, now))
    if not wanted:
        return []
    try:
        with alone(home.folder, BUILDING):
            found = [_trained(home, name, one, now) for name, one in wanted]
    except Unavailable as busy:
        say(f"retraining waits: {busy.detail}")
        return []
    for one in found:
        told[one.objective] = {"at": written(now)} | vars(one)
        say(f"{one.objective} was trained again because of {one.because}: {_said(one)}")
    home.reports.mkdir(parents=True, exist_ok=True)
    write_json(home.reports / FILE, told)
    return found


def read(home: Home) -> dict[str, Any]:
    """By objective when it was last trained by itself, and what came of it."""
    try:
        found: dict[str, Any] = json.loads((home.reports / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _trained(home: Home, name: str, one: Standing, now: datetime) -> Retrained:
    try:
        result = train(home, name, now=now)
    except NextleadError as error:
        return Retrained(name, one.alert["key"], problem=error.detail)
    return Retrained(name, one.alert["key"], result.version, result.promoted)


def _said(one: Retrained) -> str:
    if one.problem is not None:
        return one.problem
    return f"version {one.version} " + ("passed the gates and serves" if one.promoted else "stays a challenger")

"""Random decisions against a second, slow rulebook: how many break a rule. None may."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from benchmarks.oracles.rulebook import START, Happened, Offer, Person, violations
from features.configuration import Configuration, load
from features.history import states_at
from features.value import feature_frame
from leads.actions.action import WAIT
from leads.arbitration.choosing import Chooser
from leads.arbitration.decisions import Decisions, arbitrate
from leads.arbitration.evidence import NOTHING
from leads.sheet.sheet import Sheet

SIZE = 1_000_000
CHUNK = 10_000
EXPLORATION = 0.5
ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin", "America/New_York", None)
DISPOSITIONS = (
    "no_answer",
    "no_answer",
    "no_answer",
    "busy",
    "voicemail",
    "not_interested",
    "interested",
    "do_not_call",
)
DUE = {"callback": "callback_due", "retry": "retry_due"}
"""By the rulebook's name of a call that is due, the column that says so."""

_SPAN = 200


def run(size: int = SIZE, seed: int = 17, configuration: Configuration | None = None) -> dict[str, Any]:
    """Decisions made, how many offered something, and the rules broken, by name. configuration: the sample insurer's,
    unless another is to be tried.
    """
    configuration = configuration or load("insurer")
    started = time.perf_counter()
    broken: Counter[str] = Counter()
    decided = offered = 0
    channels: Counter[str] = Counter()
    for chunk in range(-(-size // CHUNK)):
        rng = np.random.default_rng((seed, chunk))
        for person, offer, now in _decisions(configuration, min(CHUNK, size - decided), rng):
            decided += 1
            if offer is not None:
                offered += 1
                channels[offer.channel] += 1
                broken.update(f"{offer.action}: {rule}" for rule in violations(person, offer, now))
    seconds = round(time.perf_counter() - started, 1)
    return {"decisions": decided, "offered": offered, "channels": dict(channels), "violations": sum(broken.values()),
            "broken": dict(broken), "seconds": seconds}  # fmt: skip


def _decisions(
    configuration: Configuration, rows: int, rng: np.random.Generator
) -> Iterator[tuple[Person, Offer | None, datetime]]:
    """A random customer, what is chosen for them, half of it by draw, and when; waiting is no offer."""
    now = START + timedelta(days=_SPAN, minutes=int(rng.integers(0, 24 * 60)))
    events = _events(configuration, rows, rng)
    events = events.with_columns(time=_times(events, now))
    profile, zones = _profiles(configuration, rows, rng), rng.integers(0, len(ZONES), rows)
    due = {name: rng.random(rows) < 0.2 for name in DUE}
    frame = _frame(configuration, profile, events, now, rng).with_columns(
        pl.Series("timezone", [ZONES[zone] for zone in zones], dtype=pl.String),
        *(pl.Series(column, due[name]) for name, column in DUE.items()),
    )
    decisions = arbitrate(Sheet.of(frame.drop("customer_id")), configuration.catalogue, now)
    chooser = Chooser(decisions, NOTHING, EXPLORATION)
    told = _told(rows, events)
    for row, tags in enumerate(profile.iter_rows(named=True)):
        consents = {channel: tags[f"consent_{channel}"] for channel in configuration.workspace.channels}
        calls = [name for name in DUE if due[name][row]]
        person = Person(tags, consents, ZONES[zones[row]], told[row], calls)
        yield person, _offer(decisions, chooser.choose(row, f"C{row}", now).action), now


def _offer(decisions: Decisions, position: int) -> Offer | None:
    action = decisions.catalogue.actions[position]
    if position < 0 or action.name == WAIT:
        return None
    return Offer(action.name, action.channel, action.scene, action.product)


def _profiles(configuration: Configuration, rows: int, rng: np.random.Generator) -> pl.DataFrame:
    columns = [pl.Series("customer_id", [f"C{row}" for row in range(rows)])]
    for tag in configuration.workspace.tags.values():
        if tag.type == "number":
            values = rng.integers(0, 4, rows) if tag.name == "children" else rng.integers(10, 80, rows)
            columns.append(pl.Series(tag.name, values.astype(float)))
        elif tag.type == "boolean":
            columns.append(pl.Series(tag.name, rng.random(rows) < 0.6))
        elif tag.values:
            columns.append(pl.Series(tag.name, np.array(tag.values)[rng.integers(0, len(tag.values), rows)]))
    for channel in configuration.workspace.channels:
        said = rng.random(rows)
        columns.append(pl.Series(f"consent_{channel}", [None if s > 0.9 else bool(s > 0.1) for s in said]))
    holes = [pl.when(pl.lit(pl.Series(rng.random(rows) > 0.1))).then(pl.col(c.name)).alias(c.name) for c in columns[1:]]
    return pl.DataFrame(columns).with_columns(holes)


def _events(configuration: Configuration, rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """About seven events each, most of them in the last month, half of them at whole days so that windows end there."""
    workspace = configuration.workspace
    kinds = ("call.attempted", "call.completed", "wecom.message_sent", "sms.sent", "wecom.added", "complaint.opened",
             "complaint.closed", "claim.opened", "claim.closed", "consent.changed", "policy.purchased",
             "policy.renewed", "policy.lapsed", "web.page_viewed", "quote.requested", "lead.created")  # fmt: skip
    likely = np.array([4, 7, 4, 3, 2, 0.5, 0.8, 0.5, 0.8, 1.5, 4, 1, 1, 3, 2, 2])
    count = rng.poisson(7, rows).sum()
    # To some far more happens than to others.
    whose = (rows * rng.random(count) ** 2).astype(int)
    ago = np.where(rng.random(count) < 0.6, rng.exponential(12, count), rng.random(count) * _SPAN)
    ago = np.where(rng.random(count) < 0.5, np.ceil(ago), ago).clip(1e-3, _SPAN)
    kind = np.array(kinds)[rng.choice(len(kinds), count, p=likely / likely.sum())]
    policy = np.char.startswith(kind.astype(str), "policy.")
    ago = np.where(policy, rng.random(count) * 420, ago)
    columns = {
        "id": [str(i) for i in range(count)], "source": ["random"] * count, "type": kind,
        "customer_id": np.char.add("C", whose.astype(str)),
        "product": np.array(tuple(workspace.products))[rng.integers(0, len(workspace.products), count)],
        "disposition": np.array(DISPOSITIONS)[rng.integers(0, len(DISPOSITIONS), count)],
        "channel": np.array(workspace.channels)[rng.integers(0, len(workspace.channels), count)],
        "scene": np.array(tuple(configuration.catalogue.actions.scenes))[rng.integers(0, 6, count)],
        "consent": rng.random(count) < 0.7,
        "talk_seconds": np.where(rng.random(count) < 0.5, rng.integers(0, 60, count).astype(float), np.nan),
        "ago": ago,
    }  # fmt: skip
    frame = pl.DataFrame(columns).with_columns(pl.col("talk_seconds").fill_nan(None))
    calls = pl.col("type") == "call.completed"
    return frame.with_columns(
        disposition=pl.when(calls).then(pl.col("disposition")), talk_seconds=pl.when(calls).then(pl.col("talk_seconds"))
    )


def _frame(
    configuration: Configuration, profile: pl.DataFrame, events: pl.DataFrame, now: datetime, rng: np.random.Generator
) -> pl.DataFrame:
    """Features folded from the events, with scores at random."""
    workspace, layout = configuration.workspace, configuration.layout
    whole = events.select(
        [
            pl.col(name) if name in events.columns else pl.lit(None, dtype).alias(name)
            for name, dtype in workspace.event_schema.items()
        ]
    )
    ids = profile["customer_id"]
    interactions, standing = (states_at(workspace, view, ids, whole) for view in (layout.interactions, layout.standing))
    features = feature_frame(layout, profile, interactions, standing, now)
    columns = [name for objective in workspace.objectives.values() for name in objective.score_columns]
    scores = [pl.Series(name, rng.beta(1, 5, len(profile))) for name in columns]
    scored = features.with_columns(scores)
    return scored.with_columns(
        score_conversion=pl.when(pl.col("policies_ever") == 0).then(pl.col("score_conversion")),
        score_renewal=pl.when(pl.col("policy_next_expiry_days") <= 60).then(pl.col("score_renewal")),
    )


def _times(events: pl.DataFrame, now: datetime) -> pl.Series:
    microseconds = (events["ago"].to_numpy() * 86_400e6).astype(np.int64)
    moment = pl.Series([now]).cast(pl.Datetime("us", "UTC")).to_physical()[0]
    return pl.Series("time", moment - microseconds).cast(pl.Datetime("us", "UTC"))


def _told(rows: int, events: pl.DataFrame) -> list[list[Happened]]:
    """Each customer's events as the rulebook takes them."""
    told: list[list[Happened]] = [[] for _ in range(rows)]
    names = ("product", "disposition", "channel", "scene", "consent", "talk_seconds")
    for row in events.iter_rows(named=True):
        told[int(row["customer_id"][1:])].append((row["time"], row["type"], {name: row[name] for name in names}))
    return told

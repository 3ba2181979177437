"""A small insurer for tests: two products, three objectives, a few hundred customers and tiny models."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl
import yaml

import features.value
from features.configuration import Configuration, load
from features.history import states_at
from features.home import Home
from features.lake import import_history, latest_profiles, read_customers, read_events
from leads.history import TIME, History
from models.bundle import Bundle, Contents
from models.calibrator import IDENTITY
from models.effects import Effects
from models.encoding import encoding_of
from models.fatigue_effect import Toll
from models.manifest import Manifest, Tiers, Window
from tests.frames import expand

NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)
"""A Wednesday noon in Shanghai."""

WORKSPACE = """
name: small
timezone: Asia/Shanghai
channels: [call, sms]
region_tag: region
language_tag: language
owner_tag: agent
half_lives: [7d]
tags:
  region: {type: category, values: [east, west]}
  age: {type: number}
  language: {type: category}
  agent: {type: text}
  nickname: {type: text}
  national_id: {type: text, distinct: true}
  vip: {type: boolean}
fields:
  product: {type: category}
  channel: {type: category}
  disposition: {type: category}
  talk_seconds: {type: number}
  premium: {type: number}
  consent: {type: boolean}
  expires_at: {type: time}
  callback_at: {type: time}
  agent_id: {type: text}
  policy_id: {type: text}
events:
  lead.created: {half_lives: [30d]}
  quote.requested: {half_lives: [7d], by: product, values: [premium]}
  call.completed: {half_lives: [7d], values: [talk_seconds]}
  policy.purchased: {policy: purchased}
  policy.renewed: {policy: renewed}
  policy.lapsed: {policy: lapsed, interaction: false}
  consent.changed: {interaction: false}
products:
  motor: {price: 3000, margin: 300}
  health: {price: 600, margin: 150}
lifecycle:
  renewing:
    {when: policy_next_expiry_days <= 60, since: 60 - policy_next_expiry_days, next: [insured, lost]}
  insured: {when: policies_active > 0, next: [renewing, lost]}
  lost: {when: policies_ever > 0, since: policy_since_lapse_days, next: [insured]}
  potential: {when: "true", next: [insured]}
segments:
  young: {when: age < 40}
value_tiers:
  top: {when: policy_premium_active >= 3000}
  ordinary: {when: "true"}
objectives:
  conversion:
    population: policies_ever = 0
    moments: {every: 30d}
    target: policy.purchased
    horizon: 30d
    slices: {quoted: quote_requested__count_7d > 0.1}
  renewal:
    product: expiring
    population: policy_next_expiry_days <= 60
    moments: {before_expiry: [30d]}
    target: policy.renewed
    horizon: 45d
  cross_sell:
    product: each
    population: policies_active > 0 AND NOT this__active
    moments: {every: 60d}
    target: policy.purchased
    horizon: 60d
"""

ACTIONS = """
scenes:
  first: {zh: 首次成交, en: first}
  renew: {zh: 续保, en: renewal}
  more: {zh: 加保, en: more}
contact:
  channels:
    call: {consent: unless_refused, hours: 09:00-20:00}
    sms: {consent: required, hours: 09:00-20:00}
actions:
  call_first: {objective: conversion, scene: first, channel: call, value: 300, cost: 0.5}
  sms_first: {objective: conversion, scene: first, channel: sms, value: 200, cost: 0.1}
  call_renew: {objective: renewal, scene: renew, channel: call, value: 250, cost: 0.5}
  call_more: {objective: cross_sell, product: each, scene: more, channel: call, value: "{margin}", cost: 0.5}
"""


def write_workspace(folder: Path) -> Configuration:
    folder.mkdir(parents=True)
    (folder / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
    (folder / "actions.yaml").write_text(ACTIONS, encoding="utf-8")
    return load(folder)


def small_history(count: int, seed: int = 5) -> History:
    """Customers c000…: every third holds a policy that expires soon, all asked for a quote."""
    rng = np.random.default_rng(seed)
    ids = [f"c{i:03d}" for i in range(count)]
    start = NOW - timedelta(days=400)
    customers = pl.DataFrame(
        {
            "customer_id": ids,
            "at": pl.Series([start] * count, dtype=TIME),
            "region": [("east", "west")[i % 2] for i in range(count)],
            "age": rng.integers(18, 70, count).astype(float),
            "vip": rng.random(count) < 0.3,
            "phone": [f"1380000{i or 9000:04d}" for i in range(count)],
            "consent_call": [None if i % 10 else True for i in range(count)],
        }
    )
    rows = []
    for i, customer in enumerate(ids):
        days = float(rng.uniform(1, 60))
        rows.append((f"q{i}", "quote.requested", customer, NOW - timedelta(days=days), "motor", 100.0 + i, None))
        if i % 3 == 0:
            rows.append((f"p{i}", "policy.purchased", customer, NOW - timedelta(days=330), "motor", 3000.0, None))
    events = pl.DataFrame(
        rows,
        schema={"id": pl.String, "type": pl.String, "customer_id": pl.String, "time": TIME,
                "product": pl.String, "premium": pl.Float64, "disposition": pl.String},
        orient="row",
    ).with_columns(source=pl.lit("history"))  # fmt: skip
    return History(customers, events, NOW - timedelta(hours=1))


def make_home(folder: Path, count: int = 240) -> Home:
    """A home with history and a champion for each objective."""
    configuration = write_workspace(folder / "configuration")
    history = small_history(count)
    home = Home.create(folder / "home", configuration, history.observed_until)
    from features.configuration import checked

    import_history(home, checked(configuration.workspace, history))
    for objective in configuration.workspace.objectives:
        save_bundle(home, objective, "1")
    promote(home, "1")
    return home


def promote(home: Home, version: str) -> None:
    aliases = {name: {"champion": version} for name in home.configuration.workspace.objectives}
    (home.models / "aliases.json").write_text(json.dumps(aliases), encoding="utf-8")


def feature_frame(home: Home, now: datetime) -> pl.DataFrame:
    workspace, layout = home.configuration.workspace, home.configuration.layout
    profiles, events = latest_profiles(workspace, read_customers(home)), read_events(home, until=now)
    ids = profiles["customer_id"]
    states = [states_at(workspace, view, ids, events) for view in (layout.interactions, layout.standing)]
    return features.value.feature_frame(layout, profiles, *states, now)


STATIC = ("region", "age", "vip")


def changed(home: Home, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a file of the home's workspace."""
    path = home.workspace_folder / name
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def save_bundle(
    home: Home,
    objective: str,
    version: str,
    effects: Effects | None = None,
    static: Sequence[str] = STATIC,
    quotes: str = "quote_requested__count_7d",
    toll: Toll | None = None,
    hints: Effects | None = None,
) -> Bundle:
    """A model that learned, from made-up labels, that a fresh quote is a good sign.

    static: tags that it reads, the region first. quotes: the count of quotes. effects, hints, toll: of contact.
    """
    declared = home.configuration.workspace.objectives[objective]
    layout = home.configuration.layout
    frame = expand(layout, feature_frame(home, NOW), declared.product, declared.products)
    names = [*static, quotes, "quote_requested__since_last_days"]
    if declared.product == "each":
        names.append("product")
    regions = {"region": home.configuration.workspace.tags["region"].values}
    encoding = encoding_of(frame, names, regions)
    label = (frame[quotes].to_numpy() + 0.01 * frame["age"].to_numpy() > 0.6).astype(float)
    parameters = {"objective": "binary", "num_leaves": 7, "verbosity": -1, "num_threads": 1, "seed": 1,
                  "min_data_in_leaf": 5}  # fmt: skip
    model = lightgbm.train(parameters, lightgbm.Dataset(encoding.matrix(frame), label), 20)
    tags = encoding_of(frame, list(static), regions)
    baseline = lightgbm.train(parameters, lightgbm.Dataset(tags.matrix(frame), label), 5)
    manifest = Manifest(
        objective=objective, version=version, product=declared.product, products=declared.products,
        encoding=encoding, baseline=tuple(static), calibrator=IDENTITY, baseline_calibrator=IDENTITY,
        tiers=Tiers(0.5, 0.2, 0.05),
        data_window=Window(NOW, NOW, NOW), metrics={"auc": 0.7},
        workspace=home.configuration.workspace.digest, created_at=NOW, toll=toll,
    )  # fmt: skip
    sample = pl.DataFrame({"probability": [0.1]})
    contents = Contents(
        manifest, model.model_to_string(), baseline.model_to_string(), sample, sample, "card", effects, hints
    )
    return Bundle.save(home.models / objective / version, contents)

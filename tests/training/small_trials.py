"""A small insurer whose calls are tossed for: they sell in the north and put people off in the south."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from leads.history import TIME, History
from tests.training.small_insurer import UNTIL
from training.contact.waiting import Waiting

MONTHS = 10

WORKSPACE = """
name: tossed
title: {zh: 抛硬币, en: Tossed}
half_lives: [30d]
channels: [call, sms]
tags:
  region: {type: category, values: [north, south]}
  age: {type: number}
events:
  call.attempted: {half_lives: [30d], interaction: false}
  sms.sent: {half_lives: [30d], interaction: false}
  quote.requested: {half_lives: [30d]}
  policy.purchased: {}
objectives:
  conversion:
    label: {zh: 成交, en: sale}
    population: age >= 18
    moments: {every: 30d}
    target: policy.purchased
    horizon: 20d
    uplift:
      treatments: {call: [call.attempted], sms: [sms.sent]}
      within: 7d
      answers: {quotes: "ln(coalesce(quote_requested__count_30d, 0) + 1)"}
      features: [region, age]
  interest:
    label: {zh: 兴趣, en: interest}
    moments: {every: 30d}
    target: quote.requested
    horizon: 20d
    uplift:
      treatments: {call: [call.attempted]}
      within: 7d
      like: conversion
"""


def tossed(customers: int = 500, seed: int = 1, effect: float = 0.25) -> History:
    """A call or none each month; 30% buy otherwise, more of the called ones in the north and fewer in the south. Hardly
    anybody gets a message. Those in the north ask for quotes more often, called or not.
    """
    rng = np.random.default_rng(seed)
    begin = UNTIL - timedelta(days=30 * MONTHS)
    north = rng.random(customers) < 0.5
    people = pl.DataFrame(
        {
            "customer_id": [f"c{i:05d}" for i in range(customers)],
            "at": [begin] * customers,
            "region": np.where(north, "north", "south"),
            "age": np.round(rng.uniform(18, 70, customers)),
        },
        schema_overrides={"at": TIME},
    )
    rows = []
    for month in range(MONTHS):
        called = rng.random(customers) < 0.5
        chance = 0.3 + called * np.where(north, effect, -effect)
        parts = {
            "call.attempted": (called, 2.0), "sms.sent": (rng.random(customers) < 0.004, 3.0),
            "policy.purchased": (rng.random(customers) < chance, 10.0),
            "quote.requested": (rng.random(customers) < np.where(north, 0.5, 0.15), 12.0),
        }  # fmt: skip
        for kind, (happened, day) in parts.items():
            moment = begin + timedelta(days=30 * month + day)
            rows += [(kind, int(customer), moment) for customer in np.flatnonzero(happened)]
    events = pl.DataFrame(
        {
            "id": [str(i) for i in range(len(rows))],
            "source": ["test"] * len(rows),
            "type": [row[0] for row in rows],
            "customer_id": [f"c{row[1]:05d}" for row in rows],
            "time": [row[2] for row in rows],
        },
        schema_overrides={"time": TIME},
    )
    return History(people, events, UNTIL)


def at_once(given: np.ndarray, label: np.ndarray) -> Waiting:
    """Who is contacted is contacted at once, and success comes long after it."""
    touched, succeeded = np.where(given, 0.5, np.inf), np.where(label, 20.0, np.inf)
    return Waiting(touched, succeeded, 7.0, np.zeros(len(label), np.intp))

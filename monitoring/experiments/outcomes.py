"""What came of everybody who takes part, in a window after their month began, and what was known of them before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from features.configuration import Configuration
from monitoring.experiments.measures import COMPLAINT, CONSENT
from monitoring.record.tables import Tables, quoted
from monitoring.reports.gmv import expiry, grace
from monitoring.reports.vocabulary import CALLED, by_role, contacts, listed, margins

BEFORE = 90
"""Days before the month that tell what is to be expected of a customer."""

KNOWN = (
    "value_before", "hours_before", "contacts_before", "answers_before", "held", "ever", "premium_held", "days_known",
    "dues",
)  # fmt: skip
"""Columns of what was known before the lot was drawn."""


def outcomes(tables: Tables, enrolled: pl.DataFrame, window: timedelta, by: str) -> pl.DataFrame:
    """The rows of `enrolled` with a column for each thing that measures count, those of KNOWN, and `segment`: SQL `by`
    of the table of customers `c`.
    """
    tables.connection.register("enrolled", enrolled.to_arrow())
    return tables.frame(_sql(tables, int(window.total_seconds()), by))


def _sql(tables: Tables, window: int, by: str) -> str:
    configuration = tables.configuration
    sold, renewed = by_role(configuration, "purchased"), by_role(configuration, "renewed")
    told = contacts(configuration)
    types = {*sold, *renewed, *told, COMPLAINT, CONSENT} & {*configuration.workspace.events}
    after = f"h.time > begins AND h.time <= begins + INTERVAL {window} SECOND"
    before = f"h.time <= begins AND h.time > begins - INTERVAL {BEFORE} DAY"
    policy = f"type IN {listed([*sold, *renewed])}"
    return f"""
        WITH happened AS (
            SELECT customer_id, time, type, product, premium, {_flag(configuration, "consent")} AS consent,
                {margins(configuration)} AS value, coalesce(talk_seconds, 0) / 3600 AS hours,
                {_money(configuration)} AS money, {expiry(configuration)} AS expires, {grace(configuration)} AS grace,
                disposition
            FROM ({tables.events(types)})
        ), policies AS (
            SELECT * FROM happened WHERE {policy}
        ), chained AS (
            SELECT p.*, next.time AS renewed_at FROM policies AS p
            ASOF LEFT JOIN (SELECT * FROM policies WHERE type IN {listed(renewed)}) AS next
                ON next.customer_id = p.customer_id AND coalesce(next.product, '') = coalesce(p.product, '')
                AND p.time < next.time
        ), books AS (
            SELECT e.customer_id, month, count(*) AS ever, count(*) FILTER (WHERE expires > begins) AS held,
                coalesce(sum(h.premium) FILTER (WHERE expires > begins), 0) AS premium_held,
                count(*) FILTER (WHERE {_due(window)}) AS due,
                count(*) FILTER (WHERE {_due(window)} AND renewed_at <= expires + grace) AS kept
            FROM enrolled AS e JOIN chained AS h ON h.customer_id = e.customer_id AND h.time <= begins GROUP BY ALL
        ), acts AS (
            SELECT e.customer_id, month,
                coalesce(sum(value) FILTER (WHERE {after} AND {policy}), 0) AS value,
                coalesce(bool_or(type IN {listed(sold)}) FILTER (WHERE {after}), false) AS bought,
                coalesce(sum(hours) FILTER (WHERE {after} AND type = '{CALLED}'), 0) AS hours,
                coalesce(sum(money) FILTER (WHERE {after} AND type IN {listed(told)}), 0) AS money,
                count(*) FILTER (WHERE {after} AND type IN {listed(told)}) AS contacts,
                count(*) FILTER (WHERE {after} AND type = '{COMPLAINT}') > 0 AS complained,
                count(*) FILTER (WHERE {after} AND type = '{CONSENT}' AND NOT consent) > 0 AS refused,
                coalesce(sum(value) FILTER (WHERE {before} AND {policy}), 0) AS value_before,
                coalesce(sum(hours) FILTER (WHERE {before} AND type = '{CALLED}'), 0) AS hours_before,
                count(*) FILTER (WHERE {before} AND type IN {listed(told)}) AS contacts_before,
                count(*) FILTER (WHERE {before} AND disposition = 'interested') AS answers_before
            FROM enrolled AS e JOIN happened AS h ON h.customer_id = e.customer_id
                AND h.time > begins - INTERVAL {BEFORE} DAY AND h.time <= begins + INTERVAL {window} SECOND
            GROUP BY ALL
        )
        SELECT e.*, {_known()}, 1 AS everybody, coalesce(due, 0) AS due, coalesce(kept, 0) AS kept,
            coalesce(ever, 0) = 0 AS without, coalesce(ever, 0) > 0 AS insured,
            coalesce(bought AND coalesce(ever, 0) = 0, false) AS first,
            coalesce(bought AND ever > 0, false) AS further, coalesce(acts.value, 0) AS value,
            coalesce(hours, 0) AS hours, coalesce(contacts, 0) AS contacts, coalesce(complained, false) AS complained,
            coalesce(refused, false) AS refused,
            coalesce(hours * 60 * {minute_price(configuration)!r} + money, 0) AS cost,
            coalesce(acts.value, 0) - coalesce(hours * 60 * {minute_price(configuration)!r} + money, 0) AS net,
            CAST({by} AS VARCHAR) AS segment
        FROM enrolled AS e LEFT JOIN books USING (customer_id, month) LEFT JOIN acts USING (customer_id, month)
            LEFT JOIN customers AS c USING (customer_id)
        ORDER BY month, customer_id
    """


def _due(window: int) -> str:
    """SQL of a policy that expires in the window, and was not renewed before it."""
    return (
        f"expires > begins AND expires <= begins + INTERVAL {window} SECOND "
        "AND (renewed_at IS NULL OR renewed_at > begins)"
    )


def _known() -> str:
    """SQL of what was known before, 0 where there was nothing."""
    counted: Sequence[str] = [name for name in KNOWN if name not in ("days_known", "dues")]
    told = [f"coalesce({name}, 0)::DOUBLE AS {name}" for name in counted]
    told += ["ln(1 + epoch(begins - c.since) / 86400)::DOUBLE AS days_known", "coalesce(due, 0)::DOUBLE AS dues"]
    return ", ".join(told)


def _flag(configuration: Configuration, name: str) -> str:
    return name if name in configuration.workspace.fields else "NULL::BOOLEAN"


def _money(configuration: Configuration) -> str:
    """SQL of what is spent on a contact beside an agent's time, by the action that it was made for."""
    spent = {action.name: action.cost.money for action in configuration.catalogue.actions if action.cost.money}
    cases = " ".join(f"WHEN {quoted(name)} THEN {money!r}" for name, money in spent.items())
    return f"CASE action {cases} ELSE 0.0 END" if cases else "0.0"


def minute_price(configuration: Configuration) -> float:
    """What a minute of an agent costs, as the actions count it; 0 where none does."""
    costs = (action.cost for action in configuration.catalogue.actions)
    return next((cost.agent / cost.minutes for cost in costs if cost.minutes > 0), 0.0)

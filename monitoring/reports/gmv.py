"""GMV, the north star: retained customers and what each is worth."""

from __future__ import annotations

from collections.abc import Sequence

from features.configuration import Configuration
from leads.words.bilingual import Words
from monitoring.record.tables import Tables, moment
from monitoring.reports.figure import Definition, Figure, always, count, share, total
from monitoring.reports.question import Question
from monitoring.reports.vocabulary import (
    CHANNEL,
    PRODUCT,
    REGION,
    by_role,
    listed,
    margins,
    region,
    source_channel,
)

_FIGURES = (
    count("due", "到期保单", "policies due", "due",
          ("宽限期已于期间内结束的到期保单", "whose days of grace ended in the time")),
    share("renewal_rate", "续保率", "renewal rate", "kept", "due",
          ("到期保单中在宽限期内续保的", "of these, renewed by then")),
    count("retained", "留存客户", "customers retained", "kept OR bought",
          ("期间内续保或新保的客户", "customers who renewed or bought in the time"), distinct=True),
    count("renewed", "续保件数", "policies renewed", "kept", ("同上，件数", "of the policies due")),
    count("sold", "新保件数", "policies sold", "bought", ("期间内新投保的保单", "bought in the time")),
    total("premium", "保费", "premium", "money", "premium", ("续保与新保的保费", "of policies renewed and sold")),
    total("gmv", "GMV", "GMV", "money", "value",
          ("留存客户 × 每客价值：按险种首年贡献", "customers retained × what each leaves, by the workspace's margins")),
)  # fmt: skip


def _figures(_: Configuration) -> Sequence[Figure]:
    return _FIGURES


def _facts(tables: Tables, question: Question) -> str:
    """A row per policy whose days of grace ended in the time, kept or not, and one per policy bought in it.

    A policy is followed by the renewal of the same customer and product before its days of grace are over.
    """
    configuration = tables.configuration
    sold, renewed = by_role(configuration, "purchased"), by_role(configuration, "renewed")
    since, until = moment(question.since), moment(question.until)
    return f"""
        WITH policies AS (
            SELECT customer_id, product, time, premium, {expiry(configuration)} AS expires,
                {grace(configuration)} AS grace, {margins(configuration)} AS value, type IN {listed(sold)} AS sold
            FROM ({tables.events([*sold, *renewed])})
        ), due AS (
            SELECT p.*, next.time AS renewed_at, next.premium AS renewed_premium FROM policies AS p
            ASOF LEFT JOIN (SELECT * FROM policies WHERE NOT sold) AS next
                ON next.customer_id = p.customer_id AND coalesce(next.product, '') = coalesce(p.product, '')
                AND p.time < next.time
            WHERE p.expires + p.grace > {since} AND p.expires + p.grace <= {until}
        ), facts AS (
            SELECT customer_id, product, true AS due, coalesce(renewed_at <= expires + grace, false) AS kept,
                false AS bought, CASE WHEN kept THEN renewed_premium END AS premium,
                CASE WHEN kept THEN value END AS value
            FROM due
            UNION ALL BY NAME
            SELECT customer_id, product, false AS due, false AS kept, true AS bought, premium, value
            FROM policies WHERE sold AND time > {since} AND time <= {until}
        )
        SELECT facts.*, {region(configuration)} AS region, {source_channel(configuration)} AS channel
        FROM facts LEFT JOIN customers AS c USING (customer_id)
    """


def expiry(configuration: Configuration) -> str:
    """SQL of when a policy ends: as it says, else after the term of its product."""
    return f"coalesce(expires_at, time + {_days(configuration, 'term')})"


def grace(configuration: Configuration) -> str:
    """SQL of the days after its expiry in which a policy can still be renewed."""
    return _days(configuration, "grace")


def _days(configuration: Configuration, name: str) -> str:
    cases = " ".join(
        f"WHEN '{product.name}' THEN INTERVAL {int(getattr(product, name).total_seconds())} SECOND"
        for product in configuration.workspace.products.values()
    )
    return f"CASE product {cases} ELSE INTERVAL 0 SECOND END" if cases else "INTERVAL 0 SECOND"


GMV = Definition(
    "gmv", Words("GMV 与留存", "GMV and retention"), always(PRODUCT, REGION, CHANNEL), _figures, _facts
)  # fmt: skip

"""Results: calls and policies by product line, team, agent and talk track."""

from __future__ import annotations

from collections.abc import Sequence

from features.configuration import Configuration
from leads.words.bilingual import Words
from monitoring.record.tables import Tables, moment
from monitoring.reports.figure import Definition, Figure, always, count, middle, share, total
from monitoring.reports.question import Question
from monitoring.reports.vocabulary import (
    AGENT,
    CALLED,
    CHANNEL,
    PRODUCT,
    REACHED,
    REGION,
    TALK_TRACK,
    TEAM,
    by_role,
    listed,
    margins,
    region,
    source_channel,
)

_FIGURES = (
    count("calls", "拨打", "calls", "called", ("期间内完成的拨打", "calls made in the time")),
    count("customers", "客户数", "customers", "called", ("被拨打的客户", "customers who were called"), distinct=True),
    share("reached", "接通率", "answered", "reached", "called", ("有人接听的拨打", "calls that somebody answered")),
    share("interested", "意向率", "interested", "interested", "reached",
          ("接通后表示有意向", "of answered calls those that ended so")),
    total("talk_hours", "通话时长", "hours of talk", "hours", "talk_hours", ("接通后的通话时间合计", "of all calls")),
    count("sold", "新保件数", "policies sold", "bought",
          ("新投保的保单；归于此前归因期内最后一通电话", "bought; of the last call within the attribution window")),
    count("renewed", "续保件数", "policies renewed", "renewed",
          ("续保的保单；归属同上", "renewed; counted in the same way")),
    total("premium", "保费", "premium", "money", "premium", ("新保与续保的保费", "of policies sold and renewed")),
    middle("premium_each", "件均保费", "premium of a policy", "money", "premium", ("中位数", "median")),
    total("value", "价值", "value", "money", "value",
          ("按险种首年贡献计的 GMV", "what these policies leave in their term, by the workspace's margins")),
)  # fmt: skip


def _figures(_: Configuration) -> Sequence[Figure]:
    return _FIGURES


def _facts(tables: Tables, question: Question) -> str:
    """A row per call and per policy; a policy has the agent and the talk track of the last call before it."""
    configuration = tables.configuration
    sold, renewed = by_role(configuration, "purchased"), by_role(configuration, "renewed")
    window = int(configuration.catalogue.experiments.learning.attribution.total_seconds())
    since, until = moment(question.since), moment(question.until)
    # Calls before the time count for policies in it.
    earlier, lately = f"{since} - INTERVAL {window} SECOND", f"p.time - calls.time <= INTERVAL {window} SECOND"
    return f"""
        WITH calls AS (
            SELECT customer_id, time, product, agent_id AS agent, action AS talk_track, {REACHED} AS reached,
                disposition = 'interested' AS interested, talk_seconds / 3600 AS talk_hours
            FROM ({tables.events([CALLED])}) WHERE time > {earlier} AND time <= {until}
        ), policies AS (
            SELECT customer_id, time, product, premium, {margins(configuration)} AS value,
                type IN {listed(sold)} AS bought, type IN {listed(renewed)} AS renewed
            FROM ({tables.events([*sold, *renewed], question.since)}) WHERE time <= {until}
        ), facts AS (
            SELECT customer_id, product, agent, talk_track, true AS called, reached, interested, talk_hours,
                false AS bought, false AS renewed, NULL AS premium, NULL AS value
            FROM calls WHERE time > {since}
            UNION ALL BY NAME
            SELECT p.customer_id, p.product, CASE WHEN {lately} THEN agent END AS agent,
                CASE WHEN {lately} THEN talk_track END AS talk_track, false AS called, false AS reached,
                false AS interested, NULL AS talk_hours, bought, renewed, premium, value
            FROM policies AS p ASOF LEFT JOIN calls ON calls.customer_id = p.customer_id AND p.time >= calls.time
        )
        SELECT facts.*, team, {region(configuration)} AS region, {source_channel(configuration)} AS channel
        FROM facts LEFT JOIN agents USING (agent) LEFT JOIN customers AS c USING (customer_id)
    """


RESULTS = Definition(
    "results", Words("业绩", "results"), always(PRODUCT, TEAM, AGENT, TALK_TRACK, REGION, CHANNEL),
    _figures, _facts,
    ("region", "team", "product"),
)  # fmt: skip

"""The funnel: leads by source channel, how far they came, and how long it took."""

from __future__ import annotations

from collections.abc import Sequence

from features.configuration import Configuration
from leads.words.bilingual import Words
from monitoring.record.tables import Tables, moment
from monitoring.reports.figure import Definition, Figure, always, count, middle, share
from monitoring.reports.question import Question
from monitoring.reports.vocabulary import (
    CHANNEL,
    INTEREST,
    INTERESTED,
    LEAD,
    PRODUCT,
    REACHED,
    REGION,
    by_role,
    contacts,
    listed,
    region,
    source_channel,
)

MATURE = 30
"""Days after which it is judged how many leads became customers, the same for all."""

_FIGURES = (
    count("leads", "线索数", "leads", "true", ("期间内进入的线索", "leads that came in the time")),
    share("contacted", "已跟进", "followed up", "contacted IS NOT NULL", "true",
          ("进入后有过电话或消息", "a call or a message after they came")),
    share("reached", "已接通", "spoken with", "reached IS NOT NULL", "true",
          ("进入后有人接听的通话", "a call after they came that somebody answered")),
    share("interested", "有意向", "interested", "interested IS NOT NULL", "true",
          ("进入后询价、填表或在通话中表示有意", "asked for a quote, sent a form, or said so on a call")),
    share("insured", "已投保", "insured", "bought IS NOT NULL", "true",
          ("进入后至今投保", "bought a policy since they came, up to now")),
    share(f"insured_{MATURE}", f"{MATURE} 天内投保", f"insured within {MATURE} days",
          f"bought <= time + INTERVAL {MATURE} DAY", "mature",
          (f"仅统计满 {MATURE} 天的线索", f"of leads that came {MATURE} days ago or earlier: all had as long")),
    middle("hours_to_contact", "首次跟进用时", "hours to the first contact", "hours", "epoch(contacted - time) / 3600",
           ("中位数，仅统计已跟进者", "median, of those followed up")),
    middle("days_to_policy", "投保用时", "days to the policy", "days", "epoch(bought - time) / 86400",
           ("中位数，仅统计已投保者", "median, of those insured")),
)  # fmt: skip


def _figures(_: Configuration) -> Sequence[Figure]:
    return _FIGURES


def _facts(tables: Tables, question: Question) -> str:
    """A row per lead, with the first time after it of each step."""
    configuration = tables.configuration
    bought, told = by_role(configuration, "purchased"), contacts(configuration)
    later = {*bought, *told, *INTEREST}
    return f"""
        WITH leads AS (
            SELECT row_number() OVER (ORDER BY time, id) AS lead, customer_id, time, channel AS came_by, product
            FROM ({tables.events([LEAD], question.since)}) WHERE time <= {moment(question.until)}
        ), steps AS (
            SELECT lead,
                min(later.time) FILTER (WHERE type IN {listed(told)}) AS contacted,
                min(later.time) FILTER (WHERE {REACHED}) AS reached,
                min(later.time) FILTER (WHERE type IN {listed(INTEREST)} OR {INTERESTED}) AS interested,
                min(later.time) FILTER (WHERE type IN {listed(bought)}) AS bought
            FROM leads JOIN ({tables.events(later, question.since)}) AS later
                ON later.customer_id = leads.customer_id AND later.time > leads.time
            GROUP BY lead
        )
        SELECT leads.customer_id, leads.time, product, coalesce(came_by, {source_channel(configuration)}) AS channel,
            {region(configuration)} AS region, contacted, reached, interested, bought,
            leads.time <= {moment(tables.until)} - INTERVAL {MATURE} DAY AS mature
        FROM leads LEFT JOIN steps USING (lead) LEFT JOIN customers AS c USING (customer_id)
    """


def _notes(configuration: Configuration) -> Sequence[Words]:
    if LEAD in configuration.workspace.events:
        return ()
    return (
        Words(f"工作区未声明事件 {LEAD}，没有线索", f"the workspace declares no event {LEAD}, so there are no leads"),
    )


FUNNEL = Definition(
    "funnel",
    Words("渠道转化漏斗", "funnel by source channel"),
    always(CHANNEL, REGION, PRODUCT),
    _figures,
    _facts,
    notes=_notes,
)

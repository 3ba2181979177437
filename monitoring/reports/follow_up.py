"""Follow-up: how soon new leads are contacted, and what becomes of leads in agents' hands."""

from __future__ import annotations

from collections.abc import Sequence

from features.configuration import Configuration
from leads.words.bilingual import Words
from leads.words.durations import format_duration
from monitoring.record.tables import Tables, moment
from monitoring.reports.figure import Definition, Figure, always, count, middle, share
from monitoring.reports.question import Question
from monitoring.reports.vocabulary import (
    AGENT,
    CALLED,
    CHANNEL,
    LEAD,
    REACHED,
    REGION,
    TEAM,
    contacts,
    region,
    source_channel,
)

GRANTED, COMPLETED, EXPIRED, RECALLED = "lease.granted", "lease.completed", "lease.expired", "lead.recalled"

_A_DAY = (
    "count(*) FILTER (WHERE spoken AND agent IS NOT NULL) "
    "/ nullif(count(DISTINCT (agent, day)) FILTER (WHERE agent IS NOT NULL AND day IS NOT NULL), 0)"
)


def _figures(configuration: Configuration) -> Sequence[Figure]:
    limit = configuration.catalogue.queue.queueing.service_time
    seconds, told = int(limit.total_seconds()), format_duration(limit)
    return (
        count("new", "新线索", "new leads", "new", ("期间内进入的线索", "leads that came in the time")),
        share("in_time", "时限内跟进", "followed up in time", f"waited <= {seconds}",
              f"new AND (waited IS NOT NULL OR age > {seconds})",
              (f"{told} 内首次联系（queue.service_time）；未满时限且未联系的不计",
               f"first contact within {told} (queue.service_time); who is younger and was not contacted is left out")),
        middle("first_response", "首次响应", "first response", "hours", "waited / 3600",
               ("新线索到首次联系的小时数，中位数", "from the lead to the first contact, median")),
        count("granted", "派发", "leads handed out", "granted", ("期间内领取的线索", "claimed in the time")),
        share("completed", "完成率", "completed", "completed", "granted AND ended",
              ("已结束的占用中，报告了结果的", "of leases that ended, with an outcome")),
        share("expired", "超时", "expired", "expired", "granted AND ended",
              ("占用到期而没有结果", "of leases that ended, without an outcome in their time")),
        share("promises_kept", "回拨守约", "callbacks kept", "kept", "promised AND due",
              ("约定时间后 1 小时内再次拨打", "called again within an hour of the time promised")),
        count("calls", "有效跟进", "effective follow-ups", "spoken", ("有人接听的通话", "calls that were answered")),
        Figure("calls_a_day", Words("人均日有效跟进", "follow-ups a day per agent"), "number",
               Words("有人接听的通话 ÷ 坐席日", "answered calls per agent and day at work"), "spoken",
               ratio=_A_DAY),
    )  # fmt: skip


def _facts(tables: Tables, question: Question) -> str:
    """A row per new lead, per lead handed out, and per call."""
    configuration = tables.configuration
    until, told = moment(question.until), contacts(configuration)
    return f"""
        WITH leads AS (
            SELECT customer_id, time, channel AS came_by
            FROM ({tables.events([LEAD], question.since)}) WHERE time <= {until}
        ), contacted AS (
            SELECT customer_id, time, agent_id FROM ({tables.events(told, question.since)})
        ), leases AS (
            SELECT customer_id, type, time, data->>'lease_id' AS lease, data->>'agent_id' AS agent
            FROM ({tables.own([GRANTED, COMPLETED, EXPIRED, "lease.released", "lease.taken_back"], question.since)})
        ), calls AS (
            SELECT customer_id, time, agent_id AS agent, {REACHED} AS spoken, callback_at
            FROM ({tables.events([CALLED], question.since)})
        ), facts AS (
            SELECT leads.customer_id, came_by, agent_id AS agent, true AS new,
                epoch(contacted.time - leads.time) AS waited, epoch({until} - leads.time) AS age
            FROM leads ASOF LEFT JOIN contacted
                ON contacted.customer_id = leads.customer_id AND leads.time < contacted.time
            UNION ALL BY NAME
            SELECT customer_id, agent, true AS granted,
                lease IN (SELECT lease FROM leases WHERE type = '{COMPLETED}') AS completed,
                lease IN (SELECT lease FROM leases WHERE type = '{EXPIRED}') AS expired,
                lease IN (SELECT lease FROM leases WHERE type <> '{GRANTED}') AS ended
            FROM leases WHERE type = '{GRANTED}' AND time <= {until}
            UNION ALL BY NAME
            SELECT customer_id, agent, spoken, {_day(configuration)} AS day, callback_at IS NOT NULL AS promised,
                callback_at + INTERVAL 1 HOUR <= {until} AS due, EXISTS (
                    SELECT 1 FROM contacted AS again
                    WHERE again.customer_id = calls.customer_id AND again.time > calls.time
                    AND again.time >= calls.callback_at - INTERVAL 15 MINUTE
                    AND again.time <= calls.callback_at + INTERVAL 1 HOUR
                ) AS kept
            FROM calls WHERE time <= {until}
        )
        SELECT facts.*, team, {region(configuration)} AS region,
            coalesce(came_by, {source_channel(configuration)}) AS channel
        FROM facts LEFT JOIN agents USING (agent) LEFT JOIN customers AS c USING (customer_id)
    """


def _day(configuration: Configuration) -> str:
    return f"CAST(time AT TIME ZONE '{configuration.workspace.timezone}' AS DATE)"


FOLLOW_UP = Definition(
    "follow_up",
    Words("跟进时效", "follow-up"),
    always(TEAM, AGENT, CHANNEL, REGION),
    _figures,
    _facts,
    ("region", "team"),
)

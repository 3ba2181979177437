"""Who was left without an action, and why: new leads and policies about to expire that nobody followed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.configuration import Configuration
from leads.words.bilingual import Text, Words
from monitoring.record.tables import Tables, moment
from monitoring.reports.figure import Definition, Dimension, Figure, always, count, middle, share
from monitoring.reports.question import Question
from monitoring.reports.vocabulary import (
    CHANNEL,
    LEAD,
    PRODUCT,
    REGION,
    by_role,
    contacts,
    region,
    source_channel,
)

AHEAD = 30
"""Days before its expiry in which somebody should be contacted about a policy."""

_KINDS: Mapping[str, Text] = {
    "lead": {"zh": "新线索", "en": "new leads"},
    "expiring": {"zh": "即将到期", "en": "policies about to expire"},
}

_WHY: Mapping[str, Text] = {
    "touched": {"zh": "已跟进", "en": "followed up"},
    "refused": {"zh": "所有渠道均拒绝或未同意", "en": "no consent for any channel"},
    "no_address": {"zh": "没有联系方式", "en": "nothing to reach them at"},
    "decided_nothing": {"zh": "决策后没有可做的动作", "en": "decided: nothing may be done now"},
    "control": {"zh": "对照组，不触达", "en": "control group, left untouched"},
    "not_worked": {"zh": "已派发但未联系", "en": "handed out, and not contacted"},
    "not_claimed": {"zh": "未派发", "en": "handed out to nobody"},
}

WHY = Dimension("why", Words("原因", "why"), lambda _: _WHY)
KIND = Dimension("kind", Words("类型", "kind"), lambda _: _KINDS)

_FIGURES = (
    count("leads", "应跟进", "to be followed up", "true",
          ("期间内的新线索（已过时限）与即将到期的保单", "new leads past their time, and policies about to expire")),
    count("untouched", "未跟进", "left untouched", "why <> 'touched'",
          ("之后没有任何电话或消息", "no call and no message since")),
    share("untouched_share", "未跟进率", "share left untouched", "why <> 'touched'", "true",
          ("未跟进 ÷ 应跟进", "of all to be followed up")),
    middle("waiting_days", "已等待", "waiting", "days", "CASE WHEN why <> 'touched' THEN waiting / 86400 END",
           ("未跟进者已等待的天数，中位数", "of those left, median")),
)  # fmt: skip


def _figures(_: Configuration) -> Sequence[Figure]:
    return _FIGURES


def _facts(tables: Tables, question: Question) -> str:
    """A row per lead that should have been followed up, with why it was not."""
    configuration = tables.configuration
    since, until, told = moment(question.since), moment(question.until), contacts(configuration)
    held = by_role(configuration, "purchased", "renewed")
    limit = int(configuration.catalogue.queue.queueing.service_time.total_seconds())
    return f"""
        WITH wanted AS (
            SELECT customer_id, time AS begins, channel AS came_by, product, 'lead' AS kind
            FROM ({tables.events([LEAD], question.since)}) WHERE time + INTERVAL {limit} SECOND <= {until}
            UNION ALL BY NAME
            SELECT * FROM (
                SELECT customer_id, max(expires_at) - INTERVAL {AHEAD} DAY AS begins, product, 'expiring' AS kind
                FROM ({tables.events(held)}) GROUP BY customer_id, product
            ) WHERE begins > {since} AND begins + INTERVAL {limit} SECOND <= {until}
        ), contacted AS (
            SELECT customer_id, time FROM ({tables.events(told, question.since)}) WHERE time <= {until}
        ), decided AS (
            SELECT customer_id, arg_max(arm, time) AS arm,
                arg_max(chosen = 0, time) AS nothing
            FROM ({tables.decisions(question.since)}) WHERE time <= {until} GROUP BY ALL
        ), granted AS (
            SELECT DISTINCT customer_id FROM ({tables.own(["lease.granted"], question.since)})
        ), touched AS (
            SELECT wanted.*, contacted.time AS contacted_at FROM wanted ASOF LEFT JOIN contacted
                ON contacted.customer_id = wanted.customer_id AND wanted.begins < contacted.time
        )
        SELECT touched.customer_id, kind, product, coalesce(came_by, {source_channel(configuration)}) AS channel,
            {region(configuration)} AS region, epoch({until} - begins) AS waiting,
            CASE WHEN contacted_at IS NOT NULL THEN 'touched'
                WHEN {_refused(configuration)} THEN 'refused'
                WHEN coalesce(c.phone, c.wechat, c.email) IS NULL THEN 'no_address'
                WHEN decided.arm = 'control' THEN 'control'
                WHEN decided.nothing THEN 'decided_nothing'
                WHEN granted.customer_id IS NOT NULL THEN 'not_worked'
                ELSE 'not_claimed' END AS why
        FROM touched LEFT JOIN customers AS c USING (customer_id) LEFT JOIN decided USING (customer_id)
            LEFT JOIN granted USING (customer_id)
    """


def _refused(configuration: Configuration) -> str:
    """SQL of who may be contacted by no channel."""
    channels = [f"NOT coalesce(c.consent_{channel}, false)" for channel in configuration.workspace.channels]
    return " AND ".join(channels) or "false"


UNTOUCHED = Definition(
    "untouched", Words("未跟进线索", "leads left without an action"), always(WHY, KIND, CHANNEL, REGION, PRODUCT),
    _figures, _facts,
)  # fmt: skip

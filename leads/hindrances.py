"""Why an agent gets fewer leads than they ask for, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

HINDRANCES: Mapping[str, Mapping[str, str]] = {
    "queue_paused": {"zh": "队列已暂停", "en": "the queue is paused"},
    "objective_paused": {"zh": "队列已暂停：{name}", "en": "the queue {name} is paused"},
    "not_registered": {"zh": "坐席尚未登记", "en": "the agent is not registered"},
    "inactive": {"zh": "坐席已停用", "en": "the agent is not active"},
    "outside_remit": {"zh": "所求超出坐席可领取的范围", "en": "none of what is asked for may be taken by the agent"},
    "daily_quota": {"zh": "坐席今日配额已用完", "en": "the agent's quota of the day is used up"},
    "max_load": {"zh": "坐席手中线索已达上限", "en": "the agent holds as many leads as they may"},
    "top_share": {
        "zh": "优质线索按人均分，已达应得份额",
        "en": "the agent has had their share of the best leads for now",
    },
    "team_share": {"zh": "团队已达应得份额", "en": "the team has had its share for now"},
    "campaign_paused": {"zh": "活动已暂停：{name}", "en": "the campaign {name} is paused"},
    "campaign_closed": {"zh": "活动不在开放时段：{name}", "en": "the campaign {name} is outside its hours"},
    "campaign_pace": {"zh": "活动按节奏发放，暂无余量：{name}", "en": "the campaign {name} is ahead of its pace"},
}
"""By rule. `{name}`: what the campaign or queue is called."""


def hindrance(rule: str, label: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a rule says to an agent; `label` names the campaign or queue in both languages.

    >>> hindrance("campaign_paused", {"zh": "续保月", "en": "renewal month"})["en"]
    'the campaign renewal month is paused'
    """
    named = label or {"zh": "", "en": ""}
    return {language: text.format(name=named[language]) for language, text in HINDRANCES[rule].items()}

"""Why an agent gets fewer leads than they ask for, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from leads.words.bilingual import Text

HINDRANCES: Mapping[str, Mapping[str, str]] = {
    "queue_paused": {"zh": "队列已暂停", "en": "the queue is paused"},
    "objective_paused": {"zh": "队列已暂停：{name}", "en": "the queue {name} is paused"},
    "not_registered": {"zh": "坐席尚未登记", "en": "the agent is not registered"},
    "inactive": {"zh": "坐席已停用", "en": "the agent is not active"},
    "outside_remit": {"zh": "所求超出坐席可领取的范围", "en": "none of what is asked for may be taken by the agent"},
    "daily_quota": {"zh": "坐席今日配额已用完", "en": "the agent's quota of the day is used up"},
    "max_load": {"zh": "坐席手中线索已达上限", "en": "the agent holds as many leads as they may"},
    "key_load": {
        "zh": "此密钥名下在手线索已达上限",
        "en": "as many leads are held as may be with this key",
    },
    "key_hour": {
        "zh": "此密钥本小时可领取的线索已达上限",
        "en": "as many leads were taken within this hour as may be with this key",
    },
    "top_share": {
        "zh": "优质线索按人均分，已达应得份额",
        "en": "the agent has had their share of the best leads for now",
    },
    "team_share": {"zh": "团队已达应得份额", "en": "the team has had its share for now"},
    "campaign_paused": {"zh": "活动已暂停：{name}", "en": "the campaign {name} is paused"},
    "campaign_closed": {"zh": "活动不在开放时段：{name}", "en": "the campaign {name} is outside its hours"},
    "campaign_pace": {"zh": "活动按节奏发放，暂无余量：{name}", "en": "the campaign {name} is ahead of its pace"},
    "none_waiting": {"zh": "队列中没有等待的线索", "en": "no lead waits in the queue"},
    "all_held": {"zh": "坐席手中的线索：{name}", "en": "leads in agents' hands: {name}"},
    "all_resting": {"zh": "休息中、稍后再联系的客户：{name}", "en": "customers who rest and come back later: {name}"},
    "skill": {"zh": "没有等待的线索属于险种：{name}", "en": "no lead waits for the skills {name}"},
    "region": {"zh": "没有等待的线索属于地区：{name}", "en": "no lead waits in the regions {name}"},
    "language": {"zh": "没有等待的线索使用语言：{name}", "en": "no lead waits who speaks {name}"},
    "unknown_skill": {"zh": "没有这个险种：{name}", "en": "there is no product line {name}"},
    "unknown_region": {"zh": "没有这个地区：{name}", "en": "there is no region {name}"},
    "unknown_language": {"zh": "没有这种语言：{name}", "en": "there is no language {name}"},
    "reserved": {"zh": "等待的线索保留给其归属坐席", "en": "leads that wait are kept for the agents whose they are"},
    "outside_window": {"zh": "不在可拨打时段，{name} 起可拨打", "en": "outside the call hours until {name}"},
    "not_now": {
        "zh": "等待的线索此刻不能拨打：号码正被使用，或刚联系过",
        "en": "leads that wait may not be called just now: somebody holds their number, or they were just contacted",
    },
}
"""By rule. `{name}`: what the campaign or queue is called, or what was asked for."""


def hindrance(rule: str, label: Text | None = None) -> Text:
    """What a rule says to an agent; `label` names the campaign or queue in both languages.

    >>> hindrance("campaign_paused", {"zh": "续保月", "en": "renewal month"})["en"]
    'the campaign renewal month is paused'
    """
    said, named = HINDRANCES[rule], label or Text(zh="", en="")
    return {"zh": said["zh"].format(name=named["zh"]), "en": said["en"].format(name=named["en"])}

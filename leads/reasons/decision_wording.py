"""Reasons of a decision: why an action is not offered, what contact adds and what would change the choice, as sentences
in Chinese and English.
"""

from __future__ import annotations

from leads.actions.action import Action
from leads.actions.reports import SOLD
from leads.configuration.objective import NOT_YET
from leads.configuration.rules import Rule
from leads.configuration.workspace import Workspace
from leads.contact.do_not_call import DO_NOT_CALL_KEPT
from leads.contact.policy import NUMBER_RESTS
from leads.words.bilingual import Text, Words, change

_STAGES = {
    "request": Words("要求的是其他渠道", "another channel was asked for"),
    "ramp": Words("新动作正在逐步放量，暂未对该客户开放", "a new action that is not offered to everyone yet"),
    "population": Words("客户不在该目标的范围内", "the customer is outside the objective"),
}

_RULES = {
    "consent": Words("客户未授权该渠道", "the customer has not agreed to this channel"),
    "hours": Words("当前不在该渠道的可联系时段", "outside the hours of this channel"),
    "due": Words("跟进计划中的这一步未到时间，或已完成", "its step of the follow-up plan is not due, or is done"),
    NUMBER_RESTS: Words(
        "此号码接听人要求不再来电，须本人再次同意后方可拨打",
        "whoever answers this number asked not to be called; it rests until the customer agrees to calls again",
    ),
    DO_NOT_CALL_KEPT: Words(
        "客户要求不再来电，至少半年内不再拨打", "the customer asked not to be called, which is kept for half a year"
    ),
    "has_phone": Words("没有可拨打的号码", "no number to call"),
    "has_wechat": Words("没有微信号", "no WeChat id to write to"),
    "has_email": Words("没有邮箱", "no e-mail address to write to"),
    SOLD: Words("坐席刚报告已成交，尚待核心系统确认", "an agent has just sold it, and the core has yet to confirm"),
    "next_to_expire": Words("最近到期的不是该险种", "another product expires next"),
}


def describe_rule(action: Action, stage: str, rule: Rule) -> Text:
    """Why an action is not offered, as a sentence."""
    reason = meaning_of(action, stage, rule)
    return {
        "zh": f"未选“{action.label['zh']}”：{reason['zh']}",
        "en": f"not offered, {action.label['en']}: {reason['en']}",
    }


def meaning_of(action: Action, stage: str, rule: Rule) -> Text:
    """What a rule that refuses an action means; its own text stands in where nobody gave it words."""
    label = action.reasons.get(rule.name)
    if stage == "population" and rule.name == NOT_YET:
        reason = Words("客户已达成该目标", "the customer has done this already")
    elif stage in _STAGES:
        reason = _STAGES[stage]
    elif label is not None:
        reason = Words(label["zh"], label["en"])
    else:
        unnamed = Words(f"不满足条件“{rule.name}”（{rule.sql}）", f"{rule.name} does not hold ({rule.sql})")
        reason = _RULES.get(rule.name, unnamed)
    return reason.text()


def describe_effect(workspace: Workspace, objective: str, effect: float, own: float = 0.0) -> Text:
    """What contact adds to the probability of an objective, and the action by itself, as a sentence for an agent."""
    label = workspace.objectives[objective].label
    said = change(effect, Words(label["zh"], label["en"]))
    if own:
        said += Words(
            f"；此动作本身提高 {100 * own:.1f} 个百分点", f"; this action by itself raises it by {100 * own:.1f}"
        )
    return said.text()


_PARTS = {
    "propensity": Words("成交可能性", "the chance of success"),
    "value": Words("价值", "the value"),
    "context": Words("时机与渠道契合度", "the fit of moment and channel"),
    "effect": Words("触达效果", "the effect of contact"),
    "lever": Words("业务杠杆", "the levers"),
    "cost": Words("成本", "the cost"),
    "fatigue": Words("触达疲劳", "the fatigue of contact"),
}


def describe_change(part: str, action: Action) -> Text:
    """What would come first if a part of the priority did not count, as a sentence."""
    named = _PARTS[part]
    return {
        "zh": f"若不计{named.zh}，则会选“{action.label['zh']}”",
        "en": f"without {named.en} it would be: {action.label['en']}",
    }

"""What is measured of an arm: of each customer and month a count and of how much it is, in a window of one length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from features.configuration import Configuration
from leads.words.bilingual import Words
from monitoring.reports.answer import Kind

COMPLAINT, CONSENT = "complaint.opened", "consent.changed"

Better = Literal["more", "less", "neither"]
"""Which way a measure is better."""


@dataclass(frozen=True)
class Measure:
    """top, below: columns of the outcomes; the measure is the sum of the one by that of the other. settles: whether it
    takes the days of grace after the window until it is known. effort: whether it tells what is done, and not what
    comes of it.
    """

    name: str
    label: Words
    kind: Kind
    means: Words
    top: str
    below: str = "everybody"
    better: Better = "more"
    settles: bool = False
    effort: bool = False


_POLICIES = (
    Measure("renewal_rate", Words("续保率", "renewal rate"), "share",
            Words("窗口内到期的保单中在宽限期内续保的", "of policies expiring in the window, renewed in their grace"),
            "kept", "due", settles=True),
    Measure("conversion_rate", Words("首单转化率", "conversion rate"), "share",
            Words("此前无保单的客户中在窗口内投保的", "of customers without a policy before, insured in the window"),
            "first", "without"),
    Measure("cross_sell_rate", Words("加保率", "cross-sell rate"), "share",
            Words("此前有保单的客户中在窗口内新投保的", "of customers with a policy before, those who bought"),
            "further", "insured"),
)  # fmt: skip

_MONEY = (
    Measure("gmv", Words("人均 GMV", "GMV a customer"), "money",
            Words("窗口内新保与续保按险种首年贡献，按全部客户平均",
                  "what policies bought or renewed leave, over everybody"),
            "value"),
    Measure("net", Words("人均净值", "net value a customer"), "money",
            Words("人均 GMV 减去触达成本：通话时长按坐席单价，加动作的其他费用",
                  "GMV less what contact cost: talk by the price of a minute, and the money of actions"),
            "net"),
    Measure("agent_hours", Words("人均坐席工时", "agent hours a customer"), "hours",
            Words("窗口内通话时长", "time of talk in the window"), "hours", better="less", effort=True),
    Measure("contacts", Words("人均触达", "contacts a customer"), "number",
            Words("窗口内的电话与消息", "calls and messages in the window"), "contacts", better="neither", effort=True),
)  # fmt: skip

_COMPLAINTS = Measure(
    "complaints", Words("投诉率", "complaint rate"), "share",
    Words("窗口内有投诉的客户", "customers who complained in the window"), "complained", better="less",
)  # fmt: skip

_REFUSALS = Measure(
    "opt_outs", Words("退订率", "opt-out rate"), "share",
    Words("窗口内撤回同意的客户", "customers who took back a consent in the window"), "refused", better="less",
)  # fmt: skip


def measures(configuration: Configuration) -> Sequence[Measure]:
    """Those of which the workspace's events tell."""
    events = configuration.workspace.events
    roles = {event.policy for event in events.values()}
    found = [one for one in _POLICIES if ("renewed" if one.name == "renewal_rate" else "purchased") in roles]
    found += _MONEY
    return [*found, *([_COMPLAINTS] if COMPLAINT in events else []), *([_REFUSALS] if CONSENT in events else [])]

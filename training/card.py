"""The model card: what a model predicts, from what, how well, and where it ends; in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leads.configuration.objective import Objective
from leads.words.durations import format_duration
from models.manifest import Manifest, format_time
from training.fairness_words import described

_NAMES = {
    "auc": ("AUC", "AUC"),
    "average_precision": ("平均精确率", "average precision"),
    "lift_at_10pct": ("前 10% 提升倍数", "lift at 10%"),
    "baseline_auc": ("仅静态标签的 AUC", "AUC of static tags only"),
    "brier": ("Brier 分数", "Brier score"),
    "ece": ("校准误差", "calibration error"),
}

_PRODUCTS = {
    "none": ("按客户", "per customer"),
    "each": ("按客户与产品", "per customer and product"),
    "expiring": ("按最先到期的保单", "for the policy that expires next"),
}

_CENSORED = {
    False: ("期限未满的样本不参与训练", "rows whose horizon was not over were not learned from"),
    True: (
        "期限未满而结果已定的样本按逆删失概率加权参与训练，结果未定的不参与",
        "rows whose horizon was not over were learned from where their outcome was settled, weighted for those where "
        "it was not",
    ),
}
"""What became of rows whose horizon was not over, by whether the objective has `ends`."""


def card(objective: Objective, manifest: Manifest, importance: Sequence[tuple[str, float]]) -> str:
    """Markdown. importance: features with their gain, largest first."""
    window, metrics = manifest.data_window, manifest.metrics
    span = format_time(window.start), format_time(window.until)
    until = format_time(window.observed_until)
    days = format_duration(objective.horizon)
    zh, en = _PRODUCTS[objective.product]
    population = objective.population.sql if objective.population is not None else "—"
    top = "\n".join(f"{place}. `{name}`" for place, (name, _) in enumerate(importance[:10], start=1))
    rows, positives = metrics.get("rows"), metrics.get("positives")
    return f"""# {objective.label["zh"]} · {objective.label["en"]} ({objective.name} {manifest.version})

## 中文

- 预测：{zh}，预测时点之后 {days} 内发生 `{objective.target}` 的概率。
- 适用人群：`{population}`
- 数据：预测时点从 {span[0]} 到 {span[1]}，记录完整至 {until}；\
{_CENSORED[bool(objective.ends)][0]}。
- 评估：模型未见过的 {rows} 行，其中 {positives} 行成功；括号内为 95% 区间（按客户重抽样）。
{_gates(objective, metrics, "zh")}
{_table(metrics, 0)}
{_uplift(manifest, "zh")}\
{described(metrics.get("fairness", {}), "zh")}\
- 局限：概率来自历史做法下的结果，不是外呼的因果效果；政策、渠道或产品变化后需重新训练；人群之外的客户不评分。

作用最大的特征：

{top}

## English

- Predicts: {en}, the probability of `{objective.target}` within {days} after the moment of prediction.
- Population: `{population}`
- Data: moments from {span[0]} to {span[1]}, of a record complete up to {until}; \
{_CENSORED[bool(objective.ends)][1]}.
- Judged on {rows} rows the model had not seen, {positives} of them successes; 95% intervals in brackets, \
customers drawn with all their rows.
{_gates(objective, metrics, "en")}
{_table(metrics, 1)}
{_uplift(manifest, "en")}\
{described(metrics.get("fairness", {}), "en")}\
- Limits: probabilities reflect what happened under past practice, not the effect of a call; train again \
after changes of policy, channel or product; customers outside the population are not scored.

The features that matter most:

{top}
"""


def _gates(objective: Objective, metrics: Mapping[str, Any], language: str) -> str:
    """A line on how what ships is calibrated, and one on what had to be shown."""
    margin, most = f"{-objective.gate_margin:g}", f"{objective.gate_calibration:g}"
    asked = {
        "zh": (
            f"- 门槛：与冠军模型、与仅用静态标签的模型相比，AUC 之差的 95% 下限不低于 {margin}；"
            f"校准误差不超过 {most} 及基准率的一半。"
        ),
        "en": (
            f"- Gates: the gain in AUC over the champion, and over static tags only, is {margin} or more at the lower "
            f"end of its 95% interval; the calibration error is at most {most}, and half the base rate."
        ),
    }[language]
    return f"{_shipped(metrics.get('shipped_calibration') or {}, language)}\n{asked}\n"


def _shipped(found: Mapping[str, Any], language: str) -> str:
    """found: as `gates.shipped_calibration` has it; empty in bundles of before."""
    if found.get("error") is None:
        return {"zh": "- 上线校准器：样本太少，未能评估。", "en": "- The calibrator that ships: too few rows to tell."}[
            language
        ]
    error, bins, rows, people = f"{found['error']:.4f}", f"{found['ece']:.4f}", found["rows"], found["customers"]
    return {
        "zh": f"- 上线校准器：在其未见过的 {people} 位客户的 {rows} 行上，误差 {error}（已扣除偶然；十分箱 {bins}）。",
        "en": (
            f"- The calibrator that ships: off by {error} beyond chance ({bins} in ten bins), on {rows} rows of "
            f"{people} customers that it has not seen."
        ),
    }[language]


def _uplift(manifest: Manifest, language: str) -> str:
    """A line for each effect of contact, and one for what it takes."""
    head = {"zh": "触达效果", "en": "Effect of contact"}[language]
    colon = {"zh": "：", "en": ": "}[language]
    lines = [f"- {head} `{name}`{colon}{found['why'][language]}" for name, found in manifest.uplift.items()]
    if manifest.toll is not None:
        toll = {"zh": "触达消耗", "en": "What contact takes"}[language]
        lines.append(f"- {toll}{colon}{getattr(manifest.toll.why, language)}")
    return "".join(f"{line}\n" for line in lines)


def _table(metrics: Mapping[str, Any], language: int) -> str:
    head = ("| 指标 | 值 |", "| measure | value |")[language]
    lines = [head, "|---|---|"]
    for name, labels in _NAMES.items():
        value, bounds = metrics.get(name), metrics.get(f"{name}_interval")
        shown = "—" if value is None else f"{value:.4f}"
        lines.append(f"| {labels[language]} | {shown}{f' ({bounds[0]:.4f} – {bounds[1]:.4f})' if bounds else ''} |")
    return "\n".join(lines) + "\n"

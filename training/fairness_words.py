"""Fairness as the card says it, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NONE = {
    "zh": "公平性：工作区未声明受保护标签（`fairness`），未按群体检查。",
    "en": "Fairness: the workspace declares no protected tags (`fairness`), so nothing was looked at by group.",
}
_HEAD = {
    "zh": "| 群体 | 客户 | 其中校准检验 | 预测均值 | 实际比率 | 差（区间） | 入选率 | 入选比（区间） |",
    "en": "| group | customers | of whom proven | said | found | gap (interval) | selected | ratio (interval) |",
}
_SMALL = {"zh": "（少于 {least} 人，不作判断）", "en": " (fewer than {least}: too small to be judged)"}
_FEATURE = {
    True: {"zh": "是模型的特征", "en": "a feature of the model"},
    False: {"zh": "不是模型的特征", "en": "not a feature of the model"},
}
_SAID = {
    "zh": "公平性：差为预测减实际，再减去其他群体的同一差值；入选指概率最高的前 {top:.0%}；"
    "入选比以入选率最高的群体为 1；区间在所有标签的各群体间联合为 95%，按客户重抽样。",
    "en": "Fairness: the gap is said less found, less the same of the others; selected are the first {top:.0%} by "
    "probability; the ratio is to the group selected most; "
    "intervals hold at 95% for all groups of all tags together, with customers resampled.",
}
_BOUND = {
    "calibration": {"zh": "差至多 {0:.3f}", "en": "gap at most {0:.3f}"},
    "selection": {"zh": "入选比至少 {0:.2f}", "en": "ratio at least {0:.2f}"},
}


def described(found: Mapping[str, Any], language: str) -> str:
    """Markdown: a table for each protected tag, or that none is declared."""
    if not found:
        return f"- {_NONE[language]}\n"
    top = next(iter(found.values()))["top"]
    return f"{_SAID[language].format(top=top)}\n\n" + "\n".join(_tag(part, language) for part in found.values())


def _tag(part: Mapping[str, Any], language: str) -> str:
    bounds = [words[language].format(part[name]) for name, words in _BOUND.items() if part[name] is not None]
    none = {"zh": "未设界限", "en": "no bounds"}[language]
    title = f"{part['label'][language]} · {_FEATURE[part['feature']][language]} · {' · '.join(bounds) or none}"
    lines = [_row(group, part["least"], language) for group in part["groups"].values()]
    return "\n".join([title, "", _HEAD[language], "|" + "---|" * 8, *lines]) + "\n"


def _row(group: Mapping[str, Any], least: int, language: str) -> str:
    small = _SMALL[language].format(least=least) if group["small"] else ""
    name = group["label"].get(language, group["label"]["en"])
    ratio = "—" if group["ratio"] is None else f"{group['ratio']:.2f}{_between(group['ratio_interval'], 2)}"
    said, rate = ("—" if group[key] is None else f"{group[key]:.4f}" for key in ("said", "found"))
    gap = "—" if group["gap"] is None else f"{group['gap']:+.4f}{_between(group['gap_interval'], 4)}"
    counts = f"{group['customers']:,} | {group['proven']:,}"
    return f"| {name}{small} | {counts} | {said} | {rate} | {gap} | {group['selected']:.3f} | {ratio} |"


def _between(bounds: list[float] | None, digits: int) -> str:
    return "" if bounds is None else f" ({bounds[0]:.{digits}f} – {bounds[1]:.{digits}f})"

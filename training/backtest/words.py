"""A backtest in words and tables, in Chinese and English: which ways to predict were compared, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leads.words.bilingual import Text
from training.backtest.figures import DEPTHS

METHODS: Mapping[str, Text] = {
    "model": {"zh": "本模型", "en": "the model"},
    "static_tags": {"zh": "仅静态标签", "en": "static tags only"},
    "constant": {"zh": "固定比率", "en": "constant rate"},
    "recency": {"zh": "按最近互动排序", "en": "last interaction first"},
    "logistic_regression": {"zh": "逻辑回归", "en": "logistic regression"},
    "default_lightgbm": {"zh": "默认参数 LightGBM", "en": "LightGBM as it comes"},
}

_STRONG = ("logistic_regression", "default_lightgbm", "static_tags", "recency", "constant")
"""Rivals, those first that are hardest to beat as a rule."""


def verdict(document: Mapping[str, Any]) -> Text:
    """What a manager needs to know of it."""
    overall = document["overall"]
    if overall["methods"]["model"]["auc"] is None:
        return {
            "zh": "所有结果相同，无法比较排序能力。",
            "en": "Every outcome is the same, so no way to rank can be told from another.",
        }
    places = len(document["windows"])
    zh, en = ("个时间窗", "windows in time") if document["in_time"] else ("个分组", "parts of the customers")
    captured = overall["methods"]["model"]["captured_at_10pct"]
    told = [_beaten(name, overall["gains"][name]) for name in _STRONG if name in overall["gains"]]
    return {
        "zh": f"在 {places} {zh}中，先联系概率最高的 10% 即可找到 {captured:.0%} 的成功。"
        + "".join(part["zh"] for part in told),
        "en": f"Over {places} {en}, the tenth with the highest probability holds {captured:.0%} of all successes. "
        + " ".join(part["en"] for part in told),
    }


def _beaten(name: str, gain: Mapping[str, Any]) -> Text:
    """The comparison with one rival: by how much, and whether that is beyond chance."""
    rival, (low, high) = METHODS[name], gain["auc_interval"]
    figures = f"AUC {gain['auc']:+.3f} ({low:+.3f} – {high:+.3f})"
    if low > 0:
        return {"zh": f"优于{rival['zh']}：{figures}。", "en": f"Better than {rival['en']}: {figures}."}
    if high < 0:
        return {"zh": f"不如{rival['zh']}：{figures}。", "en": f"Worse than {rival['en']}: {figures}."}
    return {
        "zh": f"与{rival['zh']}的差别在随机波动之内：{figures}。",
        "en": f"Not told from {rival['en']}: {figures}.",
    }


_HEADS = (
    "方法 method", "AUC", "平均精确率 average precision", "Brier", "校准误差 ECE",
    *(f"前 {depth}% 找到 found at {depth}%" for depth in DEPTHS), "前 10% 提升 lift", "前 10% 每次联系 value per call",
    "本模型领先 model ahead (AUC)",
)  # fmt: skip


def heads() -> Sequence[str]:
    """The columns of `rows`."""
    return _HEADS


def rows(found: Mapping[str, Any], currency: str) -> list[list[str]]:
    """A row for each method: its figures with their intervals, and by how much the model is ahead of it."""
    return [
        [
            f"{METHODS[name]['zh']} {METHODS[name]['en']}",
            *(_figure(item, key) for key in ("auc", "average_precision", "brier", "ece")),
            *(_share(item, f"captured_at_{depth}pct") for depth in DEPTHS),
            _plain(item.get("lift_at_10pct"), ".2f"),
            _money(item.get("value_per_call_at_10pct"), currency),
            _gain(found["gains"].get(name)),
        ]
        for name, item in found["methods"].items()
    ]


def markdown(document: Mapping[str, Any]) -> str:
    """The whole backtest as a page, Chinese and English side by side."""
    said, label = verdict(document), document["label"]
    lines = [f"# {label['zh']} · {label['en']} ({document['objective']})", "", said["zh"], "", said["en"], ""]
    lines += ["## 总体 · overall", "", *_table(document["overall"], document["currency"])]
    for window in document["windows"]:
        span = f"{window['from']:%Y-%m-%d} – {window['until']:%Y-%m-%d}"
        counts = f"{window['judged_rows']:,} 行 rows, {window['positives']:,} 成功 successes"
        title = f"## {window['window']} · {span} · {counts}"
        learned = f"学自 {window['learned_rows']:,} 行，至 {window['learned_until']:%Y-%m-%d} · learned from them"
        lines += ["", title, "", learned, "", *_table(window, document["currency"])]
    for group in document["groups"]:
        title = f"## {group['by']} = {group['group']} · {group['judged_rows']:,} 行 rows"
        lines += ["", title, "", *_table(group, document["currency"])]
    return "\n".join(lines) + "\n"


def _table(found: Mapping[str, Any], currency: str) -> list[str]:
    head = [f"| {' | '.join(_HEADS)} |", "|" + "---|" * len(_HEADS)]
    return [*head, *(f"| {' | '.join(row)} |" for row in rows(found, currency))]


def _plain(value: float | None, form: str) -> str:
    return "–" if value is None else f"{value:{form}}"


def _figure(item: Mapping[str, Any], name: str, form: str = ".3f") -> str:
    bounds = item.get(f"{name}_interval")
    text = _plain(item.get(name), form)
    return text if bounds is None else f"{text} ({bounds[0]:{form}} – {bounds[1]:{form}})"


def _share(item: Mapping[str, Any], name: str) -> str:
    return _figure(item, name, ".0%")


def _money(value: float | None, currency: str) -> str:
    return "–" if value is None else f"{value:,.2f} {currency}"


def _gain(gain: Mapping[str, Any] | None) -> str:
    return "" if gain is None else _figure(gain, "auc", "+.3f")

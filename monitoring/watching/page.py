"""The page of a look in Chinese and English: what is wrong with what comes in, what moved, how calibrated it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from features.configuration import Configuration
from leads.words.bilingual import Text
from monitoring.drift.column import MOVED_LIMIT, PSI_LIMIT
from monitoring.watching.chart import by_week, reliability

_STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; margin: 2rem auto; max-width: 64rem; color: #1c2733 }
h1 { font-size: 1.4rem } h2 { font-size: 1.15rem; margin-top: 2.2rem } h3 { font-size: 1rem } small { color: #5b6b7b }
table { border-collapse: collapse; width: 100% } td, th { padding: .25rem .6rem; text-align: left; vertical-align: top }
tr { border-bottom: 1px solid #e3e8ee } .n { text-align: right; font-variant-numeric: tabular-nums }
.drifted td { background: #fbe3de } .good { color: #2c6e49 } .bad { color: #a03018 }
svg { background: #f7f9fb; border: 1px solid #e3e8ee }
"""


def page(configuration: Configuration, found: Mapping[str, Any]) -> str:
    """One page over all objectives."""
    title = configuration.workspace.title
    sections = "".join(_objective(configuration, name, item) for name, item in found["objectives"].items())
    return f"""<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>{escape(title["en"])} · monitoring</title>
<style>{_STYLE}</style></head><body>
<h1>{escape(title["zh"])} · {escape(title["en"])} — 监控 Monitoring</h1>
<p><small>{escape(found["at"])} · 漂移 drift: PSI &gt; {PSI_LIMIT} 连续三个样本且概率随之移动
in three samples in a row, the score moving with it by {MOVED_LIMIT} standard deviations</small></p>
<h2>数据质量 Quality</h2>{_findings(found["quality"]["findings"])}{_skew(found["skew"])}
{sections}</body></html>
"""


def _findings(found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return '<p class="good">未发现异常 Nothing found wrong</p>'
    rows = "".join(
        f"<tr><td>{_two(one['text'])}</td><td>{_two(one['cause'])}</td><td>{_two(one['advice'])}</td>"
        f"<td>{escape(one['since'][:16])}</td></tr>"
        for one in found
    )
    return _table(("现象 seen", "可能原因 cause", "处理 what to do", "始于 since"), rows)


def _skew(found: Mapping[str, int]) -> str:
    if not found["compared"]:
        return ""
    many, wrong = found["compared"], found["differing"]
    return (
        f"<p><small>训练与线上一致性：从事件湖重算 {many} 个决策所用的特征，不一致 {wrong} 个 "
        f"training/serving: of {many} decisions whose features were worked out again from the record, "
        f"{wrong} differ by more than 1e-9</small></p>"
    )


def _objective(configuration: Configuration, name: str, item: Mapping[str, Any]) -> str:
    label = configuration.objective(name).label
    head = f"<h2>{_one(label)} <small>v{escape(item['version'])}</small></h2>"
    drifted = f"<p>{escape(item['skipped'])}</p>" if "skipped" in item else _drift(name, item["drift"])
    told = item["performance"]
    return head + drifted + _calibration(told["calibration"]) + _cohorts(told["cohorts"])


def _drift(name: str, found: Mapping[str, Any]) -> str:
    verdicts, over = len(found["drifted"]), sum(column["over"] for column in found["columns"])
    mark = "bad" if verdicts else "good"
    rows = "".join(_column(column) for column in found["columns"])
    told = (
        f"仅本样本超限、未定论 over the limit in the last sample alone or without effect: {over - verdicts}",
        f"在线行 live rows {found['rows']:,}（{found['since'][:10]} – {found['until'][:10]}）",
        f"参照行 reference {found['reference_rows']:,}",
        f'<a href="drift-{escape(name)}.html">详情 details</a>',
    )
    return f"""<h3>漂移 Drift</h3>
<p class="{mark}">漂移的列 drifted columns: <b>{verdicts} / {len(found["columns"])}</b>
<small>{" · ".join(told)}</small></p>
{_table(("列 column", "PSI", "概率移动 score moved", "变化 change"), rows)}
"""


def _column(column: Mapping[str, Any]) -> str:
    mark = ' class="drifted"' if column["drifted"] else ""
    index = " → ".join(f"{value:.2f}" for value in column["psi"])
    return (
        f'<tr{mark}><td>{_two(column["label"])}</td><td class="n">{index}</td>'
        f'<td class="n">{column["moved"][-1]:+.2f} σ</td><td>{_two(column["change"])}</td></tr>'
    )


def _calibration(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return ""
    return f"""<h3>校准 Calibration</h3>
<p><small>{_SOURCES[found["source"]]}: {found["rows"]:,} · 平均偏差 mean error {found["error"]:.4f}</small></p>
{reliability(found["bins"])}"""


_SOURCES = {"training": "训练时留出的行 rows kept back in training", "since": "训练之后的标签 labels since"}


_STATES = {
    "judged": "已成熟 judged", "early": "早期，按删失加权 early, weighted for censoring", "waiting": "等待 waiting",
}  # fmt: skip

_WEEKLY = (
    "周 week", "状态 state", "行 rows", "预计 expected rate", "实际 came true", "预计 expected AUC", "实际 AUC",
)  # fmt: skip


def _cohorts(found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return "<p><small>训练之后尚无可评的周 No week since training yet</small></p>"
    rows = "".join(_cohort(one) for one in found)
    charts = by_week(found, "rate") + by_week(found, "auc")
    return f"<h3>按周表现 Performance by week</h3>{charts}{_table(_WEEKLY, rows)}"


def _cohort(one: Mapping[str, Any]) -> str:
    came, expected = one["came_true"], one["expected"]
    rate = one["early_rate"] if came is None else came["rate"]
    cells = [
        _estimate(expected["rate"], "{:.2%}"), _estimate(rate, "{:.2%}"), _estimate(expected["auc"], "{:.3f}"),
        _estimate(None if came is None else came["auc"], "{:.3f}"),
    ]  # fmt: skip
    figures = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    week = f'<td>{one["begins"][:10]}</td><td>{_STATES[one["state"]]}</td><td class="n">{one["rows"]:,}</td>'
    return f"<tr>{week}{figures}</tr>"


def _table(headings: Sequence[str], rows: str) -> str:
    return f"<table><tr>{''.join(f'<th>{heading}</th>' for heading in headings)}</tr>{rows}</table>"


def _estimate(found: Mapping[str, Any] | None, form: str) -> str:
    if found is None:
        return "–"
    told = form.format(found["value"])
    if found["low"] is None or found["high"] is None:
        return told
    return f"{told} <small>({form.format(found['low'])} – {form.format(found['high'])})</small>"


def _one(label: Text) -> str:
    return escape(label["zh"] if label["zh"] == label["en"] else f"{label['zh']} · {label['en']}")


def _two(text: Text) -> str:
    if text["zh"] == text["en"]:
        return escape(text["zh"])
    return f"{escape(text['zh'])}<br><small>{escape(text['en'])}</small>"

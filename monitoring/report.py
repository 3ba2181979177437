"""The monitoring run of a home: drift of every model in use, and a page that says it in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from typing import Any

import numpy as np
import redis

from features.configuration import Configuration
from features.home import Home, write_json
from features.hot import HotFeatures
from leads.errors import InvalidInput, NotFound
from monitoring.drift import PSI_LIMIT, Drift, drift
from monitoring.live import live_features, live_rows, sample_ids
from serving.people.contacts import Contacts
from serving.scoring.models import Models

SAMPLE = 5_000
"""Customers looked at."""

Progress = Callable[[str], None]


def monitor(
    home: Home, models: Models, contacts: Contacts, client: redis.Redis, hot: HotFeatures, now: datetime, seed: int = 7,
    progress: Progress | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write drift reports under the home's `reports/` and return the findings by objective.

    Raises NotFound when no model is in use. An objective with too few live customers says so and has no report.
    """
    configuration, bundles = home.configuration, models.bundles
    if not bundles:
        raise NotFound("model", "champion", "train one with nextlead train")
    rng = np.random.default_rng(seed)
    sheet = live_features(client, hot, sample_ids(contacts, SAMPLE, rng), now)
    findings: dict[str, Any] = {}
    drifts: list[Drift] = []
    for name, bundle in bundles.items():
        if progress is not None:
            progress(name)
        objective = configuration.objective(name)
        try:
            found = drift(name, bundle, live_rows(configuration, objective, bundle, sheet), rng)
        except InvalidInput as refusal:
            findings[name] = {"version": bundle.manifest.version, "skipped": refusal.detail}
            continue
        html, document = found.save(home.reports)
        drifts.append(found)
        findings[name] = found.summary() | {"html": str(html), "json": str(document)}
    result = {"at": now.isoformat().replace("+00:00", "Z"), "objectives": findings}
    if drifts:
        write_json(home.reports / "drift.json", result)
        (home.reports / "index.html").write_text(_page(configuration, now, drifts), encoding="utf-8")
    return result


def _page(configuration: Configuration, now: datetime, drifts: Sequence[Drift]) -> str:
    """One page over all objectives: what moved, by how much, and where to look closer."""
    title = configuration.workspace.title
    sections = "".join(_section(configuration, found) for found in drifts)
    return f"""<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>{escape(title["en"])} · drift</title><style>
body {{ font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; margin: 2rem auto; max-width: 60rem; color: #1c2733 }}
h1 {{ font-size: 1.4rem }} h2 {{ font-size: 1.1rem; margin-top: 2rem }} small {{ color: #5b6b7b }}
table {{ border-collapse: collapse; width: 100% }} td, th {{ padding: .25rem .6rem; text-align: left }}
tr {{ border-bottom: 1px solid #e3e8ee }} .bar {{ background: #8fb4e8; height: .7rem; border-radius: 2px }}
.over .bar {{ background: #d9664f }} .number {{ text-align: right; font-variant-numeric: tabular-nums }}
</style></head><body>
<h1>{escape(title["zh"])} · {escape(title["en"])} — 漂移报告 Drift report</h1>
<p><small>{now:%Y-%m-%d %H:%M} UTC · PSI &gt; {PSI_LIMIT} 视为漂移 counts as drift</small></p>
{sections}</body></html>
"""


def _section(configuration: Configuration, found: Drift) -> str:
    label = configuration.objective(found.objective).label
    ranked = sorted(found.scores.items(), key=lambda item: -item[1])
    rows = "".join(_row(name, score) for name, score in ranked)
    state = f"{len(found.drifted)} / {len(found.scores)}"
    link = f'<a href="drift-{found.objective}.html">详情 details</a>'
    return f"""<h2>{escape(label["zh"])} · {escape(label["en"])} <small>v{escape(found.version)}</small></h2>
<p>漂移的列 drifted columns: <b>{state}</b> · 在线样本 live rows {found.rows:,}
 · 参照样本 reference {found.reference_rows:,} · {link}</p>
<table><tr><th>列 column</th><th></th><th class="number">PSI</th></tr>{rows}</table>
"""


def _row(name: str, score: float) -> str:
    width = min(score / (2 * PSI_LIMIT), 1) * 100
    over = ' class="over"' if score > PSI_LIMIT else ""
    bar = f'<div class="bar" style="width:{width:.0f}%"></div>'
    return f'<tr{over}><td>{escape(name)}</td><td style="width:50%">{bar}</td><td class="number">{score:.3f}</td></tr>'

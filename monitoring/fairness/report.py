"""The report of fairness: rates of offers, contacts and outcomes by the groups of protected tags, from the lake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from features.configuration import Configuration
from leads.configuration.protection import Protected
from leads.configuration.workspace import Tag
from leads.words.bilingual import Text, Words
from models.bundle import Bundle
from monitoring.fairness.answer import FairnessReport, GateAnswer, GroupAnswer, ProtectedAnswer
from monitoring.fairness.rates import Counted, rates
from monitoring.record.tables import Tables, moment
from monitoring.reports.answer import ReportName
from monitoring.reports.question import Question
from monitoring.reports.reports import Reports
from monitoring.reports.vocabulary import REACHED, by_role, contacts, listed
from serving.clock import written
from serving.scoring.models import Models
from training.fairness import fairness_checks

NAME, TITLE = "fairness", Words("公平性", "fairness")

FOUR_FIFTHS = 0.8
"""What a ratio is held against where no bound is declared (29 CFR 1607.4 D)."""

_MEASURES: Mapping[str, tuple[str, str, Words, Words]] = {
    "offered": ("decided", "offered", Words("获得推荐", "offered something"),
                Words("期间内有决策的客户中，有过可做动作的", "of customers decided on, with something to be done")),
    "contacted": ("known", "contacted", Words("被触达", "contacted"),
                  Words("已知客户中，期间内有过电话或消息的", "of customers known, with a call or a message")),
    "reached": ("called", "reached", Words("接通", "spoken with"),
                Words("被拨打的客户中有人接听的", "of customers called, spoken with")),
    "insured": ("known", "insured", Words("投保或续保", "insured or renewed"),
                Words("已知客户中，期间内投保或续保的", "of customers known, who bought or renewed")),
}  # fmt: skip
"""By name: of whom it is a part, who counts, what it is called and what it means."""

_NOTES = (
    Words("比率为该组的比例 ÷ 最高组的比例（不利影响比）；低于界限且区间也低于界限时为“低于”",
          "a ratio is the group's rate by that of the highest group (adverse impact); below: it and its interval are "
          "under the bound"),
    Words("群体之间需求可能不同：比率说明差异，不说明原因",
          "groups may differ in need: a ratio tells that there is a difference, and not why"),
)  # fmt: skip


def named(_: Configuration) -> ReportName:
    """As lists of reports have it."""
    return {"name": NAME, "title": TITLE.text(), "dimensions": []}


def fairness(reports: Reports, since: datetime | None = None, until: datetime | None = None) -> FairnessReport:
    """Of the last 30 days, unless another time is asked for. Raises InvalidInput for one that ends before it begins."""
    question = reports.question(since, until)
    return reports.read(question.until, lambda tables: made(tables, question))


def made(tables: Tables, question: Question) -> FairnessReport:
    configuration = tables.configuration
    protection, tags = configuration.workspace.protection, configuration.workspace.tags
    people = tables.frame(_people(tables, question, [one.tag for one in protection.protected]))
    used = Models(tables.home).bundles
    notes = [*_NOTES, *([] if protection.protected else [_UNDECLARED])]
    return {
        "name": NAME,
        "title": TITLE.text(),
        "since": written(question.since),
        "until": written(question.until),
        "workspace": configuration.workspace.digest,
        "measures": [
            {"name": name, "label": told[2].text(), "means": told[3].text()} for name, told in _MEASURES.items()
        ],
        "tags": [_protected(one, tags[one.tag], people, protection.least) for one in protection.protected],
        "gates": [_gate(configuration, name, bundle) for name, bundle in used.items()],
        "notes": [note.text() for note in notes],
    }  # fmt: skip


_UNDECLARED = Words(
    "工作区未声明受保护标签（fairness.protected）", "the workspace declares no protected tags (fairness)"
)


def _people(tables: Tables, question: Question, tags: Sequence[str]) -> str:
    """SQL of a row per customer known by the end: what they are, and what was done and came in the time."""
    configuration = tables.configuration
    until, told = moment(question.until), contacts(configuration)
    policies = by_role(configuration, "purchased", "renewed")
    columns = "".join(f', c."{tag}"' for tag in tags)
    return f"""
        WITH acts AS (
            SELECT customer_id, bool_or(type IN {listed(told)}) AS contacted,
                bool_or(type = 'call.completed') AS called, bool_or({REACHED}) AS reached,
                bool_or(type IN {listed(policies)}) AS insured
            FROM ({tables.events({*told, *policies}, question.since)}) WHERE time <= {until} GROUP BY customer_id
        ), decided AS (
            SELECT customer_id, bool_or(chosen > 0) AS offered
            FROM ({tables.decisions(question.since)}) WHERE time <= {until} GROUP BY customer_id
        )
        SELECT true AS known, coalesce(contacted, false) AS contacted, coalesce(called, false) AS called,
            coalesce(reached, false) AS reached, coalesce(insured, false) AS insured,
            decided.customer_id IS NOT NULL AS decided, coalesce(offered, false) AS offered{columns}
        FROM customers AS c LEFT JOIN acts USING (customer_id) LEFT JOIN decided USING (customer_id)
        WHERE c.since <= {until}
    """


def _protected(one: Protected, tag: Tag, people: pl.DataFrame, least: int) -> ProtectedAnswer:
    bound = FOUR_FIFTHS if one.selection is None else one.selection
    grouped = people.with_columns(group=one.groups(people[one.tag]))
    ordered = grouped.group_by("group").agg(pl.col(one.tag).min()).sort(one.tag, "group", nulls_last=True)
    names = ordered["group"].to_list()
    found = {
        measure: rates(measure, dict(_counted(grouped, of, true)), bound, least)
        for measure, (of, true, _, _) in _MEASURES.items()
    }
    groups: list[GroupAnswer] = [
        {"group": name, "label": _label(tag, name), "customers": int((grouped["group"] == name).sum()),
         "rates": [by_group[name] for by_group in found.values()]}
        for name in names
    ]  # fmt: skip
    return {"tag": one.tag, "label": tag.label, "bound": bound, "declared": one.selection is not None, "groups": groups}


def _counted(grouped: pl.DataFrame, of: str, true: str) -> Iterator[tuple[str, Counted]]:
    counted = grouped.group_by("group").agg(
        pl.col(of).sum().alias("of"), (pl.col(of) & pl.col(true)).sum().alias("true")
    )
    for group, whole, part in counted.select("group", "of", "true").iter_rows():
        yield group, Counted(int(whole), int(part))


def _label(tag: Tag, group: str) -> Text:
    if group == "unknown":
        return {"zh": "未知", "en": "not known"}
    return tag.value_labels.get(group, {"zh": group, "en": group})


def _gate(configuration: Configuration, name: str, bundle: Bundle) -> GateAnswer:
    told: Mapping[str, Any] = bundle.manifest.metrics.get("fairness") or {}
    return {
        "objective": name,
        "label": configuration.objective(name).label,
        "version": bundle.manifest.version,
        "reads": [tag for tag, found in told.items() if found["feature"]],
        "checks": [
            {"check": check.name, "passed": check.passed, "value": check.value, "bound": check.bound,
             "note": check.note}
            for check in fairness_checks(dict(told))
        ],
    }  # fmt: skip

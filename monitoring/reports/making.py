"""A report made: its figures by dimension, and the customers behind one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from features.configuration import Configuration
from leads.errors import InvalidInput
from leads.words.bilingual import Text, Words
from monitoring.record.tables import Tables, quoted
from monitoring.reports.answer import BehindFigure, BusinessReport, Interval, ReportColumn, ReportDimension, ReportRow
from monitoring.reports.figure import Definition, Dimension, Figure
from monitoring.reports.question import Question
from monitoring.statistics.intervals import wilson
from serving.clock import written

UNKNOWN: Text = {"zh": "未知", "en": "not known"}
ALL: Text = {"zh": "合计", "en": "all"}

_MOST = 500
"""Rows of a report; more values of a dimension are left out, and it is said how many."""


def made(definition: Definition, question: Question, tables: Tables) -> BusinessReport:
    """The report. Raises InvalidInput for a dimension or a filter that it does not have."""
    dimension = _dimension(definition, question, tables.configuration)
    figures = definition.figures(tables.configuration)
    found = _asked(definition, question, tables, dimension, figures)
    labels = dimension.labels(tables.configuration)
    rows = [_row(figures, row, labels.get(row["key"])) for row in found if not row["is_total"]]
    total = next(row for row in found if row["is_total"])
    return {
        "name": definition.name,
        "title": definition.title.text(),
        "since": written(question.since),
        "until": written(question.until),
        "currency": tables.configuration.workspace.currency,
        "by": dimension.name,
        "dimensions": dimensions(definition, tables.configuration),
        "filters": dict(question.filters),
        "columns": [_column(figure) for figure in figures],
        "rows": rows[:_MOST],
        "total": _row(figures, total, ALL),
        "notes": [note.text() for note in _notes(definition, tables.configuration, len(rows))],
    }


def behind(
    definition: Definition, question: Question, tables: Tables, figure: str, key: str | None, limit: int
) -> BehindFigure:
    """The customers behind a figure of the row with this key, of the total where it is None; `limit` by name.

    Raises InvalidInput for a figure that the report does not have.
    """
    figures = {found.name: found for found in definition.figures(tables.configuration)}
    if figure not in figures:
        raise InvalidInput("figure", figure, f"one of {', '.join(figures)}")
    dimension = _dimension(definition, question, tables.configuration)
    condition = figures[figure].behind
    if key is not None:
        condition = f"({condition}) AND {dimension.name} IS NOT DISTINCT FROM {quoted(key) if key else 'NULL'}"
    facts = _facts(definition, question, tables)
    found = tables.frame(f"SELECT DISTINCT customer_id FROM ({facts}) WHERE {condition} ORDER BY customer_id")
    names = found["customer_id"]
    return {
        "report": definition.name,
        "figure": figure,
        "key": key,
        "customers": len(names),
        "customer_ids": names.head(limit).to_list(),
    }


def dimensions(definition: Definition, configuration: Configuration) -> list[ReportDimension]:
    """By what it can be told."""
    return [{"name": found.name, "label": found.label.text()} for found in definition.dimensions(configuration)]


def _dimension(definition: Definition, question: Question, configuration: Configuration) -> Dimension:
    named = {dimension.name: dimension for dimension in definition.dimensions(configuration)}
    return named[question.dimension(list(named))]


def _facts(definition: Definition, question: Question, tables: Tables) -> str:
    question.check_filters(definition.filters)
    conditions = [f"{name} = {quoted(value)}" for name, value in question.filters.items()]
    facts = definition.facts(tables, question)
    return f"SELECT * FROM ({facts}) WHERE {' AND '.join(conditions)}" if conditions else facts


def _asked(
    definition: Definition, question: Question, tables: Tables, dimension: Dimension, figures: Sequence[Figure]
) -> list[dict[str, Any]]:
    """A row per value of the dimension, the largest first, and one of all: `key, is_total` and of each figure what it
    is (`v0`) and of how many (`n0`).
    """
    columns = ", ".join(
        f"{value} AS v{place}, {of} AS n{place}" for place, figure in enumerate(figures) for value, of in [figure.parts]
    )
    facts, by = _facts(definition, question, tables), dimension.name
    sql = f"""
        WITH facts AS ({facts})
        SELECT {by} AS key, grouping({by}) = 1 AS is_total, {columns}, count(*) AS facts
        FROM facts GROUP BY GROUPING SETS (({by}), ()) ORDER BY is_total, facts DESC, key NULLS LAST
    """
    return tables.frame(sql).to_dicts()


def _row(figures: Sequence[Figure], row: Mapping[str, Any], label: Text | None) -> ReportRow:
    key = None if row["is_total"] else row["key"]
    named: Text = UNKNOWN if key is None else {"zh": str(key), "en": str(key)}
    values: dict[str, float | None] = {}
    intervals: dict[str, Interval] = {}
    for place, figure in enumerate(figures):
        value, of = row[f"v{place}"], int(row[f"n{place}"])
        if figure.among is None:
            values[figure.name] = None if value is None else float(value)
        else:
            values[figure.name] = float(value) / of if of else None
            if of:
                low, high = wilson(float(value), of)
                intervals[figure.name] = {"low": low, "high": high}
    return {"key": key, "label": label or named, "figures": values, "intervals": intervals}


def _column(figure: Figure) -> ReportColumn:
    return {
        "name": figure.name,
        "label": figure.label.text(),
        "kind": figure.kind,
        "means": figure.means.text(),
    }


def _notes(definition: Definition, configuration: Configuration, rows: int) -> list[Words]:
    notes = list(definition.notes(configuration))
    if rows > _MOST:
        notes.append(Words(f"另有 {rows - _MOST} 行未列出", f"{rows - _MOST} more rows are left out"))
    return notes

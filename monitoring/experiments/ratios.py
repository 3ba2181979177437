"""The sample-ratio check: whether arms are as large as the lot makes them, and what is likely behind it if not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from leads.words.bilingual import Words
from monitoring.experiments.answer import RatioAnswer
from monitoring.experiments.declared import Declared
from monitoring.record.tables import Tables, moment, quoted
from monitoring.statistics.sample_ratio import evidence_against

LIMIT = 100.0
"""Evidence from which on arms are not what the lot makes: in one case of a hundred, however often it is looked at."""

_OTHERWISE = 0.01
"""Share of decisions made in another arm than the lot's, from which on that is the cause."""

_PARTS: Mapping[str, Words] = {
    "month": Words("月份", "the month"), "segment": Words("分组", "the group"),
    "catalogue": Words("动作目录版本", "the version of actions"),
}  # fmt: skip


@dataclass(frozen=True)
class _Counted:
    counts: Mapping[str, int]
    expected: Mapping[str, float]

    @property
    def evidence(self) -> float:
        whole = sum(self.expected.values())
        if not whole or len(self.counts) < 2:
            return 0.0
        return evidence_against(
            [self.counts[arm] for arm in self.expected], [part / whole for part in self.expected.values()]
        )


def ratios(tables: Tables, declared: Declared, rows: pl.DataFrame) -> list[RatioAnswer]:
    """Of everybody who takes part, and of whom decisions were recorded for when somebody asked what to do next.

    rows: `customer_id, month, arm, begins, segment` of those who take part.
    """
    everybody = _counted(declared, rows)
    told = _decided(tables, declared, rows)
    asked = _counted(declared, told)
    return [
        _answer("customers", Words("参与的客户", "customers who take part"), everybody,
                lambda: _where(declared, rows, ("month", "segment")) or _GONE),
        _answer("decisions", Words("留有决策记录的客户", "customers with recorded decisions"), asked,
                lambda: _why(declared, told)),
    ]  # fmt: skip


def _answer(of: str, label: Words, found: _Counted, cause: object) -> RatioAnswer:
    evidence = found.evidence
    right = evidence < LIMIT
    return {
        "of": "customers" if of == "customers" else "decisions",
        "label": label.text(),
        "counts": dict(found.counts),
        "expected": {arm: round(count, 1) for arm, count in found.expected.items()},
        "evidence": float(f"{evidence:.4g}"),
        "right": right,
        "cause": None if right else cause().text(),  # type: ignore[operator]
    }


def _counted(declared: Declared, rows: pl.DataFrame) -> _Counted:
    """By arm how many there are, and how many the lot makes of as many in each month."""
    by_month = {month.name: month.spans() for month in declared.months}
    many = dict(rows.group_by("month").len().iter_rows())
    counts, expected = dict.fromkeys(declared.arms, 0), dict.fromkeys(declared.arms, 0.0)
    for arm, count in rows.group_by("arm").len().iter_rows():
        counts[arm] = counts.get(arm, 0) + count
    for name, count in many.items():
        spans = by_month[name]
        whole = sum(high - low for low, high in spans.values())
        for arm, (low, high) in spans.items():
            expected[arm] += count * (high - low) / whole
    there = [arm for arm in declared.arms if expected[arm] > 0]
    return _Counted({arm: counts[arm] for arm in there}, {arm: expected[arm] for arm in there})


def _decided(tables: Tables, declared: Declared, rows: pl.DataFrame) -> pl.DataFrame:
    """A row per customer and month with a next action that was asked for: as `rows`, `arm` as the ledger has it first,
    `lot` as it should be, and `catalogue`.
    """
    if rows.is_empty():
        return rows.with_columns(lot="arm", catalogue=pl.lit(""), kind=pl.lit(""))
    zone = quoted(tables.configuration.workspace.timezone)
    since = min(month.begins for month in declared.months)
    found = tables.frame(f"""
        SELECT customer_id, month, arg_min(arm, time) AS told, arg_min(catalogue, time) AS catalogue,
            arg_min(kind, time) AS kind
        FROM (
            SELECT customer_id, time, strftime(time AT TIME ZONE {zone}, '%Y-%m') AS month, arm, catalogue, kind
            FROM ({tables.decisions()}) WHERE time >= {moment(since)}
        ) WHERE kind = 'next-action' GROUP BY ALL
    """)
    joined = rows.select("customer_id", "month", "begins", "segment", lot="arm").join(
        found, on=["customer_id", "month"]
    )
    return joined.rename({"told": "arm"})


_GONE = Words(
    "某一组的客户从记录中消失（删除、合并或导入时被过滤）",
    "customers of an arm are gone from the record: erased, merged, or left out of an import",
)


def _why(declared: Declared, told: pl.DataFrame) -> Words:
    other = told.filter(pl.col("arm") != pl.col("lot"))
    if len(other) > _OTHERWISE * len(told):
        share = len(other) / len(told)
        return Words(f"{share:.0%} 的决策记录的实验组与抽签不符：客户编号改变，或由另一份配置决策",
                     f"{share:.0%} of decisions tell another arm than the lot: ids changed since, or another "
                     "configuration decided")  # fmt: skip
    return _where(declared, told, ("month", "catalogue", "segment")) or Words(
        "请求方按实验组挑选了客户，或部分决策未记录",
        "who asks chooses by arm, or decisions of an arm are not recorded",
    )


def _where(declared: Declared, rows: pl.DataFrame, parts: Sequence[str]) -> Words | None:
    """The part that is wrong where all others are right."""
    found: list[tuple[float, str, str]] = []
    for part in parts:
        values = rows[part].drop_nulls().unique().to_list()
        evidence = {value: _counted(declared, rows.filter(pl.col(part) == value)).evidence for value in values}
        wrong = [value for value, against in evidence.items() if against >= LIMIT]
        rest = _counted(declared, rows.filter(~pl.col(part).is_in(wrong)))
        if wrong and len(wrong) <= max(1, len(values) // 3) and len(values) > 1 and rest.evidence < LIMIT:
            found.append((max(evidence[value] for value in wrong), part, "、".join(map(str, wrong))))
    if not found:
        return None
    _, part, value = max(found)
    return Words(f"只在{_PARTS[part].zh} {value} 中失衡：核对那里的导入与记录",
                 f"only for {_PARTS[part].en} {value}: look at what was imported and recorded there")  # fmt: skip

"""The report of experiments: arms, whether the lot was kept to, each against the other, and the headline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from features.configuration import Configuration
from leads.actions.learning import CONTROL, TREATMENT
from leads.errors import InvalidInput
from leads.words.bilingual import Text, Words
from monitoring.experiments.answer import ArmAnswer, ExperimentsReport
from monitoring.experiments.comparing import Matured, compared, matured
from monitoring.experiments.declared import Declared, declared
from monitoring.experiments.enrolment import enrolled
from monitoring.experiments.headline import headline
from monitoring.experiments.measures import measures
from monitoring.experiments.outcomes import outcomes
from monitoring.experiments.ratios import ratios
from monitoring.record.tables import Tables
from monitoring.reports.answer import ReportDimension, ReportName
from monitoring.reports.figure import Dimension
from monitoring.reports.portrait import tag_dimensions
from monitoring.reports.reports import Reports
from serving.clock import written

NAME, TITLE = "experiments", Words("实验", "experiments")

_STANDING = Dimension(
    "standing", Words("客户类型", "standing"),
    lambda _: {"true": {"zh": "有过保单", "en": "had a policy"}, "false": {"zh": "从未投保", "en": "never insured"}},
)  # fmt: skip

_NOTES = (
    Words("按抽签分组、全部客户计入（意向性分析）；只统计窗口已满的客户",
          "by lot, everybody counts whether contacted or not (intention to treat); only of whom the window is over"),
    Words("区间可随时、反复查看（渐近置信序列，Waudby-Smith 等，2024）；各指标分别为 95%，分组合计为 95%",
          "intervals hold however often they are looked at (asymptotic confidence sequences, Waudby-Smith et al. "
          "2024); each measure at 95%, segments together at 95%"),
)  # fmt: skip


def named(configuration: Configuration) -> ReportName:
    """As lists of reports have it."""
    return {"name": NAME, "title": TITLE.text(), "dimensions": dimensions(configuration)}


def experiments(
    reports: Reports, since: datetime | None = None, until: datetime | None = None, by: str | None = None,
    region: str | None = None,
) -> ExperimentsReport:  # fmt: skip
    """What arms change, from what was recorded. since: of decisions from then on; intervals hold at any time as long as
    it stays the same. by: the dimension of segments. Raises InvalidInput for one that there is not.
    """
    end = reports.until(until)
    if since is not None and since >= end:
        raise InvalidInput("since", since.isoformat(), f"before {end.isoformat()}")
    return reports.read(end, lambda tables: made(tables, since, by, region))


def made(tables: Tables, since: datetime | None, by: str | None, region: str | None) -> ExperimentsReport:
    """Of the record as it was known at the tables' time."""
    configuration = tables.configuration
    dimension = _dimension(configuration, by)
    arms = declared(tables, since)
    window = configuration.catalogue.experiments.learning.attribution
    rows = outcomes(tables, enrolled(tables, arms), window, _segment(dimension))
    rows = _standing(rows, dimension)
    if region is not None:
        rows = rows.join(_of_region(tables, region), on="customer_id", how="semi", maintain_order="left")
    found = matured(rows, window, _grace(configuration), tables.until)
    labels = dimension.labels(configuration)
    pairs = list(_pairs(arms.arms))
    wanted = measures(configuration)
    comparisons = [compared(found, arm, base, wanted, dimension.name, labels) for arm, base in pairs]
    begun = min((month.begins for month in arms.months), default=None)
    return {
        "name": NAME,
        "title": TITLE.text(),
        "since": written(begun or tables.until),
        "until": written(tables.until),
        "currency": configuration.workspace.currency,
        "window_days": window / timedelta(days=1),
        "by": dimension.name,
        "dimensions": dimensions(configuration),
        "filters": {} if region is None else {"region": region},
        "arms": [_arm(arms, found, arm) for arm in arms.arms],
        "sample_ratio": ratios(tables, arms, rows) if arms.months else [],
        "comparisons": comparisons,
        "headline": headline(tables, found, comparisons, begun),
        "notes": [note.text() for note in _notes(arms, found)],
    }


def dimensions(configuration: Configuration) -> list[ReportDimension]:
    return [{"name": one.name, "label": one.label.text()} for one in _dimensions(configuration)]


def _dimensions(configuration: Configuration) -> Sequence[Dimension]:
    return [*tag_dimensions(configuration), _STANDING]


def _dimension(configuration: Configuration, by: str | None) -> Dimension:
    named_ones = {one.name: one for one in _dimensions(configuration)}
    if by is not None and by not in named_ones:
        raise InvalidInput("by", by, f"one of {', '.join(named_ones)}")
    return named_ones[by or next(iter(named_ones))]


def _segment(dimension: Dimension) -> str:
    return "NULL" if dimension is _STANDING else f'c."{dimension.name}"'


def _standing(rows: pl.DataFrame, dimension: Dimension) -> pl.DataFrame:
    if dimension is not _STANDING:
        return rows
    return rows.with_columns(segment=pl.when("insured").then(pl.lit("true")).otherwise(pl.lit("false")))


def _of_region(tables: Tables, region: str) -> pl.DataFrame:
    tag = tables.configuration.workspace.region_tag
    if tag is None:
        raise InvalidInput("region", region, "absent: the workspace names no region_tag")
    found = tables.frame(f'SELECT customer_id, CAST("{tag}" AS VARCHAR) AS region FROM customers')
    return found.filter(pl.col("region") == region)


def _grace(configuration: Configuration) -> timedelta:
    return max((product.grace for product in configuration.workspace.products.values()), default=timedelta())


def _pairs(arms: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each arm against control and treatment, and those beside against each other."""
    for place, base in enumerate(arms):
        for arm in arms[place + 1 :]:
            yield arm, base


def _arm(arms: Declared, found: Matured, arm: str) -> ArmAnswer:
    mine = found.rows.filter(pl.col("arm") == arm)
    over = mine.filter(pl.col("begins") <= found.over)
    low, high = next((m.spans()[arm] for m in reversed(arms.months) if arm in m.spans()), (0.0, 0.0))
    contacted = float((over["contacts"] > 0).mean()) if len(over) else None  # type: ignore[arg-type]
    return {
        "arm": arm, "label": _LABELS.get(arm, {"zh": arm, "en": arm}), "share": round(high - low, 6),
        "customers": len(over), "waiting": len(mine) - len(over), "contacted": contacted,
    }  # fmt: skip


_LABELS: Mapping[str, Text] = {
    CONTROL: {"zh": "对照组", "en": "control"}, TREATMENT: {"zh": "常规", "en": "treatment"},
}  # fmt: skip


def _notes(arms: Declared, found: Matured) -> list[Words]:
    notes = list(_NOTES)
    first = found.rows["begins"].min()
    if isinstance(first, datetime) and first > found.over:
        day = f"{first + (found.until - found.over):%Y-%m-%d}"
        notes.append(Words(f"首批窗口于 {day} 届满", f"the first windows are over on {day}"))
    if not arms.months:
        notes.append(Words("没有实验：尚无决策，或未声明 control_share 与 arms（actions.yaml）",
                           "there is no experiment: nothing was decided yet, or actions.yaml declares neither "
                           "control_share nor arms"))  # fmt: skip
    if arms.forgotten:
        notes.append(Words(f"{arms.forgotten} 个决策的目录版本未保留，未用于确定分组",
                           f"{arms.forgotten} decisions name a catalogue that was not kept"))  # fmt: skip
    return notes

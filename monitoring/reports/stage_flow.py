"""Stage flows: where customers stood when the time began, and where they stand when it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.configuration import Configuration
from leads.words.bilingual import Text, Words
from monitoring.population.stages import stages_at
from monitoring.record.tables import Tables, moment, quoted
from monitoring.reports.figure import Definition, Dimension, Figure, always, count, share
from monitoring.reports.question import Question
from monitoring.reports.vocabulary import CALLED, CHANNEL, PRODUCT, REGION, TEAM, region, source_channel

NEW = "new"
"""Where somebody stood who was not known yet."""

ARROW = "→"

_NEW: Text = {"zh": "尚未出现", "en": "not known yet"}


def _stages(configuration: Configuration) -> Mapping[str, Text]:
    return {stage.name: stage.label for stage in configuration.workspace.lifecycle.stages}


def _befores(configuration: Configuration) -> Mapping[str, Text]:
    return {NEW: _NEW, **_stages(configuration)}


def _flows(configuration: Configuration) -> Mapping[str, Text]:
    """`silent→potential` and so on."""
    return {
        f"{name}{ARROW}{other}": {"zh": f"{old['zh']} {ARROW} {new['zh']}", "en": f"{old['en']} {ARROW} {new['en']}"}
        for name, old in _befores(configuration).items()
        for other, new in _stages(configuration).items()
    }


BEFORE = Dimension("before", Words("期初阶段", "stage at first"), _befores)
AFTER = Dimension("after", Words("期末阶段", "stage at last"), _stages)
FLOW = Dimension("flow", Words("阶段流转", "from and to"), _flows)


def _figures(configuration: Configuration) -> Sequence[Figure]:
    """One of each stage beside those of all, so that told by `before` it is the whole table of flows."""
    return (
        count("customers", "客户", "customers", "true", ("期末已知客户", "customers known at the end")),
        share("moved", "阶段变动", "changed stage", "before <> after", f"before <> '{NEW}'",
              ("期初已知的客户中，阶段已不同的", "of those known at the beginning, in another stage now")),
        *(
            count(f"to_{name}", f"{ARROW} {label['zh']}", f"{ARROW} {label['en']}", f"after = {quoted(name)}",
                  (f"期末处于“{label['zh']}”", f"{label['en']} at the end"))
            for name, label in _stages(configuration).items()
        ),
    )  # fmt: skip


def _facts(tables: Tables, question: Question) -> str:
    """A row per customer known at the end. Their team is that of the last agent who called them by then, their product
    that of the last event that names one.
    """
    configuration = tables.configuration
    until, every = moment(question.until), tables.events(configuration.workspace.events)
    for name, found in zip(("stood", "stands"), stages_at(tables.home, (question.since, question.until)), strict=True):
        tables.connection.register(name, found.to_arrow())
    return f"""
        WITH called AS (
            SELECT customer_id, arg_max(agent_id, time) AS agent
            FROM ({tables.events([CALLED])}) WHERE agent_id IS NOT NULL AND time <= {until} GROUP BY ALL
        ), named AS (
            SELECT customer_id, arg_max(product, time) AS product
            FROM ({every}) WHERE product IS NOT NULL AND time <= {until} GROUP BY ALL
        )
        SELECT customer_id, coalesce(stood.stage, '{NEW}') AS before, stands.stage AS after,
            before || '{ARROW}' || after AS flow, team, product, {region(configuration)} AS region,
            {source_channel(configuration)} AS channel
        FROM stands LEFT JOIN stood USING (customer_id) LEFT JOIN called USING (customer_id)
            LEFT JOIN agents USING (agent) LEFT JOIN named USING (customer_id)
            LEFT JOIN customers AS c USING (customer_id)
    """


def _notes(configuration: Configuration) -> Sequence[Words]:
    if configuration.workspace.lifecycle.stages:
        return ()
    return (Words("工作区未声明生命周期（lifecycle）", "the workspace declares no life cycle (lifecycle)"),)


STAGE_FLOW = Definition(
    "stage_flow", Words("阶段流转", "stage flows"), always(BEFORE, AFTER, FLOW, REGION, TEAM, PRODUCT, CHANNEL),
    _figures, _facts, ("region", "team", "product"), _notes,
)  # fmt: skip

"""The customer portrait: who the customers are by a tag, what they hold and how they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.configuration import Configuration
from leads.configuration.workspace import Tag
from leads.words.bilingual import Text, Words
from monitoring.record.tables import Tables, moment
from monitoring.reports.figure import Definition, Dimension, Figure, count, share, total
from monitoring.reports.question import Question
from monitoring.reports.vocabulary import CALLED, REACHED, by_role, contacts, listed, region

_FIGURES = (
    count("customers", "客户", "customers", "true", ("已知客户", "customers known")),
    count("new", "新客户", "new customers", "new", ("期间内首次出现", "first known in the time")),
    share("insured", "在保", "insured", "insured", "true", ("期末持有有效保单", "with a policy in force at the end")),
    total("premium", "在保保费", "premium in force", "money", "premium",
          ("期末有效保单的保费", "of policies in force at the end")),
    share("contacted", "有触达", "contacted", "contacted", "true",
          ("期间内有过电话或消息", "a call or a message in the time")),
    share("answered", "接通", "answered", "answered", "called",
          ("被拨打者中有人接听的", "of those called, spoken with")),
    share("bought", "投保", "bought", "bought", "true", ("期间内新投保", "a new policy in the time")),
    share("renewed", "续保", "renewed", "renewed", "true", ("期间内续保", "renewed a policy in the time")),
)  # fmt: skip

_BOOLEAN: Mapping[str, Text] = {"true": {"zh": "是", "en": "yes"}, "false": {"zh": "否", "en": "no"}}


def _figures(_: Configuration) -> Sequence[Figure]:
    return _FIGURES


def _tags(configuration: Configuration) -> list[Tag]:
    """What people can be told by: the tags of few values, that of the region first."""
    found = [tag for tag in configuration.workspace.tags.values() if tag.type in ("category", "boolean")]
    return sorted(found, key=lambda tag: tag.name != configuration.workspace.region_tag)


def tag_dimensions(configuration: Configuration) -> Sequence[Dimension]:
    """The tags of few values by which people can be told, that of the region first."""
    return [Dimension(tag.name, Words(**tag.label), _labels(tag)) for tag in _tags(configuration)]


def _dimensions(configuration: Configuration) -> Sequence[Dimension]:
    return tag_dimensions(configuration) or [Dimension("everybody", Words("全部", "everybody"))]


def _labels(tag: Tag):  # type: ignore[no-untyped-def]
    return lambda _: _BOOLEAN if tag.type == "boolean" else tag.value_labels


def _facts(tables: Tables, question: Question) -> str:
    """A row per customer known by the end of the time."""
    configuration = tables.configuration
    held, told = by_role(configuration, "purchased", "renewed"), contacts(configuration)
    bought, renewed = by_role(configuration, "purchased"), by_role(configuration, "renewed")
    since, until = moment(question.since), moment(question.until)
    tags = [f'CAST(c."{tag.name}" AS VARCHAR) AS "{tag.name}"' for tag in _tags(configuration)]
    return f"""
        WITH held AS (
            SELECT customer_id, product, arg_max(expires_at, time) AS ends, arg_max(premium, time) AS paid
            FROM ({tables.events(held)}) WHERE time <= {until} GROUP BY ALL
        ), books AS (
            SELECT customer_id, sum(paid) AS premium FROM held WHERE ends > {until} GROUP BY ALL
        ), acts AS (
            SELECT customer_id, bool_or(type IN {listed(told)}) AS contacted, bool_or(type = '{CALLED}') AS called,
                bool_or({REACHED}) AS answered, bool_or(type IN {listed(bought)}) AS bought,
                bool_or(type IN {listed(renewed)}) AS renewed
            FROM ({tables.events({*told, *held}, question.since)}) WHERE time <= {until} GROUP BY ALL
        )
        SELECT {", ".join([*tags, "c.customer_id"])}, 'all' AS everybody, {region(configuration)} AS region,
            c.since > {since} AS new, books.customer_id IS NOT NULL AS insured, premium, contacted, called, answered,
            bought, renewed
        FROM customers AS c LEFT JOIN books USING (customer_id) LEFT JOIN acts USING (customer_id)
        WHERE c.since <= {until}
    """


PORTRAIT = Definition(
    "portrait", Words("客户画像", "customer portrait"), _dimensions, _figures, _facts, ("region",)
)  # fmt: skip

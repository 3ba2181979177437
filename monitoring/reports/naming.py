"""What parts of a report are called: the values that it can be limited to, and one number of it."""

from __future__ import annotations

from collections.abc import Mapping

from features.configuration import Configuration
from leads.errors import InvalidInput
from leads.words.bilingual import Text
from monitoring.reports.catalogue import report_named
from monitoring.reports.figure import Dimension
from monitoring.reports.making import ALL, UNKNOWN
from monitoring.reports.vocabulary import PRODUCT, REGION, TEAM

_LIMITS: Mapping[str, Dimension] = {dimension.name: dimension for dimension in (REGION, TEAM, PRODUCT)}


def limits(configuration: Configuration, name: str) -> list[tuple[str, Text, Mapping[str, Text]]]:
    """What a report can be limited to: by name the label, and those of its values; without what has no values here.

    Raises NotFound for a report that there is not.
    """
    found = [_LIMITS[each] for each in report_named(name).filters]
    told = [(each.name, each.label.text(), each.labels(configuration)) for each in found]
    return [each for each in told if each[2]]


def named_figure(
    configuration: Configuration, name: str, by: str | None, figure: str, key: str | None
) -> tuple[Text, Text, Text]:
    """The report, the figure, and the row with this key, as people call them; the total where it is None.

    Raises NotFound for a report, and InvalidInput for a figure or a dimension, that there is not.
    """
    definition = report_named(name)
    figures = {each.name: each.label for each in definition.figures(configuration)}
    if figure not in figures:
        raise InvalidInput("figure", figure, f"one of {', '.join(figures)}")
    dimensions = {each.name: each for each in definition.dimensions(configuration)}
    if by is not None and by not in dimensions:
        raise InvalidInput("by", by, f"one of {', '.join(dimensions)}")
    dimension = next(iter(dimensions.values())) if by is None else dimensions[by]
    return definition.title.text(), figures[figure].text(), _row(dimension.labels(configuration), key)


def _row(labels: Mapping[str, Text], key: str | None) -> Text:
    if key is None:
        return ALL
    return labels.get(key, {"zh": key, "en": key}) if key else UNKNOWN

"""The reports there are."""

from __future__ import annotations

from collections.abc import Mapping

from features.configuration import Configuration
from leads.errors import NotFound
from monitoring.reports.answer import BusinessReports
from monitoring.reports.figure import Definition
from monitoring.reports.follow_up import FOLLOW_UP
from monitoring.reports.funnel import FUNNEL
from monitoring.reports.gmv import GMV
from monitoring.reports.making import dimensions
from monitoring.reports.portrait import PORTRAIT
from monitoring.reports.results import RESULTS
from monitoring.reports.stage_flow import STAGE_FLOW
from monitoring.reports.untouched import UNTOUCHED

REPORTS: Mapping[str, Definition] = {
    definition.name: definition for definition in (FUNNEL, RESULTS, FOLLOW_UP, STAGE_FLOW, GMV, PORTRAIT, UNTOUCHED)
}


def report_named(name: str) -> Definition:
    """Raises NotFound naming those there are."""
    if name not in REPORTS:
        raise NotFound("report", name, f"there are {', '.join(REPORTS)}")
    return REPORTS[name]


def named_reports(configuration: Configuration) -> BusinessReports:
    """Their names and by what they can be told."""
    return {
        "reports": [
            {"name": name, "title": found.title.text(), "dimensions": dimensions(found, configuration)}
            for name, found in REPORTS.items()
        ]
    }

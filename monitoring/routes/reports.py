"""Routes of business reports: names, figures, CSV, and the customers behind a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from monitoring.experiments.answer import ExperimentsReport
from monitoring.experiments.csvfile import written_as_csv as experiments_as_csv
from monitoring.experiments.report import experiments
from monitoring.experiments.report import named as experiments_named
from monitoring.fairness.answer import FairnessReport
from monitoring.fairness.csvfile import written_as_csv as fairness_as_csv
from monitoring.fairness.report import fairness
from monitoring.fairness.report import named as fairness_named
from monitoring.reports.answer import BehindFigure, BusinessReport, BusinessReports, ReportName
from monitoring.reports.csvfile import written_as_csv
from monitoring.reports.question import Question
from monitoring.reports.reports import Reports, about
from serving.access.act import Act
from serving.http.access import Doorkeeper, needs, visit_of
from serving.http.answer import Answer, answer
from serving.http.parameters import Id, Limit, Name
from serving.http.routing import Api
from serving.http.statuses import NOT_FOUND
from serving.http.under_way import heavy
from serving.strict import Moment

_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The same as a delimited file"}
}


@dataclass(frozen=True)
class Asking:
    """What stands in the query of a report."""

    since: Annotated[Moment | None, Query(description="30 days before the end, by default")] = None
    until: Annotated[Moment | None, Query(description="by default as far as is recorded")] = None
    by: Annotated[Id | None, Query(description="a dimension of the report; its first by default")] = None
    region: Annotated[Id | None, Query()] = None
    team: Annotated[Id | None, Query()] = None
    product: Annotated[Id | None, Query()] = None

    def question(self, reports: Reports) -> Question:
        """Of a time that is recorded. Raises InvalidInput for one that ends before it begins."""
        return about(reports.question(self.since, self.until), self.by, self.region, self.team, self.product)


@dataclass(frozen=True)
class AskingExperiments:
    """What stands in the query of the report of experiments."""

    since: Annotated[Moment | None, Query(description="the first decision, by default")] = None
    until: Annotated[Moment | None, Query(description="by default as far as is recorded")] = None
    by: Annotated[Id | None, Query(description="the dimension of segments; the region by default")] = None
    region: Annotated[Id | None, Query(description="of customers there alone")] = None

    def report(self, reports: Reports) -> ExperimentsReport:
        """Raises InvalidInput for a dimension that there is not."""
        return experiments(reports, self.since, self.until, self.by, self.region)


@dataclass(frozen=True)
class AskingFairness:
    """What stands in the query of the report of fairness."""

    since: Annotated[Moment | None, Query(description="30 days before the end, by default")] = None
    until: Annotated[Moment | None, Query(description="by default as far as is recorded")] = None


Asked = Annotated[Asking, Depends()]
AskedFairness = Annotated[AskingFairness, Depends()]
AskedExperiments = Annotated[AskingExperiments, Depends()]


def listed(reports: Reports) -> list[ReportName]:
    """All that can be asked for, those that answer in a form of their own last."""
    others = experiments_named(reports.configuration), fairness_named(reports.configuration)
    return [*reports.names()["reports"], *others]


def router(doorkeeper: Doorkeeper, reports: Reports) -> APIRouter:
    """/reports, for who may read reports; customers behind a figure for who may look at them too."""
    reading = [needs(doorkeeper, Act.READ_REPORTS)]
    routes = Api("reports", reading)
    opening = [needs(doorkeeper, Act.READ_CUSTOMER, rows=True)]

    @routes.get("/reports")
    def get_reports() -> Answer[BusinessReports]:
        """Which reports there are, and by what they can be told."""
        return answer({"reports": listed(reports)})

    @routes.get("/reports/experiments")
    @heavy()
    def get_experiments(asked: AskedExperiments) -> Answer[ExperimentsReport]:
        """What arms change: control against treated and arm against arm, each measure with intervals that may be looked
        at any time; whether the lot was kept to; segments; and the headline.
        """
        return answer(asked.report(reports))

    @routes.get("/reports/experiments/csv", responses=_CSV, response_class=Response)
    @heavy()
    def get_experiments_csv(asked: AskedExperiments) -> Response:
        """The same as a delimited file for spreadsheets."""
        return Response(experiments_as_csv(asked.report(reports)), media_type="text/csv")

    @routes.get("/reports/fairness")
    @heavy()
    def get_fairness(asked: AskedFairness) -> Answer[FairnessReport]:
        """Rates of offers, contacts and outcomes by the groups of protected tags, with adverse-impact ratios and their
        intervals, and what the gates did.
        """
        return answer(fairness(reports, asked.since, asked.until))

    @routes.get("/reports/fairness/csv", responses=_CSV, response_class=Response)
    @heavy()
    def get_fairness_csv(asked: AskedFairness) -> Response:
        """The same as a delimited file for spreadsheets."""
        return Response(fairness_as_csv(fairness(reports, asked.since, asked.until)), media_type="text/csv")

    @routes.get("/reports/{report}", responses=NOT_FOUND)
    @heavy()
    def get_report(report: Name, asked: Asked) -> Answer[BusinessReport]:
        """A report from the record of events: a row per value of a dimension, and one of all."""
        return answer(reports.report(report, asked.question(reports)))

    @routes.get("/reports/{report}/csv", responses={**NOT_FOUND, **_CSV}, response_class=Response)
    @heavy()
    def get_report_csv(report: Name, asked: Asked) -> Response:
        """A report as a delimited file for spreadsheets."""
        return Response(written_as_csv(reports.report(report, asked.question(reports))), media_type="text/csv")

    @routes.get("/reports/{report}/customers", dependencies=opening, responses=NOT_FOUND)
    @heavy()
    def get_report_customers(
        request: Request,
        report: Name,
        asked: Asked,
        figure: Annotated[Id, Query(description="a column of the report that counts")],
        key: Annotated[str | None, Query(max_length=128, description="of a row; empty: of what is not known")] = None,
        limit: Limit = 200,
    ) -> Answer[BehindFigure]:
        """The customers behind a figure of a row, or of the total where no key is given."""
        found = reports.customers(report, asked.question(reports), figure, key, limit)
        return answer({**found, "customer_ids": list(visit_of(request).customers(found["customer_ids"])[0])})

    return routes

"""Business reports as pages: by a dimension, over a time, each count with the customers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from console.guest import Guest, door
from console.pages import Pages
from console.route import PageRoute
from monitoring.experiments.answer import ExperimentsReport
from monitoring.experiments.report import experiments
from monitoring.fairness.report import fairness
from monitoring.reports.naming import limits, named_figure
from monitoring.reports.reports import Reports, about
from monitoring.routes.reports import listed
from serving.access.act import Act
from serving.clock import Clock
from serving.http.access import Doorkeeper

_DAYS = (7, 30, 90)
_PEOPLE = 200


def router(doorkeeper: Doorkeeper, pages: Pages, clock: Clock, reports: Reports) -> APIRouter:
    """/console/reports."""
    routes = APIRouter(route_class=PageRoute, prefix="/console/reports")
    reading, opening = door(doorkeeper, Act.READ_REPORTS), door(doorkeeper, Act.READ_CUSTOMER)

    def asked(request: Request) -> tuple[dict[str, str], Any]:
        query = request.query_params
        days = int(query["days"]) if query.get("days", "").isdigit() else 30
        until = reports.question(None, None).until
        question = reports.question(until - timedelta(days=days), until)
        told = {name: query.get(name, "") for name in ("by", "region", "team", "product")}
        return told | {"days": str(days)}, about(
            question, *(told[n] or None for n in ("by", "region", "team", "product"))
        )

    @routes.get("")
    def get_reports(guest: Guest = reading) -> Response:
        """Which there are."""
        return pages.page(guest, "reports.html", reports=listed(reports))

    @routes.get("/experiments")
    def get_experiments(request: Request, guest: Guest = reading) -> Response:
        """What arms change."""
        found = guest.shown(experiments(reports, by=request.query_params.get("by") or None))
        names = {arm["arm"]: arm["label"]["en" if guest.language == "en" else "zh"] for arm in found["arms"]}
        return pages.page(guest, "experiments.html", report=found, names=names, labels=_labels(found, guest))

    @routes.get("/fairness")
    def get_fairness(guest: Guest = reading) -> Response:
        """Rates by protected groups."""
        return pages.page(guest, "fairness.html", report=guest.shown(fairness(reports)))

    @routes.get("/{name}")
    def get_report(name: str, request: Request, guest: Guest = reading) -> Response:
        """One of them."""
        query, question = asked(request)
        found = guest.shown(reports.report(name, question))
        most = {
            column["name"]: max((row["figures"].get(column["name"]) or 0.0 for row in found["rows"]), default=0.0)
            for column in found["columns"]
        }
        told = {
            "report": found, "query": query, "days": _DAYS, "most": most, "opens": guest.may(Act.READ_CUSTOMER),
            "limits": limits(reports.configuration, name), "asked": _asked(query, found["by"]),
            "spreadsheet": _asked({**query, "days": ""}, found["by"], since=found["since"], until=found["until"]),
        }  # fmt: skip
        return pages.page(guest, "report.html", names=listed(reports), **told)

    @routes.get("/{name}/customers")
    def get_behind(name: str, request: Request, guest: Guest = opening) -> Response:
        """The customers behind a figure."""
        guest.policy.right(guest.principal, Act.READ_REPORTS)
        query, question = asked(request)
        figure, key = request.query_params.get("figure", ""), request.query_params.get("key")
        found = reports.customers(name, question, figure, key, _PEOPLE)
        seen, _ = guest.visit.customers(found["customer_ids"])
        ids = guest.shown({"customer_ids": seen})["customer_ids"]
        title, column, row = named_figure(reports.configuration, name, query["by"] or None, figure, key)
        told = {"name": name, "title": title, "column": column, "row": row, "asked": _asked(query), "ids": ids}
        return pages.page(guest, "behind.html", count=found["customers"], **told)

    return routes


def _asked(query: Mapping[str, str], by: str = "", **more: str) -> str:
    """What is asked for, as the query of an address."""
    told = {**query, **({"by": by} if by else {}), **more}
    return urlencode({name: value for name, value in told.items() if value})


def _labels(report: ExperimentsReport, guest: Guest) -> dict[str, dict[str, str]]:
    """By measure how it is called and of which kind it is."""
    language: Literal["zh", "en"] = "en" if guest.language == "en" else "zh"
    measures = (one for pair in report["comparisons"] for one in pair["measures"])
    return {one["measure"]: {"text": one["label"][language], "kind": one["kind"]} for one in measures}

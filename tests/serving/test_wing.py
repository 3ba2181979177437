"""What a host adds to the service: in its API, beside it, and not found."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Response
from fastapi.routing import iter_route_contexts
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from typing_extensions import TypedDict

from console.wings import build
from leads.errors import InvalidInput
from serving.access.act import Act
from serving.composition import Composition
from serving.http.access import Doorkeeper, needs
from serving.http.answer import Answer, answer
from serving.http.keys import KeyFile
from serving.http.routing import Api, Read
from serving.webapp import web
from serving.wing import Build, Wing, named, none
from tests.serving.small_home import NOW


class Weather(TypedDict):
    sky: str


def weather_and_page(parts: Composition, doorkeeper: Doorkeeper) -> Wing:
    """A route of the API, a page, and a folder."""
    api, page = Api("weather"), APIRouter(route_class=Read)

    @api.get("/weather", dependencies=[needs(doorkeeper, Act.READ_MODELS)])
    def get_weather() -> Answer[Weather]:
        """The weather."""
        return answer({"sky": "clear"})

    @page.get("/window")
    def get_window() -> Response:
        return PlainTextResponse("a view")

    return Wing((api,), (page,), (Mount("/garden", PlainTextResponse("grass")),))


def test_every_route_is_made_once_and_stands_in_the_app_as_it_is(parts: Composition) -> None:
    app = web(parts, wings=weather_and_page)
    standing = [route.original_route for route in iter_route_contexts(app.routes)]
    assert standing == app.routes
    assert {"/v1/weather", "/window", "/v1/score", "/sign-in"} <= {getattr(route, "path", "") for route in standing}


class Winged:
    """A service with these wings, asked from this process."""

    def __init__(self, parts: Composition, wings: Build = weather_and_page) -> None:
        self._app: Any = web(parts, wings=wings)

    def get(self, path: str, key: str = "") -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                return await client.get(path, headers={"Authorization": f"Bearer {key}"} if key else {})

        return asyncio.run(ask())


@pytest.fixture
def winged(parts: Composition) -> Winged:
    return Winged(parts)


@pytest.mark.parametrize(("wings", "leads"), [(none, False), (build, True)])
def test_the_front_page_leads_to_the_console_where_there_is_one(parts: Composition, wings: Build, leads: bool) -> None:
    assert ('<a href="console">' in Winged(parts, wings).get("/").text) is leads


def test_a_route_of_a_wing_asks_for_a_key_like_any_other(winged: Winged, parts: Composition) -> None:
    assert winged.get("/v1/weather").status_code == 401
    dialer, crm = (KeyFile(parts.home.keys).create(scope, NOW).key for scope in ("dialer", "crm"))
    assert winged.get("/v1/weather", dialer).status_code == 403
    assert winged.get("/v1/weather", crm).json() == {"sky": "clear"}


def test_a_route_of_a_wing_stands_in_the_document_and_its_pages_do_not(winged: Winged) -> None:
    document = winged.get("/v1/openapi.json").json()
    assert "/v1/weather" in document["paths"]
    assert "Weather" in document["components"]["schemas"]
    assert not any("window" in path for path in document["paths"])


def test_pages_and_folders_of_a_wing_are_served_from_the_root(winged: Winged) -> None:
    assert winged.get("/window").text == "a view"
    assert winged.get("/garden/bed").text == "grass"


def test_a_wing_is_found_by_its_name() -> None:
    assert named("console.wings:build") is build


def test_without_a_name_there_are_no_wings() -> None:
    assert named(None) is none
    assert named("") is none


@pytest.mark.parametrize("name", ["nowhere.at.all:build", "serving.wing:nothing", "no name"])
def test_a_wing_that_cannot_be_found_is_told_by_its_name(name: str) -> None:
    with pytest.raises(InvalidInput, match="NEXTLEAD_WINGS"):
        named(name)

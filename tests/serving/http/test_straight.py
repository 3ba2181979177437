"""Requests find their route by the parts of their path, and their endpoint on a straight way: nothing of that shows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRouter, RouteContext, iter_route_contexts

from serving.composition import Composition
from serving.http.answer import Answer, answer
from serving.http.directory import Directory
from serving.http.keys import KeyFile
from serving.http.routing import Exact, Route
from serving.webapp import web
from tests.serving.http.door import Door
from tests.serving.small_home import NOW

SCORE = {"customer_ids": ["c001", "nobody"]}


@pytest.fixture
def door(parts: Composition) -> Door:
    return Door(web(parts), KeyFile(parts.home.keys).create("admin", NOW).key)


def test_the_directory_names_the_route_that_fastapi_would_ask(parts: Composition) -> None:
    app = web(parts)
    directory = app.router.middleware_stack
    assert isinstance(directory, Directory)
    routes = [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, Route)]
    assert len(routes) > 50
    for route in routes:
        path = re.sub("{[^}]*}", "some", str(route.path))
        for method in sorted(route.methods or ()):
            assert directory.of(method, path) is _first(routes, method, path).original_route


def _first(routes: list[RouteContext], method: str, path: str) -> RouteContext:
    return next(one for one in routes if method in (one.methods or ()) and one.path_regex.match(path))


def test_of_two_routes_that_fit_the_first_one_answers() -> None:
    routes = APIRouter(route_class=Exact)

    @routes.get("/things/{name}")
    def get_thing(name: str) -> Answer[dict[str, str]]:
        return answer({"name": name})

    @routes.get("/things/all")
    def get_things() -> Answer[dict[str, str]]:
        return answer({"name": "every"})

    app = FastAPI()
    app.include_router(routes, prefix="/v1")
    plain = Door(app).ask("GET", "/v1/things/all").body
    app.router.middleware_stack = Directory(app.router.middleware_stack, iter_route_contexts(app.routes))
    assert Door(app).ask("GET", "/v1/things/all").body == plain == {"name": "all"}


@pytest.mark.parametrize("body", [SCORE, {"customer_ids": []}, {"customer_ids": ["c001"], "explain": -1}, [], {}, None])
def test_both_ways_to_an_endpoint_answer_the_same(door: Door, body: Any) -> None:
    media = ("application/json", "application/json; charset=utf-8")
    straight, plain = (door.ask("POST", "/v1/score", body, one) for one in media)
    assert (straight.status, _timeless(straight.body)) == (plain.status, _timeless(plain.body))


def _timeless(body: dict[str, Any]) -> dict[str, Any]:
    for result in body.get("results", ()):
        del result["as_of"], result["feature_age_seconds"], result["scores"], result["uplift"]
    return body


def test_what_is_not_asked_for_in_the_query_is_refused_on_either_way(door: Door) -> None:
    assert door.ask("POST", "/v1/score", SCORE).status == 200
    assert door.ask("POST", "/v1/score?explain=3", SCORE).status == 422


def test_a_path_that_no_route_is_for_or_not_so_is_refused_as_ever(door: Door) -> None:
    assert door.ask("POST", "/v1/scores", SCORE).status == 404
    refused = door.ask("GET", "/v1/score")
    assert (refused.status, refused.headers["allow"]) == (405, "POST")
    assert door.ask("HEAD", "/v1/models").status == 200

"""What a browser sees: what this is at /, and the API at /docs, without a key and without anything from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
import pytest
from jsonschema import Draft202012Validator

from serving.composition import Composition, compose
from serving.http.document import operations
from serving.http.reference import Reference
from serving.ports import free_port
from serving.settings import Settings
from serving.webapp import web
from tests.serving.small_service import Served, listening


class Page(HTMLParser):
    """The links and ids of a page, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        assert "style" not in found and not any(name.startswith("on") for name in found)
        if tag == "a":
            self.links.append(found["href"])
        self.loaded += [found["href"]] if tag == "link" else [found["src"]] if "src" in found else []
        self.ids += [found["id"]] if "id" in found else []


def test_the_front_page_says_what_this_is_and_leads_on(served: Served) -> None:
    answer = httpx.get(served.url)
    assert "下一个该联系谁" in answer.text and "Whom to call next" in answer.text and "服务正常" in answer.text
    links = Page(answer.text).links
    assert {"docs", "v1/openapi.json"} <= set(links)
    assert {httpx.get(f"{served.url}/{link}").status_code for link in links} == {200}


def test_the_front_page_says_what_is_wrong(settings: Settings) -> None:
    nowhere = compose(settings, f"redis://127.0.0.1:{free_port()}")
    with listening(nowhere) as url:
        answer = httpx.get(url)
    assert answer.status_code == 200
    assert "服务不可用" in answer.text and "the hot store cannot be reached" in answer.text


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/style.css"])
def test_a_page_is_strict_and_loads_nothing_from_elsewhere(served: Served, path: str) -> None:
    answer = httpx.get(f"{served.url}{path}")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';") and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "http://" not in answer.text and "https://" not in answer.text
    if path != "/docs/style.css":
        page = Page(answer.text)
        assert page.loaded == ["docs/style.css"] and not page.tags & {"script", "style", "iframe", "form"}


def test_the_docs_tell_of_every_route_and_every_link_leads_somewhere(served: Served) -> None:
    told = httpx.get(f"{served.url}/v1/openapi.json").json()
    page = Page(httpx.get(f"{served.url}/docs").text)
    assert {operation["operationId"] for operation in operations(told)} | set(told["components"]["schemas"]) == set(
        page.ids
    )
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_every_example_is_what_its_route_takes(parts: Composition) -> None:
    told = web(parts).openapi()
    reference, count = Reference(told), 0
    for operation in operations(told):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"]
            whole = {"components": told["components"], **schema}
            Draft202012Validator(whole).validate(reference.example(schema))
            count += 1
    assert count > 15

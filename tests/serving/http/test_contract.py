"""Schemathesis over the served document, on a real server: whatever is asked gets what the document tells."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from features.home import Home
from serving.access.role import PEOPLE, Person
from serving.http.keys import KeyFile
from serving.signin.sign_in_links import NEEDS_AGENT
from tests.serving.http.conformance import Conformance, Seen
from tests.serving.http.test_document import CAMPAIGN, DIALERS
from tests.serving.signed_in import signed_in
from tests.serving.small_home import changed
from tests.serving.small_service import Served

pytestmark = pytest.mark.contract

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SETTINGS = Path(__file__).with_name("schemathesis.toml")
SECONDS = 100
"""How long requests are made up; each is drawn from a fixed seed."""


@pytest.fixture
def home(home: Home) -> Home:
    """With a campaign, and other dialers."""
    changed(home, "actions.yaml", lambda document: document.update(campaigns=CAMPAIGN))
    (home.folder / "dialers.yaml").write_text(yaml.safe_dump(DIALERS), "utf-8")
    return Home.open(home.folder)


ROLE_SECONDS = 10
"""The same for each scope of keys that opens some routes alone."""


def asked(served: Served, headers: Mapping[str, str], seconds: int, folder: Path, *more: str) -> str:
    """What Schemathesis says of requests that are made up for so long, none of which may go wrong."""
    command = [
        str(SCHEMATHESIS), "--no-color", "--config-file", str(SETTINGS), "run", f"{served.url}/v1/openapi.json",
        *(part for name, value in headers.items() for part in ("--header", f"{name}: {value}")), *more,
        "--seed", "14", "--max-time", str(seconds), "--request-timeout", "300", "--max-examples", "20",
        "--generation-database", "none", "--continue-on-failure", "--suppress-health-check", "all",
    ]  # fmt: skip
    environment = os.environ | {"COLUMNS": "200"}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=10 * SECONDS)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_whatever_is_asked_is_answered_as_the_document_tells(served: Served, tmp_path: Path) -> None:
    """No 5xx, no status, media type or body that is not told of, nothing accepted that breaks a schema; one request by
    itself, and sequences in which one takes what another one answered. Beside it every body is checked with nothing
    undeclared in it, as in all tests (see conformance).
    """
    told = asked(served, {"Authorization": served.admin.headers["Authorization"]}, SECONDS, tmp_path)
    paths = served.admin.get("/openapi.json").json()["paths"]
    tested = re.search(r"Tested: (\d+)", told)
    assert tested is not None and int(tested[1]) == sum(map(len, paths.values())), told


@pytest.mark.parametrize("scope", ["crm", "dialer"])
def test_whoever_may_do_some_things_alone_is_answered_as_the_document_tells(
    served: Served, tmp_path: Path, scope: str
) -> None:
    key = KeyFile(served.parts.home.keys).create(scope, datetime.now(UTC)).key
    told = asked(served, {"Authorization": f"Bearer {key}"}, ROLE_SECONDS, tmp_path)
    assert re.search(r"(\d+) generated", told) is not None, told


@pytest.mark.parametrize("role", PEOPLE)
def test_whatever_somebody_who_signed_in_asks_they_see_nobodys_number(
    served: Served, tmp_path: Path, role: Person
) -> None:
    """The same in a session of each role, whose every answer is looked through for what the role may not see."""
    numbers = _numbers(served)
    told: list[str] = []
    _look_through(served.conformance, lambda body: told.extend(number for number in numbers if number in body))
    with signed_in(served, role, agent_id="wang" if role in NEEDS_AGENT else None) as client:
        # Who signs out, or in again, is nobody from then on.
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = {"Cookie": cookie, "x-csrf-token": client.headers["x-csrf-token"]}
        said = asked(
            served,
            headers,
            ROLE_SECONDS,
            tmp_path,
            "--exclude-path",
            "/v1/session",
            "--exclude-checks",
            "ignored_auth",
            "--phases",
            "coverage,fuzzing,stateful",
        )
        assert client.get("/session").status_code == 200
    assert re.search(r"(\d+) generated", said) is not None, said
    assert len(numbers) > 100
    assert not told


def _numbers(served: Served) -> set[str]:
    """Of everybody in the home."""
    ids = [name for names in served.parts.contacts.ids(1000) for name in names]
    return {found.phone for found in served.parts.contacts.read(ids) if found is not None and found.phone is not None}


def _look_through(conformance: Conformance, look: Callable[[str], None]) -> None:
    """Have the body of every answer be looked at, too."""
    check = conformance.check

    def both(seen: Seen) -> None:
        look(seen.body.decode(errors="replace"))
        check(seen)

    vars(conformance)["check"] = both

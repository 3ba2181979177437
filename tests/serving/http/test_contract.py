"""Schemathesis over the served document, on a real server: whatever is asked gets what the document tells."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from features.home import Home
from serving.http.keys import KeyFile
from tests.serving.http.test_document import CAMPAIGN, DIALERS
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


ROLE_SECONDS = 15
"""The same for each scope of keys that opens some routes alone."""


def asked(served: Served, key: str, seconds: int, folder: Path) -> str:
    """What Schemathesis says of requests that are made up for so long, none of which may go wrong."""
    command = [
        str(SCHEMATHESIS), "--no-color", "--config-file", str(SETTINGS), "run", f"{served.url}/v1/openapi.json",
        "--header", f"Authorization: Bearer {key}",
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
    key = served.admin.headers["Authorization"].removeprefix("Bearer ")
    told = asked(served, key, SECONDS, tmp_path)
    paths = served.admin.get("/openapi.json").json()["paths"]
    tested = re.search(r"Tested: (\d+)", told)
    assert tested is not None and int(tested[1]) == sum(map(len, paths.values())), told


@pytest.mark.parametrize("scope", ["crm", "dialer"])
def test_whoever_may_do_some_things_alone_is_answered_as_the_document_tells(
    served: Served, tmp_path: Path, scope: str
) -> None:
    key = KeyFile(served.parts.home.keys).create(scope, datetime.now(UTC)).key
    told = asked(served, key, ROLE_SECONDS, tmp_path)
    assert re.search(r"(\d+) generated", told) is not None, told

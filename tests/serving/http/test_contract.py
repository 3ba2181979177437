"""Schemathesis over the served document, on a real server: whatever is asked gets what the document tells."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from features.home import Home
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


def test_whatever_is_asked_is_answered_as_the_document_tells(served: Served, tmp_path: Path) -> None:
    """No 5xx, no status, media type or body that is not told of, nothing accepted that breaks a schema; one request by
    itself, and sequences in which one takes what another one answered. Beside it every body is checked with nothing
    undeclared in it, as in all tests (see conformance).
    """
    command = [
        str(SCHEMATHESIS), "--no-color", "--config-file", str(SETTINGS), "run", f"{served.url}/v1/openapi.json",
        "--header", f"Authorization: {served.admin.headers['Authorization']}",
        "--seed", "14", "--max-time", str(SECONDS), "--request-timeout", "300", "--max-examples", "20",
        "--generation-database", "none", "--continue-on-failure", "--suppress-health-check", "all",
    ]  # fmt: skip
    environment = os.environ | {"COLUMNS": "200"}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=10 * SECONDS)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    paths = served.admin.get("/openapi.json").json()["paths"]
    tested = re.search(r"Tested: (\d+)", ran.stdout)
    assert tested is not None and int(tested[1]) == sum(map(len, paths.values())), ran.stdout

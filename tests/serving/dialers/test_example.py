"""The example beside the insurer's workspace is one that loads."""

from __future__ import annotations

from features.configuration import load
from features.home import Home
from features.ready_workspaces import READY
from serving.dialers.configuration import load_dialers
from serving.dialers.file import FILE
from serving.dialers.webhooks.configuration import load_endpoints
from tests.serving.small_home import NOW


def test_the_example_loads_without_its_secrets(tmp_path: object) -> None:
    home = Home.create(f"{tmp_path}/home", load("insurer"), NOW)
    (home.folder / FILE).write_text((READY / "insurer" / "dialers.example.yaml").read_text("utf-8"), "utf-8")
    assert load_dialers(home).a_vicidial("main").flags.disposition("HOT") == "interested"
    assert "lease.expired" in load_endpoints(home)["crm"].types

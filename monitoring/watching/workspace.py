"""The Evidently workspace of a home: every look's details, kept over time; `nextlead monitor --ui` opens it."""

from __future__ import annotations

import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

from features.home import Home

_KEPT = 200
"""Snapshots kept; older ones go."""


def folder(home: Home) -> Path:
    return home.reports / "evidently"


def keep(home: Home, snapshot: Any, at: datetime) -> None:
    """Add a snapshot to the home's project, under the time that it is about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently.ui.workspace import Workspace

        workspace = Workspace.create(str(folder(home)))
        title = home.configuration.workspace.title
        found = workspace.search_project(title["en"])
        project = found[0] if found else workspace.create_project(title["en"])
        snapshot._timestamp = at.replace(tzinfo=None)
        workspace.add_run(project.id, snapshot)
        for old in workspace.list_runs(project.id)[:-_KEPT]:
            workspace.delete_run(project.id, old)


def serve(home: Home, host: str, port: int) -> None:
    """Show the workspace in a browser until stopped. Nothing is sent anywhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently.ui.service.app import run_local

        run_local(host=host, port=port, workspace=str(folder(home)))

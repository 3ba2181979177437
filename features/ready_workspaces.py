"""Ready workspaces, and where the folder of one is."""

from __future__ import annotations

from pathlib import Path

from leads.errors import NotFound

READY = Path(__file__).resolve().parent.parent / "workspaces"
"""Where the ready workspaces stand."""


def find(name: str | Path) -> Path:
    """The folder of a workspace, by path or by the name of a ready one. Raises NotFound naming the ready ones."""
    for folder in (Path(name), READY / str(name)):
        if (folder / "workspace.yaml").is_file():
            return folder.resolve()
    ready = sorted(path.parent.name for path in READY.glob("*/workspace.yaml"))
    raise NotFound("workspace", str(name), f"a folder with workspace.yaml, or one of {', '.join(ready)}")


def is_ready(name: str) -> bool:
    """Whether a ready workspace has this name."""
    return name != "" and (READY / name / "workspace.yaml").is_file()

"""The small home with contacts that name what they were for: action, scene and decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from features.home import Home
from tests.serving.small_home import make_home, promote, save_bundle


def make_naming_home(folder: Path, count: int = 60, **actions: Any) -> Home:
    """actions: further sections of its actions.yaml."""
    home = make_home(folder, count)
    change(home.workspace_folder / "workspace.yaml", {
        "fields": {name: {"type": "category"} for name in ("action", "scene")} | {"decision_id": {"type": "text"}},
        "events": {"call.attempted": {"interaction": False, "half_lives": ["7d"]}, "sms.sent": {"interaction": False}},
    })  # fmt: skip
    path = home.workspace_folder / "actions.yaml"
    path.write_text(path.read_text("utf-8").replace("sms: {consent", "sms: {sent: sms.sent, consent"), "utf-8")
    change(path, actions)
    home = Home.open(home.folder)
    for objective in home.configuration.workspace.objectives:
        save_bundle(home, objective, "2")
    promote(home, "2")
    return home


def change(path: Path, more: dict[str, Any]) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for section, added in more.items():
        document[section] = document.get(section, {}) | added
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")

"""The file that says which versions are in use: objective → alias → version."""

from __future__ import annotations

import json
from collections.abc import Mapping

from features.home import Home
from leads.errors import DamagedFiles

ALIASES = "aliases.json"


def aliases_of(home: Home) -> Mapping[str, Mapping[str, str]]:
    """As the home's file says; empty where there is none. Raises DamagedFiles where it says anything else."""
    path = home.models / ALIASES
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _damaged(home) from error
    if not isinstance(found, dict) or not all(map(_names_versions, found.values())):
        raise _damaged(home)
    return found


def _damaged(home: Home) -> DamagedFiles:
    return DamagedFiles([str((home.models / ALIASES).relative_to(home.folder))])


def _names_versions(named: object) -> bool:
    return isinstance(named, dict) and all(isinstance(version, str) for version in named.values())

"""A home that was moved or copied: what MLflow keeps of its artifacts' places is brought to where they are now."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_COLUMNS = (("experiments", "artifact_location"), ("runs", "artifact_uri"),
            ("model_versions", "source"), ("model_versions", "storage_location"))  # fmt: skip
"""Where MLflow writes whole addresses."""

_OWN = "artifact_location LIKE '%/mlflow/artifacts'"


def relocate(database: Path, artifacts: Path) -> bool:
    """Whether something had to be rewritten. Nothing is where MLflow has kept nothing yet."""
    if not database.is_file():
        return False
    with closing(sqlite3.connect(database, timeout=30)) as found, found:
        if not found.execute("SELECT 1 FROM sqlite_master WHERE name = 'model_versions'").fetchone():
            return False
        places = [place for (place,) in found.execute(f"SELECT artifact_location FROM experiments WHERE {_OWN}")]
        now = artifacts.resolve().as_uri()
        moved = [place for place in places if place != now]
        for place in moved:
            for table, column in _COLUMNS:
                found.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column} || '/', 1, ?) = ?",
                    (now, len(place) + 1, len(place) + 1, f"{place}/"),
                )
        return bool(moved)

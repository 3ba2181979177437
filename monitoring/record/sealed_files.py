"""Sealed files of a lake as DuckDB opens them: by a name of its own, as what they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from fsspec import AbstractFileSystem

from features.lake_files import content_of
from monitoring.record.sealed_names import SCHEME, path_of


class SealedFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """Reads the files of encrypted homes; it writes nothing."""

    protocol = SCHEME
    cachable = False

    def _open(self, path: str, mode: str = "rb", **_: Any) -> BytesIO:
        return BytesIO(content_of(path_of(path)))

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "size": len(content_of(path_of(path))), "type": "file"}

    def modified(self, path: str) -> datetime:
        return datetime.fromtimestamp(path_of(path).stat().st_mtime, UTC)

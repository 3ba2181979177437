"""Tables as delimited files for spreadsheets, as whoever asks may see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import Response

from console.pages import STRICT
from monitoring.reports.csvfile import safe


def csv_file(name: str, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> Response:
    """A file to download, which spreadsheets read as UTF-8 and never as a formula."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([[safe(row.get(column)) for column in columns] for row in rows])
    headers = {**STRICT, "Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

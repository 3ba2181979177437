"""The files an insurer would hand over: what `workspaces/insurer/adapter.py` reads."""

from __future__ import annotations

from pathlib import Path

from leads.errors import InvalidInput
from leads.history import History

OBSERVED_UNTIL = "observed_until"


def write(history: History, folder: Path) -> list[Path]:
    """Write `customers.parquet` and `events.parquet` into a folder, made if missing; gives their paths.

    `observed_until` travels in the file metadata of the events, under the key OBSERVED_UNTIL.
    Raises InvalidInput where the folder has one of them.
    """
    customers, events = folder / "customers.parquet", folder / "events.parquet"
    for file in (customers, events):
        if file.exists():
            raise InvalidInput("FOLDER", str(folder), f"one without {file.name}, which is not written over")
    folder.mkdir(parents=True, exist_ok=True)
    reach = {OBSERVED_UNTIL: history.observed_until.isoformat()}
    history.customers.write_parquet(customers)
    history.events.write_parquet(events, metadata=reach)
    return [customers, events]

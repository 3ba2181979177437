"""The events of the last weeks as one table, by days counted back from the end of the record."""

from __future__ import annotations

from datetime import timedelta

from monitoring.record.tables import Tables, moment, quoted

DAYS = 28
"""Days before the last one that are looked at."""

USUAL = "day > 7"
"""SQL of those that say what is usual: those of the last week may be wrong already, and what is wrong is told for so
long.
"""

MOST = 3_000_000
"""Events looked at; of more the events of some customers, drawn by a hash of their ids, stand for all."""


def recent(tables: Tables) -> int:
    """Make the table `recent` of the declared events of the last day (`day` 0) and the 28 before it (1 to 28), with
    `hour` in the workspace's zone; one customer of how many it holds.
    """
    workspace = tables.configuration.workspace
    since = tables.until - timedelta(days=DAYS + 1)
    told = tables.events(list(workspace.events), since)
    counted = tables.frame(f"SELECT count(*) AS n FROM ({told})")["n"][0] if tables.rows("events") > MOST else 0
    part = max(1, -(-int(counted) // MOST))
    zone, ago = quoted(workspace.timezone), f"floor(epoch({moment(tables.until)} - time) / 86400)"
    tables.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE recent AS
        SELECT *, CAST({ago} AS INTEGER) AS day, hour(time AT TIME ZONE {zone}) AS hour
        FROM ({told}) WHERE hash(customer_id) % {part} = 0
    """)
    return part

"""Which arms there were in which month, by the catalogues that its decisions were made with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from features.configuration import Configuration
from leads.actions.experiments import Experiments
from leads.actions.learning import CONTROL, TREATMENT
from leads.errors import NextleadError
from monitoring.record.tables import Tables, quoted
from serving.decisions.versions import configuration_of


@dataclass(frozen=True)
class Month:
    """name: such as 2026-08. begins: its start in the workspace's `zone`, or the first decision where that was later.
    experiments: each that was in force in it, once.
    """

    name: str
    begins: datetime
    zone: ZoneInfo
    experiments: Sequence[Experiments]

    @property
    def ends(self) -> datetime:
        """When the next one begins."""
        year, month = (int(part) for part in self.name.split("-"))
        return _start(f"{year + month // 12}-{month % 12 + 1:02d}", self.zone)

    def spans(self) -> Mapping[str, tuple[float, float]]:
        """Of each arm that was there all month, from which to which share of the lot it reached all the time."""
        found = [spans_of(declared) for declared in self.experiments]
        names = [name for name in found[0] if all(name in other for other in found)]
        kept = {name: (max(part[name][0] for part in found), min(part[name][1] for part in found)) for name in names}
        return {name: (low, high) for name, (low, high) in kept.items() if high > low}


@dataclass(frozen=True)
class Declared:
    """months: those in which there was an arm beside treatment. forgotten: decisions whose catalogue was not kept."""

    months: Sequence[Month]
    forgotten: int = 0

    @property
    def arms(self) -> list[str]:
        """Control first, treatment next, then the others as they are declared."""
        every = dict.fromkeys(name for month in self.months for name in month.spans())
        first = [name for name in (CONTROL, TREATMENT) if name in every]
        return [*first, *(name for name in every if name not in first)]


def spans_of(declared: Experiments) -> dict[str, tuple[float, float]]:
    """Of each arm from which to which share of the lot it reaches; those of no share are left out.

    >>> spans_of(Experiments(control_share=0.25))
    {'control': (0.0, 0.25), 'treatment': (0.25, 1.0)}
    """
    found, reached = {}, 0.0
    for name, share in ((CONTROL, declared.control_share), *((arm.name, arm.share) for arm in declared.arms)):
        if share > 0:
            found[name] = (reached, reached + share)
        reached += share
    return found | ({TREATMENT: (reached, 1.0)} if reached < 1 else {})


def declared(tables: Tables, since: datetime | None) -> Declared:
    """By month from `since` on, or from the first decision; a month without a decision is none, for nobody was treated
    in it.
    """
    zone = ZoneInfo(tables.configuration.workspace.timezone)
    found = tables.frame(f"""
        SELECT strftime(time AT TIME ZONE {quoted(zone.key)}, '%Y-%m') AS month, catalogue,
            workspace, min(time) AS first, count(*) AS n
        FROM ({tables.decisions(since)}) GROUP BY ALL ORDER BY month, first
    """)
    seen: dict[str, list[Experiments]] = defaultdict(list)
    begins: dict[str, datetime] = {}
    forgotten = 0
    for row in found.iter_rows(named=True):
        configuration = _configuration(tables, row["workspace"], row["catalogue"])
        if configuration is None:
            forgotten += int(row["n"])
            continue
        begins.setdefault(row["month"], row["first"])
        if configuration.catalogue.experiments not in seen[row["month"]]:
            seen[row["month"]].append(configuration.catalogue.experiments)
    return Declared(_months(seen, begins, zone), forgotten)


def _months(
    seen: Mapping[str, Sequence[Experiments]], begins: Mapping[str, datetime], zone: ZoneInfo
) -> list[Month]:  # fmt: skip
    """Those in which somebody could be compared with somebody else."""
    first = min(begins.values(), default=datetime.max.replace(tzinfo=zone))
    found = [Month(name, max(_start(name, zone), first), zone, several) for name, several in seen.items()]
    return [month for month in found if len(month.spans()) > 1]


def _start(month: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(f"{month}-01T00:00:00").replace(tzinfo=zone)


def _configuration(tables: Tables, workspace: str, catalogue: str) -> Configuration | None:
    used = tables.configuration
    if (used.workspace.digest, used.catalogue.digest) == (workspace, catalogue):
        return used
    try:
        return configuration_of(tables.home, workspace, catalogue)
    except NextleadError:
        return None

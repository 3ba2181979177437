"""Who is in which arm this month: control, an experiment, or treatment, by a hash of customer and month alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from leads.actions.experiments import Experiments
from leads.actions.learning import CONTROL, TREATMENT
from leads.arbitration.draws import hashed


@dataclass(frozen=True)
class Assignment:
    """The arms of n customers. arm: (n,) positions in `names`; shares, explorations: of each arm."""

    arm: np.ndarray
    names: tuple[str, ...]
    shares: tuple[float, ...]
    explorations: tuple[float, ...]

    def name(self, row: int) -> str:
        return self.names[int(self.arm[row])]

    def controlled(self, row: int) -> bool:
        """Whether the customer is left untouched."""
        return self.name(row) == CONTROL

    def share(self, row: int) -> float:
        """The chance to be in the customer's arm."""
        return self.shares[int(self.arm[row])]

    def exploration(self, row: int) -> float:
        return self.explorations[int(self.arm[row])]


def assign(experiments: Experiments, customer_ids: Sequence[str], now: datetime, timezone: str) -> Assignment:
    """The arms of the month that `now` is in, as it is counted in the workspace's zone."""
    shares = [experiments.control_share, *(arm.share for arm in experiments.arms)]
    if sum(shares) == 0:
        arms = np.full(len(customer_ids), len(shares), dtype=np.intp)
    else:
        arms = arms_of(customer_ids, month_of(now, timezone), shares)
    return Assignment(
        arm=arms,
        names=(CONTROL, *(arm.name for arm in experiments.arms), TREATMENT),
        shares=(*shares, 1.0 - sum(shares)),
        explorations=(
            0.0,
            *(arm.exploration for arm in experiments.arms),
            experiments.learning.exploration,
        ),
    )


def arms_of(customer_ids: Iterable[str], month: str, shares: Sequence[float]) -> np.ndarray:
    """The arm of each customer this month, by a hash of customer and month alone: (n,) positions in `shares`, their
    number for the rest. Raising the first share only adds to it.
    """
    bounds = [int(bound * 2**64) for bound in np.cumsum([0.0, *shares])[1:].tolist()]
    return np.array([bisect_right(bounds, hashed(f"{month}|{name}")) for name in customer_ids], dtype=np.intp)


def control_group(customer_ids: Iterable[str], month: str, share: float) -> np.ndarray:
    """Which customers are left untouched this month: (n,) bool. month: such as `2026-08`. The same customer has the
    same answer everywhere, and raising the share only adds.
    """
    inside: np.ndarray = arms_of(customer_ids, month, [share]) == 0
    return inside


def arms_change(now: datetime, timezone: str) -> datetime:
    """When the next calendar month begins, as it is counted in a time zone."""
    local = now.astimezone(ZoneInfo(timezone))
    later = (local.replace(day=1) + timedelta(days=32)).replace(day=1)
    return later.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def month_of(now: datetime, timezone: str = "UTC") -> str:
    """The calendar month of a time as it is counted in a time zone.

    >>> from datetime import UTC
    >>> month_of(datetime(2026, 7, 31, 20, tzinfo=UTC), "Asia/Shanghai")
    '2026-08'
    """
    return f"{now.astimezone(ZoneInfo(timezone)):%Y-%m}"

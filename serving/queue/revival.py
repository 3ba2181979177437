"""Revival: who had no number left is called again once one is told, who wanted no calls once they agree."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from leads.contact.number_choice import Caps
from serving.clock import milliseconds
from serving.people.reach import Reach
from serving.store.scripts import Scripts


def revive(
    scripts: Scripts,
    caps: Caps,
    reached: Iterable[Reach],
    now: datetime,
    pipeline: Any = None,
    agreed: Collection[str] = (),
) -> None:
    """End the rest for good of those who have a number that may be dialled, where it came of calls that reached nobody;
    who has none any more rests again.

    What was a wrong number and was told again later may be dialled again. agreed: who has agreed to calls since they
    wanted none. Others who wanted none, and who was tried as often as a lead may be, go on resting.
    """
    for reach in reached:
        most = (caps.lead.total, caps.number.total)
        phones = [*reach.retold, *(phone for phone in reach.phones if phone not in reach.retold)]
        aliases = map(scripts.keyspace.alias, phones)
        told: list[str | int] = [*most, int(reach.customer_id in agreed), len(reach.retold), *aliases]
        scripts.run("revive", milliseconds(now), reach.customer_id, *told, pipeline=pipeline)

"""Fields: how much of numbers, ids and sensitive tags each role sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from serving.access.principal import Principal
from serving.access.role import Role


class Shown(Enum):
    """FULL: as it is. MASKED: enough to know it again; of an id a name that stands for it here. HIDDEN: nothing."""

    FULL = "full"
    MASKED = "masked"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Sight:
    """What is seen of a person.

    numbers: phones, e-mail addresses, WeChat ids, distinct tags such as a national id, and runs of digits in what
    people wrote. ids: of customers. sensitive: tags that are declared so, such as those of health or of children, with
    what is reasoned from them. words: what people wrote freely.
    """

    numbers: Shown = Shown.HIDDEN
    ids: Shown = Shown.HIDDEN
    sensitive: Shown = Shown.HIDDEN
    words: Shown = Shown.HIDDEN


NOTHING: Final = Sight()
EVERYTHING: Final = Sight(Shown.FULL, Shown.FULL, Shown.FULL, Shown.FULL)

_MASKED: Final = Sight(Shown.MASKED, Shown.FULL, Shown.HIDDEN, Shown.MASKED)
"""Of who works with people: notes are read, numbers in them are not."""

_STRANGER: Final = Sight(Shown.HIDDEN, Shown.MASKED, Shown.HIDDEN, Shown.HIDDEN)
"""Of who works with figures, and never needs to know who it is."""

SIGHTS: Final[Mapping[Role, Sight]] = {
    "agent": _MASKED,
    "team_lead": _MASKED,
    "manager": _MASKED,
    "analyst": _STRANGER,
    "data_scientist": _STRANGER,
    "auditor": replace(_MASKED, numbers=Shown.HIDDEN),
    "operator": _STRANGER,
    "dialer": replace(EVERYTHING, sensitive=Shown.HIDDEN),
    "crm": EVERYTHING,
    "admin": EVERYTHING,
    "metrics": NOTHING,
}


def sight_of(principal: Principal) -> Sight:
    """What somebody sees of a person."""
    sight = SIGHTS[principal.role]
    if not principal.masked:
        return sight
    return replace(sight, numbers=_less(sight.numbers), words=_less(sight.words))


def _less(shown: Shown) -> Shown:
    return Shown.MASKED if shown is Shown.FULL else shown

"""How a customer is reached: of their record what ranking and claims read."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from features.phone import line_of
from features.spans import Span

_PHONE = "phone:"


class Reach(msgspec.Struct, frozen=True):
    """How a customer is reached: of their record what ranking and claims need, quick to read."""

    customer_id: str
    phone: str | None = None
    wechat: str | None = None
    email: str | None = None
    timezone: str | None = None
    known_as: tuple[str, ...] = ()
    spans: dict[str, Span] = {}

    @property
    def retold(self) -> tuple[str, ...]:
        """Their numbers that were told again after somebody else was found there."""
        return tuple(phone for phone in self.phones if (span := self.spans.get(_PHONE + phone)) and span.wrong)

    @property
    def phones(self) -> tuple[str, ...]:
        """Every number that leads to them, the one that was told last first."""
        others = (key.removeprefix(_PHONE) for key in self.known_as if key.startswith(_PHONE))
        return (*([self.phone] if self.phone else []), *others)

    def has(self, kind: str) -> bool:
        """Whether an address of this kind leads to them: phone, wechat or email."""
        return bool(getattr(self, kind)) or any(key.startswith(f"{kind}:") for key in self.known_as)

    @property
    def lines(self) -> tuple[str, ...]:
        """What is dialled to reach them, each number once: colleagues with extensions of their own share a line."""
        return tuple(dict.fromkeys(map(line_of, self.phones)))

    def without(self, phones: Collection[str]) -> Reach:
        """As they are reached but for these numbers."""
        others = tuple(key for key in self.known_as if key.removeprefix(_PHONE) not in phones)
        kept = None if self.phone in phones else self.phone
        return msgspec.structs.replace(self, phone=kept, known_as=others)

    @property
    def owner(self) -> str | None:
        """The agent to whom the relationship belongs."""
        return getattr(getattr(self, "tags", None), "owner", None)

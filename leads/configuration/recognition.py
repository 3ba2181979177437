"""Recognition: what an insurer declares so that a person's phone, e-mail and papers are read as they are meant."""

from __future__ import annotations

from dataclasses import dataclass

from leads.configuration.section import Section
from leads.words.zones import countries, country_of, zone_named


@dataclass(frozen=True)
class Recognition:
    """How identities are read.

    timezone: of customers who tell none. country: of every number without a country code, whatever the zone; None where
    the zone tells it. no_identity: what stands for nothing here, beside what does everywhere.
    """

    timezone: str
    country: str | None = None
    no_identity: tuple[str, ...] = ()

    def country_at(self, timezone: str | None = None) -> str | None:
        """The country of a number written without a country code; None where nothing tells it.

        timezone: the customer's own; one that there is not counts as none.

        >>> Recognition("Asia/Shanghai").country_at("US/Eastern"), Recognition("UTC").country_at()
        ('US', None)
        """
        own = None if timezone is None else zone_named(timezone)
        return self.country or country_of(own or self.timezone)


def parse_recognition(top: Section, timezone: str) -> Recognition:
    """From the keys `country` and `no_identity`. Raises InvalidWorkspace for a country that there is not."""
    if top.values.get("country") is not None and top.values["country"] not in countries():
        raise top.refuse("country", "the two letters of a country (ISO 3166) in quotes, such as 'CN'")
    return Recognition(timezone, top.values.get("country"), top.texts("no_identity"))

"""Time zones by their names in the tz database, and the country in which each of them lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

_NOWHERE = frozenset((
    "CET", "CST6CDT", "EET", "EST", "EST5EDT", "Factory", "GMT", "GMT+0", "GMT-0", "GMT0", "Greenwich", "HST", "MET",
    "MST", "MST7MDT", "PST8PDT", "UCT", "UTC", "Universal", "WET", "Zulu",
))  # fmt: skip
"""Names of a clock rather than a place, like all under Etc: some are links to zones that lie in a country."""

_SAME_PLACE = {
    "Africa/Asmera": "Africa/Asmara", "Africa/Timbuktu": "Africa/Bamako", "America/Coral_Harbour": "America/Atikokan",
    "America/Virgin": "America/St_Thomas", "Antarctica/South_Pole": "Antarctica/McMurdo",
    "Atlantic/Jan_Mayen": "Arctic/Longyearbyen", "Iceland": "Atlantic/Reykjavik", "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk", "Pacific/Yap": "Pacific/Chuuk",
}  # fmt: skip
"""Old names that the tz database links to a zone of the same clock in another country, with one of the same place."""


def zone_named(name: str) -> str | None:
    """A zone as the tz database spells it, whatever its letters' case; None where there is none of that name.

    >>> zone_named(" asia/shanghai ")
    'Asia/Shanghai'
    """
    return _names().get(name.strip().casefold())


def country_of(zone: str) -> str | None:
    """The country (ISO 3166) of a zone or of a link to one; None where the name tells none.

    Of a zone that several countries share, the one under which the tz database lists it.

    >>> [country_of(zone) for zone in ("Europe/Lisbon", "Asia/Calcutta", "US/Eastern", "Iceland", "UTC", "EST")]
    ['PT', 'IN', 'US', 'IS', None, None]
    """
    name = zone_named(zone)
    while name is not None and name not in _NOWHERE and name not in _countries():
        name = _SAME_PLACE.get(name) or _links().get(name)
    return None if name is None else _countries().get(name)


@cache
def countries() -> frozenset[str]:
    """The codes of all countries (ISO 3166)."""
    return frozenset(row[0] for row in _table("zoneinfo/iso3166.tab"))


@cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): name for name in _text("zones").split()}


@cache
def _countries() -> Mapping[str, str]:
    return {row[2]: row[0] for row in _table("zoneinfo/zone.tab")}


@cache
def _links() -> Mapping[str, str]:
    lines = (line.split() for line in _text("zoneinfo/tzdata.zi").splitlines() if line.startswith("L "))
    return {link: target for _, target, link in lines}


def _table(name: str) -> Iterator[list[str]]:
    return (line.split("\t") for line in _text(name).splitlines() if line and not line.startswith("#"))


def _text(name: str) -> str:
    return resources.files("tzdata").joinpath(name).read_text("utf-8")

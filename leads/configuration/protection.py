"""Protected tags: by whose groups a model's rates and calibration are shown, and bounds that they must keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from leads.configuration.section import Section

UNKNOWN = "unknown"
"""The group of those whose tag is not known."""


@dataclass(frozen=True)
class Protected:
    """A tag that divides customers into groups. cuts: ages and other numbers are taken in bands between these.

    selection: how often a group must at least be among the first, beside the group that is most often; calibration: how
    far what is said of a group may be from what is found, as a share of the population's rate. None where it is shown
    and does not gate.
    """

    tag: str
    cuts: tuple[float, ...] = ()
    selection: float | None = None
    calibration: float | None = None

    def groups(self, values: pl.Series) -> pl.Series:
        """(n,) the group of each row."""
        if not self.cuts:
            return values.cast(pl.String).fill_null(UNKNOWN)
        names = [f"under {self.cuts[0]:g}"]
        names += [f"{low:g} to {high:g}" for low, high in zip(self.cuts, self.cuts[1:], strict=False)]
        names.append(f"{self.cuts[-1]:g} and over")
        bands = pl.Series(names)[pl.Series(self.cuts).search_sorted(values.fill_null(0), side="right")]
        return pl.select(pl.when(values.is_null()).then(pl.lit(UNKNOWN)).otherwise(bands)).to_series()


@dataclass(frozen=True)
class Protection:
    """What is declared under `fairness`. top: the share of rows that count as the first of a queue, by probability.
    least: a group of fewer customers is too small to be judged, and is said to be.
    """

    protected: tuple[Protected, ...] = ()
    top: float = 0.2
    least: int = 200


def parse_protection(top: Section, types: Mapping[str, str]) -> Protection:
    """The section `fairness`. types: of the declared tags. Raises InvalidWorkspace for a tag that is not declared or
    cannot divide people, a number without bands, and bounds that are none.
    """
    section = top.section("fairness")
    section.only("protected", "top", "least", "selection", "calibration")
    share = section.number("top", Protection.top, least=0)
    if not 0 < share < 1:
        raise section.refuse("top", "a share between 0 and 1")
    named = section.values.get("protected")
    inner = section.section("protected") if not isinstance(named, list) else _listed(section)
    found = tuple(_protected(name, inner.section(name), section, types) for name in inner.values)
    return Protection(found, share, section.count("least", Protection.least, least=1) or Protection.least)


def _listed(section: Section) -> Section:
    return Section.of(section.file, section.key("protected"), dict.fromkeys(section.texts("protected")))


def _protected(name: str, section: Section, whole: Section, types: Mapping[str, str]) -> Protected:
    section.only("bands", "selection", "calibration")
    allowed = [tag for tag, kind in types.items() if kind in ("category", "boolean", "number")]
    if name not in allowed:
        raise whole.refuse("protected", f"tags of type category, boolean or number: {', '.join(allowed)}", name)
    cuts = _cuts(section)
    if bool(cuts) != (types[name] == "number"):
        allowed_bands = "ascending numbers such as [30, 45, 60]" if types[name] == "number" else "nothing"
        raise section.refuse("bands", f"{allowed_bands}: {name} is a {types[name]}")
    return Protected(name, cuts, _bound(section, whole, "selection"), _bound(section, whole, "calibration"))


def _cuts(section: Section) -> tuple[float, ...]:
    cuts = section.values.get("bands") or []
    numbers = isinstance(cuts, list) and all(isinstance(c, int | float) and not isinstance(c, bool) for c in cuts)
    if not numbers or sorted(set(cuts)) != cuts:
        raise section.refuse("bands", "ascending numbers such as [30, 45, 60]")
    return tuple(map(float, cuts))


def _bound(section: Section, whole: Section, name: str) -> float | None:
    """That of the tag, else that of all; a share above 0 and at most 1."""
    told = section if section.has(name) else whole
    if not told.has(name):
        return None
    bound = told.number(name, least=0)
    if not 0 < bound <= 1:
        raise told.refuse(name, "a share above 0 and at most 1")
    return bound

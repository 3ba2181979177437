"""Made-up identities: they look valid and belong to the customer's number, not to a person; and the language to use."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator import clock
from simulator.arrays import Array, Codes
from simulator.vocabulary import LANGUAGES, REGIONS
from simulator.words import names, spelled
from simulator.world import World

PREFIXES = ("133", "135", "137", "139", "150", "152", "158", "159", "177", "182", "186", "187", "188", "189")
"""Ranges of Chinese mobile numbers."""

DIALECTS = {"south": (0.25, 0.05), "east": (0.0, 0.04)}
"""By region the shares of those who want to be spoken with in Cantonese and in Hokkien; all others in Mandarin."""

_SPACE = 100_000_000
_STRIDE = 61_803_399
"""Coprime to the space, so that every customer number gets its own eight digits."""


def identities(rng: np.random.Generator, region: Codes, world: World) -> pl.DataFrame:
    """`phone` (E.164), `wechat`, `email` (null for some), `timezone` and `language`, one row per customer number.

    region: where each of them lives. What language they speak changes nothing that they do.
    """
    size = region.size
    owner = np.arange(size, dtype=np.int64)
    shared = (rng.random(size) < world.shared_phones) & (owner > 0)
    owner[shared] = rng.integers(0, owner[shared])
    mailed = np.where(rng.random(size) < world.email, np.arange(size), -1)
    return pl.DataFrame(
        {
            "phone": _phones(owner),
            "wechat": names("wx_", size, 7),
            "email": spelled(mailed, names("c", size, 7)) + "@example.com",
            "timezone": pl.repeat(clock.TIMEZONE, size, dtype=pl.String, eager=True),
            "language": spelled(_languages(rng, region), LANGUAGES),
        }
    )


def _languages(rng: np.random.Generator, region: Codes) -> Codes:
    shares = np.array([DIALECTS.get(name, (0.0, 0.0)) for name in REGIONS])[region]
    drawn, cantonese = rng.random(region.size), shares[:, 0]
    return np.select([drawn < cantonese, drawn < cantonese + shares[:, 1]], [1, 2], 0).astype(np.int8)


def _phones(owner: Array) -> pl.Series:
    prefix = pl.Series(PREFIXES).gather(owner % len(PREFIXES))
    digits = pl.Series((owner * _STRIDE + 20_260_101) % _SPACE).cast(pl.String).str.zfill(8)
    return "+86" + prefix + digits

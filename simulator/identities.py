"""Made-up identities: they look valid and belong to the customer's number, not to a person."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator import clock
from simulator.arrays import Array
from simulator.words import names, spelled
from simulator.world import World

PREFIXES = ("133", "135", "137", "139", "150", "152", "158", "159", "177", "182", "186", "187", "188", "189")
"""Ranges of Chinese mobile numbers."""

_SPACE = 100_000_000
_STRIDE = 61_803_399
"""Coprime to the space, so that every customer number gets its own eight digits."""


def identities(rng: np.random.Generator, size: int, world: World) -> pl.DataFrame:
    """`phone` (E.164), `wechat`, `email` (null for some) and `timezone`, one row per customer number."""
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
        }
    )


def _phones(owner: Array) -> pl.Series:
    prefix = pl.Series(PREFIXES).gather(owner % len(PREFIXES))
    digits = pl.Series((owner * _STRIDE + 20_260_101) % _SPACE).cast(pl.String).str.zfill(8)
    return "+86" + prefix + digits

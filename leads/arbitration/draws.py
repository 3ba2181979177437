"""Chance that can be repeated: numbers and groups by hash, the same everywhere and at any time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPAN = float(2**64)


def hashed(text: str) -> int:
    """64 bits of a text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def mixed(lots: NDArray[np.uint64], numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Lots of many, each drawn anew by a number beside it, without hashing texts: the finaliser of SplitMix64 (Steele,
    Lea & Flood 2014) of the lot and the number.
    """
    drawn: NDArray[np.uint64] = lots + numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    drawn = (drawn ^ (drawn >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    drawn = (drawn ^ (drawn >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    drawn ^= drawn >> np.uint64(31)
    return drawn


def seed_of(customer_id: str, now: datetime, bucket: timedelta, catalogue: str) -> str:
    """What a customer's draws start from: the same within a time bucket and under one catalogue."""
    return f"{customer_id}|{(now - _EPOCH) // bucket}|{catalogue}"


def draws_change(now: datetime, bucket: timedelta) -> datetime:
    """When the time bucket ends."""
    return _EPOCH + ((now - _EPOCH) // bucket + 1) * bucket


def uniform(seed: str, purpose: str) -> float:
    """A number from 0 until before 1."""
    return min(hashed(f"{purpose}|{seed}") / _SPAN, 1.0 - 2**-53)


def held_back(customer_ids: Sequence[str], action: str, share: float) -> np.ndarray:
    """Who is not offered a new action yet: (n,) bool. Raising the share only adds to those who are."""
    if share >= 1:
        return np.zeros(len(customer_ids), dtype=bool)
    bound = int(share * 2**64)
    return np.array([hashed(f"ramp|{action}|{customer}") >= bound for customer in customer_ids], dtype=bool)

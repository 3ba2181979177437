"""How a view's row of one customer is packed into one value of the online store.

Eight bytes say when the row was true (float64 microseconds, little-endian). Then a state view has its float64 columns
as they stand in memory; the profile has its columns as a MessagePack list.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from leads.errors import Unavailable

HEADER = 8
_TIME = struct.Struct("<d")
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Any])


def pack_state(at: float, row: np.ndarray) -> bytes:
    """A state row (width,) float64, true at `at` microseconds."""
    return pack_states(np.array([at]), row[None])[0]


def pack_states(at: np.ndarray, states: np.ndarray) -> list[bytes]:
    """The rows of an (n, width) matrix, packed one by one in a single copy. What is missing has one form: sums of it
    come with either sign, and equal states have equal bytes.
    """
    block = np.column_stack([at, states]).astype("<f8", copy=False)
    block[np.isnan(block)] = np.nan
    width, flat = block.shape[1] * 8, np.ascontiguousarray(block).tobytes()
    return [flat[start : start + width] for start in range(0, len(flat), width)]


def unpack_states(values: Sequence[bytes | None], blank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times (n,) in microseconds and states (n, width); a missing value gives NaN and the blank state.

    Raises Unavailable when a value was packed for another layout: the hot state must be rebuilt.
    """
    absent = _TIME.pack(np.nan) + blank.astype("<f8").tobytes()
    size = len(absent)
    filled = [absent if value is None else value for value in values]
    if any(len(value) != size for value in filled):
        raise Unavailable("the online store holds states of another workspace layout; run `nextlead rebuild`")
    block = np.frombuffer(b"".join(filled), dtype="<f8").reshape(len(filled), -1)
    return block[:, 0].copy(), block[:, 1:].copy()


def pack_profile(at: float, values: Sequence[Any]) -> bytes:
    """Profile values in the order of the view's columns, known since `at`."""
    return _TIME.pack(at) + _encoder.encode(list(values))


def unpack_profile(value: bytes) -> tuple[float, list[Any]]:
    """When the profile was known, and its values."""
    return _TIME.unpack_from(value)[0], _decoder.decode(memoryview(value)[HEADER:])


def packed_at(value: bytes) -> float:
    """Only the time of a packed row."""
    return float(_TIME.unpack_from(value)[0])

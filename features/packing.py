"""How a view's row of one customer is packed into one value of the online store.

Eight bytes say when the row was true (float64 microseconds, little-endian). Then the profile has its columns as a
MessagePack list. A state view, most of which is missing or 0, has how many columns it has (two bytes), a bit for each
that says whether there is a number, a bit for each that says whether that is 0, and the other numbers as float64.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from leads.errors import Unavailable

HEADER = 8
_BITS = HEADER + 2
_OTHER = "the online store holds states of another workspace layout; run `nextlead rebuild`"
_UNTOLD = np.array([np.nan, 0.0])
_TIME, _WIDTH = struct.Struct("<d"), struct.Struct("<H")
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Any])


def pack_state(at: float, row: np.ndarray) -> bytes:
    """A state row (width,) float64, true at `at` microseconds."""
    return pack_states(np.array([at]), row[None])[0]


def pack_states(at: np.ndarray, states: np.ndarray) -> list[bytes]:
    """The rows of an (n, width) matrix, packed one by one. Equal states have equal bytes: what is missing has one form,
    though sums of it come with either sign.
    """
    cells = np.ascontiguousarray(states, dtype="<f8")
    # A zero below nothing has another sign, and so stands among the numbers.
    zero, missing = cells.view("<u8") == 0, np.isnan(cells)
    told = ~(zero | missing)
    times = np.ascontiguousarray(at, dtype="<f8").view(np.uint8).reshape(-1, HEADER)
    widths = np.full((len(cells), 1), cells.shape[1], dtype="<u2").view(np.uint8)
    heads = np.hstack([times, widths, np.packbits(told, axis=1), np.packbits(zero, axis=1)]).tobytes()
    size, numbers = _head(cells.shape[1]), cells.reshape(-1)[np.flatnonzero(told)].tobytes()
    ends = (8 * np.cumsum(told.sum(axis=1))).tolist()
    return [
        heads[row * size : (row + 1) * size] + numbers[start:end]
        for row, (start, end) in enumerate(zip([0, *ends], ends, strict=False))
    ]


def unpack_states(values: Sequence[bytes | None], blank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times (n,) in microseconds and states (n, width); a missing value gives NaN and the blank state.

    Raises Unavailable when a value was packed for another layout: the hot state must be rebuilt.
    """
    width, size, count = len(blank), _head(len(blank)), len(values)
    absent = pack_state(np.nan, blank) if None in values else b""
    filled = [absent if value is None else value for value in values]
    heads = b"".join([value[:size] for value in filled])
    if len(heads) != size * count or not {value[HEADER:_BITS] for value in filled} <= {_WIDTH.pack(width)}:
        raise Unavailable(_OTHER)
    head = np.frombuffer(heads, dtype=np.uint8).reshape(count, size)
    bits = np.unpackbits(head[:, _BITS:].reshape(count, 2, -1), axis=2, count=width)
    told, numbers = np.flatnonzero(bits[:, 0].view(bool)), b"".join([value[size:] for value in filled])
    if len(numbers) != 8 * len(told):
        raise Unavailable(_OTHER)
    states = _UNTOLD[bits[:, 1]]
    states.reshape(-1)[told] = np.frombuffer(numbers, dtype="<f8")
    return head[:, :HEADER].copy().view("<f8")[:, 0], states


def _head(width: int) -> int:
    """Bytes of a packed state before its numbers."""
    return _BITS + 2 * ((width + 7) // 8)


def pack_profile(at: float, values: Sequence[Any]) -> bytes:
    """Profile values in the order of the view's columns, known since `at`."""
    return _TIME.pack(at) + _encoder.encode(list(values))


def unpack_profile(value: bytes) -> tuple[float, list[Any]]:
    """When the profile was known, and its values."""
    return _TIME.unpack_from(value)[0], _decoder.decode(memoryview(value)[HEADER:])


def packed_at(value: bytes) -> float:
    """Only the time of a packed row."""
    return float(_TIME.unpack_from(value)[0])

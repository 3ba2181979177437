"""The contact policy the insurer has today: lists and mass pushes, blind to what customers do.

A later policy that does look replaces this module; the rest of the room stays.
"""

from __future__ import annotations

import numpy as np

from simulator.arrays import Codes, Floats
from simulator.clock import DAY, Step
from simulator.log import NEVER
from simulator.market import Market
from simulator.products import PRODUCTS

EXPIRY_DAYS = 35
"""Days before an expiry from which somebody is called about it."""

CALL_WINDOWS = ((28, EXPIRY_DAYS), (7, 14))
MESSAGE_WINDOWS = ((21, 28), (0, 7))
"""Days before an expiry, counted from the end of the step, in which policies due are called or written to."""

LEAD_DAYS = 21
"""New leads are on the list for so many days."""


def call_chances(market: Market, step: Step, known: int) -> Floats:
    """Chance of being dialled this step; shape (known,)."""
    world, contacts = market.world, market.contacts
    chance = np.full(known, world.list_calls * step.years, np.float32)
    first = int(np.searchsorted(market.people.joined[:known], max(step.start - LEAD_DAYS * DAY, 1)))
    chance[first:] = world.lead_call
    _raise(chance, due(market, step, known, CALL_WINDOWS) >= 0, world.expiry_call)
    _raise(chance, contacts.callback[:known], world.callback_call)
    return chance * contacts.callable(known)


def message_chances(market: Market, step: Step, known: int, reminded: Codes) -> Floats:
    """Chance of being written to this step; `reminded` is the line about to expire, -1 for none."""
    chance = np.full(known, market.world.mass_messages * step.years, np.float32)
    _raise(chance, reminded >= 0, market.world.expiry_message)
    return chance


def campaign_line(market: Market, step: Step, known: int) -> Codes:
    """The line pushed this month: by segment and month, not by need."""
    return ((market.people.segment[:known] + step.start // (30 * DAY)) % len(PRODUCTS)).astype(np.int8)


def due(market: Market, step: Step, known: int, windows: tuple[tuple[int, int], ...]) -> Codes:
    """The line whose expiry falls into one of the windows, -1 for none; shape (known,)."""
    out = np.full(known, -1, np.int8)
    for line in range(len(PRODUCTS)):
        expires = market.book.expires[line, :known]
        for first, last in windows:
            inside = (expires >= step.end + first * DAY) & (expires < step.end + last * DAY)
            out[inside & (expires != NEVER)] = line
    return out


def _raise(chance: Floats, flags: np.ndarray[tuple[int], np.dtype[np.bool_]], floor: float) -> None:
    np.maximum(chance, floor, out=chance, where=flags)

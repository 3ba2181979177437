"""A reference, no bound: knows every need, mood and what contact does, though not chance, and is greedy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Floats
from simulator.calls import picking_up
from simulator.clock import DAY
from simulator.log import NEVER
from simulator.loop.contact import CHATTY, FATIGUE, HANDLING, LONGER, WRITING
from simulator.loop.insurer import Insurer
from simulator.loop.legacy import due_line
from simulator.loop.outcomes import buying, pull
from simulator.loop.policy import CALL, CONTENT, HELP, PLAIN, RENEWAL, SALE, SERVICE, SMS, WECOM, Morning, Orders
from simulator.policies import pace
from simulator.products import PRODUCTS
from simulator.temperament import DISLOYAL

WORTH = np.array([product.price * product.margin for product in PRODUCTS], np.float32) * 3
"""CNY that a policy won or kept contributes over its life: three terms."""

MINUTE = 1.2
"""CNY of an agent's minute."""

CLOSE = (-12, 10)
"""Days around the expiry in which a reminder counts most."""

LASTING = 15.0
"""Days over which one talk about buying works, all in all."""

KEPT, AHEAD = 2.5, 45
"""Room for contact (in talks) that is kept for the renewal from so many days before the expiry."""

TALK = 1.8
"""Minutes of an average talk."""


@dataclass(frozen=True)
class _Option:
    """One kind of contact for everyone known: what it wins (CNY, negative where it may not be), minutes, and line."""

    channel: int
    purpose: int
    tone: int
    gain: Floats
    minutes: Floats
    line: Array


class Reference:
    """Of all contacts the one that wins most for each customer, while it tires nobody and pays for its minutes."""

    reads = False

    def __init__(self) -> None:
        self._insurer: Insurer | None = None

    def reveal(self, insurer: Insurer) -> None:
        """Show it the truth."""
        self._insurer = insurer

    def decide(self, morning: Morning) -> Orders:
        """Calls by what a minute wins, messages to all whom they move."""
        insurer = self._insurer
        if insurer is None:
            return Orders.none()
        known = int(morning.records.known.sum())
        options = self._options(insurer, morning, known)
        net = np.stack([option.gain - MINUTE * option.minutes for option in options])
        best = net.argmax(axis=0)
        who = np.flatnonzero(net.max(axis=0) > 0.05)
        spent = np.stack([option.minutes for option in options])[best[who], who]
        value = net[best[who], who] / np.maximum(spent, 0.1)
        who = who[np.argsort(-value, kind="stable")]
        chosen = best[who]
        return Orders.of(
            who,
            np.array([option.channel for option in options])[chosen],
            np.array([option.purpose for option in options])[chosen],
            np.stack([option.line for option in options])[chosen, who],
            np.array([option.tone for option in options])[chosen],
        )

    def _options(self, insurer: Insurer, morning: Morning, known: int) -> list[_Option]:
        seen = _seen(insurer, morning, known)
        talk = HANDLING + TALK * seen[CALL]
        nothing = np.zeros(known)
        minutes = {CALL: talk, WECOM: np.full(known, WRITING), SMS: nothing, CONTENT: nothing}
        room = insurer.market.temperament.patience[:known] - insurer.market.temperament.fatigue[:known]
        due = due_line(morning.records, morning.day, AHEAD)[:known] >= 0
        out = []
        for channel in (CALL, WECOM, SMS, CONTENT):
            tireless = FATIGUE[channel] == 0
            rested = ((room >= FATIGUE[channel] * 0.9) | tireless) & (seen[channel] > 0)
            share = seen[channel] * _strength(insurer, channel, known)
            renewal, line = _renewal(insurer, morning.day, known, share, reminds=True, helps=False)
            sale, other = _sale(insurer, known, share)
            for purpose, gain, meant in ((RENEWAL, renewal, line), (SALE, sale, other)):
                free = rested & ((room >= KEPT) | ~due | tireless) if purpose == SALE else rested
                kept = np.where(free, gain, -1.0)
                out.append(_Option(channel, purpose, PLAIN, kept, minutes[channel], meant))
            if channel == CALL:
                longer = HANDLING + LONGER * TALK * seen[CALL]
                for purpose in (RENEWAL, SERVICE):
                    reminds = purpose == RENEWAL
                    helped, line = _renewal(insurer, morning.day, known, share, reminds=reminds, helps=True)
                    out.append(_Option(CALL, purpose, HELP, np.where(rested, helped, -1.0), longer, line))
        return out


def _seen(insurer: Insurer, morning: Morning, known: int) -> dict[int, Floats]:
    """Chance that a contact is noticed, 0 where it is not allowed."""
    records, chance = morning.records, insurer.scenario.reaction.seen
    picks_up = picking_up(insurer.market, np.arange(known), np.full(known, 14))
    picks_up = picks_up * ~insurer.market.temperament.wrong_number[:known]
    return {
        CALL: picks_up * records.consent[CALL, :known],
        WECOM: chance[WECOM] * (records.wecom & records.consent[WECOM])[:known],
        SMS: chance[SMS] * records.consent[SMS, :known],
        CONTENT: np.full(known, chance[CONTENT], np.float32),
    }


def _strength(insurer: Insurer, channel: int, known: int) -> Floats:
    level = np.float32(insurer.scenario.reaction.strength[channel])
    chatty = insurer.market.temperament.chatty[:known] & (channel == WECOM)
    return np.where(chatty, CHATTY, level).astype(np.float32)


def _renewal(
    insurer: Insurer, day: int, known: int, share: Floats, *, reminds: bool, helps: bool
) -> tuple[Floats, Array]:  # fmt: skip
    """What a contact about each customer's policy nearest to its expiry wins, and the line. reminds, helps: whether it
    is about renewing, and settles doubts.
    """
    expires = insurer.market.book.expires[:, :known]
    ahead = expires.astype(np.int64) - day * DAY
    close = (expires != NEVER) & (ahead < -CLOSE[0] * DAY) & (ahead > -CLOSE[1] * DAY)
    line = np.where(close, np.abs(ahead), np.iinfo(np.int64).max).argmin(axis=0)
    customer = np.arange(known)
    hazard = (1 - pace(-ahead[line, customer])) * np.exp(pull(insurer, line, customer))
    moved = insurer.receptive[:known] * (1 - insurer.heard[:known]) * (share * reminds) * 0.75
    seen = insurer.scenario.reaction.helped * (share * helps) / np.maximum(_strength(insurer, CALL, known), 0.1)
    settled = insurer.market.temperament.doubt[:known] * DISLOYAL * insurer.market.world.trust_effect * seen
    gain = (np.exp(-hazard) - np.exp(-hazard * np.exp(moved + settled))) * WORTH[line]
    return np.where(close[line, customer], gain, -1.0).astype(np.float32), line


def _sale(insurer: Insurer, known: int, share: Floats) -> tuple[Floats, Array]:
    """What a contact about the line that gains most wins, and the line."""
    owned = insurer.market.book.owned(known)
    moved = insurer.scenario.reaction.sale * insurer.buyable[:known] * share * (1 - insurer.heard_of[:, :known])
    won = buying(insurer, known, owned) * LASTING * np.expm1(moved) * WORTH[:, None]
    line = won.argmax(axis=0)
    return won[line, np.arange(known)], line

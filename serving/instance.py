"""One HTTP process of the service: what it stands on, its app, and how both are put away."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, MutableMapping
from contextlib import ExitStack
from typing import NamedTuple

import redis
from fastapi import FastAPI

from features.privacy import keep_private
from serving.composition import Composition, compose
from serving.counting import count_together
from serving.hosting import engine_of, worker_of
from serving.settings import Settings


class Loaded(NamedTuple):
    """web: makes the app of a process, with the wings of that name. warm: does once what is slow the first time."""

    web: Callable[[Composition, str | None], FastAPI]
    warm: Callable[[Composition], None]


def load(environment: MutableMapping[str, str]) -> Loaded:
    """Import all that answers, which takes long. What counts looks where as soon as it is imported, so that is said
    before: nothing above may import it.
    """
    counted = count_together(environment)
    from serving.webapp import warm, web
    from serving.wing import named

    return Loaded(lambda parts, wings: web(parts, counted, named(wings)), warm)


_SWITCH = 0.0005
"""Seconds after which a thread that works gives way to those that wait. A request goes to the store and back a few
times, and after each would wait Python's usual 5 ms beside one that keeps the interpreter busy.
"""


class Instance:
    """The same app whoever listens: BentoML, or the listener of `nextlead serve`."""

    def __init__(self, settings: Settings, environment: MutableMapping[str, str]) -> None:
        keep_private()
        loaded = load(environment)
        self._stack = ExitStack()
        url = self._stack.enter_context(engine_of(settings))
        self._parts = parts = compose(settings, url)
        parts.rebuild.fill(parts.clock.now)
        self._stack.enter_context(worker_of(settings, url))
        self.app = loaded.web(parts, settings.wings)
        loaded.warm(parts)
        # Everything imported so far lives as long as the process: the collector need not walk it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 50)
        sys.setswitchinterval(_SWITCH)

    def is_ready(self) -> bool:
        """Whether the hot store answers."""
        try:
            return bool(self._parts.client.ping())
        except redis.RedisError:
            return False

    def close(self) -> None:
        """Stop what this process started, and write what the audit trail was told last."""
        self._parts.trail.close()
        self._stack.close()

"""One HTTP process of the service: what it stands on, its app, and how both are put away."""

from __future__ import annotations

import gc
from collections.abc import MutableMapping
from contextlib import ExitStack

import redis

from features.privacy import keep_private
from serving.composition import compose
from serving.counting import count_together
from serving.hosting import engine_of, worker_of
from serving.settings import Settings


class Instance:
    """The same app whoever listens: BentoML, or the listener of `nextlead serve`."""

    def __init__(self, settings: Settings, environment: MutableMapping[str, str]) -> None:
        keep_private()
        counted = count_together(environment)
        # Once it is said where: what counts looks for that when it is imported.
        from serving.webapp import warm, web
        from serving.wing import named

        self._stack = ExitStack()
        url = self._stack.enter_context(engine_of(settings))
        self._parts = parts = compose(settings, url)
        parts.rebuild.fill(parts.clock.now)
        self._stack.enter_context(worker_of(settings, url))
        self.app = web(parts, counted, named(settings.wings))
        warm(parts)
        # Everything imported so far lives as long as the process: the collector need not walk it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 50)

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

"""A home's hot state for commands that use it: the running service's, or an engine started for the moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from features.home import Home
from serving.clock import Clock
from serving.composition import Composition, compose
from serving.hosting import engine_of
from serving.settings import from_environment


@contextmanager
def composed(folder: Path) -> Iterator[Composition]:
    """The parts of the service over a home's hot state, which is folded from the lake first when it is empty. Their
    clock is that of the service: with `serve --start-at` the time that it began from and that has passed since.
    """
    settings = from_environment({**os.environ, "NEXTLEAD_HOME": str(folder)})
    settings = replace(settings, home=folder.resolve())
    if not settings.clock_offset:
        settings = replace(settings, clock_offset=Clock.of(Home.open(folder)).offset)
    with engine_of(settings) as url:
        parts = compose(settings, url)
        parts.rebuild.fill(parts.clock.now)
        yield parts

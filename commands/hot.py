"""A home's hot state for commands that use it: the running service's, or an engine started for the moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from features.home import Home
from serving.clock import Clock
from serving.settings import Settings, from_environment

if TYPE_CHECKING:
    from serving.composition import Composition
    from serving.wiring.reception import Reception


@contextmanager
def composed(folder: Path) -> Iterator[Composition]:
    """The parts of the service over a home's hot state, which is folded from the lake first when it is empty. Their
    clock is that of the service: with `serve --start-at` the time that it began from and that has passed since.
    """
    from serving.composition import compose
    from serving.hosting import engine_of

    settings = _settings(folder)
    with engine_of(settings) as url:
        parts = compose(settings, url)
        parts.rebuild.fill(parts.clock.now)
        yield parts


@contextmanager
def received(folder: Path) -> Iterator[Reception]:
    """The same for commands that score and decide nothing: what does so is loaded only where state must be folded."""
    with _without("opentelemetry"):
        from serving.hosting import engine_of
        from serving.wiring.reception import Reception

    settings = _settings(folder)
    with engine_of(settings) as url:
        parts = Reception(settings, url)
        _ = parts.endpoints
        if not parts.layout.is_current():
            from serving.composition import compose

            compose(settings, url).rebuild.fill(parts.clock.now)
        yield parts


@contextmanager
def _without(package: str) -> Iterator[None]:
    """What is imported meanwhile does without a package, as if it were not installed, unless it is loaded already: the
    store's client would load OpenTelemetry where others have brought it, to export nothing.
    """
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


def _settings(folder: Path) -> Settings:
    settings = from_environment({**os.environ, "NEXTLEAD_HOME": str(folder)})
    settings = replace(settings, home=folder.resolve())
    return settings if settings.clock_offset else replace(settings, clock_offset=Clock.of(Home.open(folder)).offset)

"""A home's hot state for commands that use it: the running service's, or an engine started for the moment."""

from __future__ import annotations

import importlib
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
    _load_client()
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


def _load_client() -> None:
    """The store's client alone: where others have brought OpenTelemetry it would load that too, to export nothing."""
    if "opentelemetry" not in sys.modules:
        sys.modules["opentelemetry"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("redis")
        finally:
            del sys.modules["opentelemetry"]


def _settings(folder: Path) -> Settings:
    settings = from_environment({**os.environ, "NEXTLEAD_HOME": str(folder)})
    settings = replace(settings, home=folder.resolve())
    return settings if settings.clock_offset else replace(settings, clock_offset=Clock.of(Home.open(folder)).offset)

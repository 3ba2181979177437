"""A home's hot state for commands that read it: the running service's, or an engine started for the moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from serving.engine import running
from serving.rebuild import is_empty, rebuild
from serving.services import Services, build
from serving.settings import from_environment


@contextmanager
def hot_services(folder: Path) -> Iterator[Services]:
    """The parts of the service over a home's hot state, which is folded from the lake first when it is empty."""
    settings = from_environment({**os.environ, "NEXTLEAD_HOME": str(folder)})
    if settings.redis_url is not None:
        yield _filled(build(settings, settings.redis_url))
        return
    settings = replace(settings, home=folder.resolve())
    with running(folder.resolve() / "hot", settings.fsync) as url:
        yield _filled(build(settings, url))


def _filled(services: Services) -> Services:
    if is_empty(services):
        rebuild(services, datetime.now(UTC))
    return services

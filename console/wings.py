"""The wings of the service: what rooms above serving add to it. A host names `console.wings:build`."""

from __future__ import annotations

from monitoring.reports.reports import Reports
from monitoring.routes import reports
from serving.composition import Composition
from serving.http.access import Doorkeeper
from serving.wing import Wing

_MEMORY = "1GB"
"""What a report may take of the memory of a process that answers others meanwhile."""


def build(parts: Composition, doorkeeper: Doorkeeper) -> Wing:
    """The wings of one process of the service."""
    told = Reports(parts.home, parts.clock.now, _MEMORY)
    return Wing(api=(reports.router(doorkeeper, told),))

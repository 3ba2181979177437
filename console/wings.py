"""The wings of the service: what rooms above serving add to it. A host names `console.wings:build`."""

from __future__ import annotations

from serving.composition import Composition
from serving.http.access import Doorkeeper
from serving.wing import Wing


def build(parts: Composition, doorkeeper: Doorkeeper) -> Wing:
    """The wings of one process of the service."""
    return Wing()

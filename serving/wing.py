"""Wings: what rooms above this one add to the service, named by the host that starts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pkgutil import resolve_name

from fastapi import APIRouter
from prometheus_client.registry import Collector
from starlette.routing import Mount

from leads.errors import InvalidInput
from serving.composition import Composition
from serving.http.access import Doorkeeper

VARIABLE = "NEXTLEAD_WINGS"
"""The variable in which a host names the wings: `module:function`."""


@dataclass(frozen=True)
class Wing:
    """What a service answers beside what this room does.

    api: routes under /v1 (`Api`) that ask for a key; they stand in the document. pages: routes from the root, which do
    not. mounts: apps from the root, such as a folder of static files. collectors: of further metrics.
    """

    api: tuple[APIRouter, ...] = ()
    pages: tuple[APIRouter, ...] = ()
    mounts: tuple[Mount, ...] = ()
    collectors: tuple[Collector, ...] = ()


Build = Callable[[Composition, Doorkeeper], Wing]
"""Makes the wings of one process from its parts and from who looks at its keys."""


def none(parts: Composition, doorkeeper: Doorkeeper) -> Wing:
    """A service without wings."""
    return Wing()


def named(name: str | None) -> Build:
    """The wings that a host names; none where it names nothing. Raises InvalidInput for what cannot be found."""
    if not name:
        return none
    try:
        build: Build = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidInput(VARIABLE, name, f"module:function of the wings ({error})") from error
    return build

"""The service without its doors, to be measured beside itself: everybody is let in as one who may do everything,
nothing is written down, counted or masked. There is no such service but here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute

from serving.access.act import Act
from serving.access.policy import Right
from serving.access.principal import Principal
from serving.access.rights import Extent
from serving.http.access import Doorkeeper, Needs, Visit
from serving.http.api_key import KeyLimits
from serving.http.callers import Caller


class Open(Doorkeeper):
    """Lets everybody in without a look."""

    def __init__(self, like: Doorkeeper) -> None:
        super().__init__(like.callers, like.policy, like.sign_in, like.trail)
        self._caller = Caller(Principal("anybody", "admin", masked=False), KeyLimits())
        custody = like.policy.right(self._caller.principal, Act.SCORE).custody
        self._rights = {act: Right(self._caller.principal, act, Extent.ALL, custody) for act in Act}

    async def visit(self, request: Request, act: Act, rows: bool = False) -> Visit:
        return Visit(self._caller, self._rights[act])

    async def begun(self, request: Request) -> None:
        pass

    def answered(self, request: Request, status: int) -> None:
        pass


def without_doors(app: FastAPI) -> FastAPI:
    """The app, which nobody guards any more."""
    for door in _doors(app):
        object.__setattr__(door, "doorkeeper", Open(door.doorkeeper))
    return app


def _doors(app: FastAPI) -> Iterator[Needs]:
    routes: list[Any] = [route for route in app.router.routes if isinstance(route, APIRoute)]
    for route in routes:
        yield from (one.dependency for one in route.dependencies if isinstance(one.dependency, Needs))

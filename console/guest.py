"""Guests: who opens a page, what they may do here, and how it is told to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request

from console.language import Language, language_of
from serving.access.act import Act
from serving.access.masking import Masking
from serving.access.policy import Policy, Right
from serving.access.principal import Principal
from serving.http.access import Doorkeeper, Visit
from serving.http.callers import require_meant
from serving.http.session_cookie import token_of
from serving.http.under_way import Line


@dataclass(frozen=True)
class Guest:
    """visit: who asks, and how far their right to this page goes. path: of the page, for the way back to it."""

    visit: Visit
    policy: Policy
    language: Language
    path: str

    @property
    def principal(self) -> Principal:
        return self.visit.principal

    @property
    def right(self) -> Right:
        return self.visit.right

    @property
    def agent_id(self) -> str | None:
        return self.principal.agent_id

    @property
    def name(self) -> str:
        """By which what they do is told to others."""
        return self.principal.agent_id or self.principal.name or self.principal.id

    @property
    def csrf(self) -> str:
        """What every form of theirs carries."""
        return "" if self.visit.session is None else self.visit.session.proof

    def may(self, act: Act) -> bool:
        return self.policy.may(self.principal, act)

    def shown(self, answer: Any) -> Any:
        """An answer as they may see it."""
        masking: Masking | None = self.policy.masking(self.principal)
        return answer if masking is None else masking.document(answer)


Form = Mapping[str, str]


async def form_of(request: Request) -> Form:
    """The fields of a form, each once."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


SENT: Any = Depends(form_of)
"""What a form sent."""


async def _await_turn(doorkeeper: Doorkeeper, request: Request, otherwise: str) -> None:
    """Wait until no other page is made for this session; its route gives the turn back. Raises TooBusy."""
    if getattr(request.state, "turn", None) is None:
        name = token_of(request) or otherwise
        await doorkeeper.turns.take(name, Line.HEAVY)
        request.state.turn, request.state.doorkeeper = name, doorkeeper


def door(doorkeeper: Doorkeeper, act: Act, *, trailed: bool = True) -> Any:
    """A dependency: the guest, who may do this act be it with their own customers alone; the page looks whose it shows.

    trailed: whether the audit trail tells of it, as it does of all but what a page asks again and again by itself.

    Raises Unauthorized, Forbidden, TooBusy.
    """

    async def enter(request: Request) -> Guest:
        visit = await doorkeeper.visit(request, act, rows=True)
        if visit.session is not None:
            await require_meant(request, visit.session)
        if trailed:
            await _await_turn(doorkeeper, request, visit.principal.id)
            request.state.visit, request.state.doorkeeper = visit, doorkeeper
            await doorkeeper.begun(request)
        query = f"?{request.url.query}" if request.url.query else ""
        return Guest(visit, doorkeeper.policy, language_of(request), f"{request.url.path}{query}")

    return Depends(enter)

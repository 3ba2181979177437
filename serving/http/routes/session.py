"""Routes by which people sign in, see who they are, and sign out."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Security
from typing_extensions import TypedDict

from leads.errors import Unauthorized
from serving.access.act import Act
from serving.access.rights import extent_of
from serving.access.role import ROLES, Role
from serving.clock import from_milliseconds, written
from serving.http.access import COOKIE, Doorkeeper
from serving.http.answer import Answer, answer
from serving.http.callers import Caller, require_meant
from serving.http.routing import Api
from serving.http.schemas import SignInRequest
from serving.http.session_cookie import drop_token, set_token
from serving.http.statuses import OPEN, PROBLEMS
from serving.meaning import Means, Time
from serving.signin.session import Session

_OPEN = OPEN | {status: PROBLEMS[status] for status in (403, 429)}


class SessionAnswer(TypedDict):
    role: Role
    name: str
    agent_id: str | None
    team: str | None
    may: Annotated[list[str], Means("the acts that the role may do, be it with its own customers alone")]
    csrf: Annotated[str, Means("what a change in this session carries as x-csrf-token")]
    ends_at: Annotated[Time, Means("when it is over at the latest")]


class SignedOutAnswer(TypedDict):
    state: Literal["signed_out"]


class _SignedIn:
    """A dependency: the caller, who signed in. Raises Unauthorized for who shows a key."""

    def __init__(self, doorkeeper: Doorkeeper) -> None:
        self._doorkeeper = doorkeeper

    async def __call__(self, request: Request, _: Annotated[str | None, Depends(COOKIE)]) -> Caller:
        caller = await self._doorkeeper.callers.of(request)
        if caller.session is None:
            raise Unauthorized("this asks who signed in; a key is in no session")
        await require_meant(request, caller.session)
        return caller


def router(doorkeeper: Doorkeeper) -> APIRouter:
    """/session."""
    routes = Api("session")
    signed_in, sign_in = Security(_SignedIn(doorkeeper), scopes=ROLES), doorkeeper.sign_in

    @routes.post("/session", responses=_OPEN)
    def post_session(body: SignInRequest, request: Request) -> Answer[SessionAnswer]:
        """Sign in with a key, or once with a link from `nextlead keys link`.

        The session is a cookie that scripts cannot read; a change that is asked for in it carries `csrf` as the header
        `x-csrf-token`.
        """
        opened = sign_in.with_secrets(request, key=body.key, link=body.link)
        answered = answer(_told(opened.session, opened.session.who.team))
        set_token(request, answered, opened.token)
        return answered

    @routes.get("/session", responses=PROBLEMS)
    def get_session(caller: Caller = signed_in) -> Answer[SessionAnswer]:
        """Who is signed in, and what they may do."""
        assert caller.session is not None
        return answer(_told(caller.session, caller.principal.team))

    @routes.delete("/session", responses=PROBLEMS)
    def delete_session(request: Request, caller: Caller = signed_in) -> Answer[SignedOutAnswer]:
        """End the session in which it is asked."""
        sign_in.out(request)
        answered: Answer[SignedOutAnswer] = answer({"state": "signed_out"})
        drop_token(request, answered)
        return answered

    return routes


def _told(session: Session, team: str | None) -> SessionAnswer:
    who = session.who
    return {
        "role": who.role,
        "name": who.name,
        "agent_id": who.agent_id,
        "team": team,
        "may": [act.value for act in Act if extent_of(who.role, act) is not None],
        "csrf": session.proof,
        "ends_at": written(from_milliseconds(session.ends * 1000)),
    }

"""Where browsers go to sign in with an account of the organisation, and where they come back."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from leads.errors import NextleadError, Unauthorized
from serving.http.access import Doorkeeper
from serving.http.routes.pages import STRICT
from serving.http.routes.sign_in_pages import SignInPage, here
from serving.http.routing import Read
from serving.http.session_cookie import drop_browser, give_browser, set_token, told_browser
from serving.signin.begun import BACK, Begun
from serving.signin.pending import Pending
from serving.signin.session import SignedIn

if TYPE_CHECKING:
    from serving.signin.provider import Provider

BEGIN = "/sign-in/with/provider"


def router(doorkeeper: Doorkeeper, provider: Provider, pending: Pending, page: SignInPage) -> APIRouter:
    """The way there and back."""
    routes = APIRouter(route_class=Read)

    @routes.get(BEGIN)
    def get_provider(request: Request) -> Response:
        state = pending.state()
        try:
            address, begun = provider.begin(state, here(request.query_params.get("next")))
        except NextleadError as error:
            return page.shown(status=error.status, problem=error.detail)
        pending.keep(state, begun)
        response = RedirectResponse(address, 303, headers=STRICT)
        give_browser(request, response, begun.browser)
        return response

    @routes.get(BACK)
    def get_back(request: Request) -> Response:
        try:
            who, begun = _person(request)
        except NextleadError as error:
            doorkeeper.sign_in.refused(request, error.status)
            return page.shown(status=error.status, problem=error.detail)
        opened = doorkeeper.sign_in.of(request, who)
        response = RedirectResponse(begun.next, 303, headers=STRICT)
        drop_browser(request, response)
        set_token(request, response, opened.token)
        return response

    def _person(request: Request) -> tuple[SignedIn, Begun]:
        """Who came back, to the browser that had gone. Raises Unauthorized, Forbidden, Unavailable."""
        told = request.query_params
        begun = pending.take(told.get("state", ""))
        if begun is None or not hmac.compare_digest(begun.browser, told_browser(request)):
            raise Unauthorized("this sign-in was not begun here, is over, or took too long: begin again")
        if "code" not in told:
            raise Unauthorized("the provider has signed nobody in")
        return provider.who(told["code"], begun), begun

    return routes

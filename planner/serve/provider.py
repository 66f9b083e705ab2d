"""Signing in through an OpenID Connect provider, such as the company's own: Authlib does the protocol."""

from __future__ import annotations

from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from planner.serve.access import Person, RefusedError
from planner.serve.api import server_of
from planner.serve.config import Provider
from planner.serve.people import let_in
from planner.serve.store import User

router = APIRouter(include_in_schema=False)


def client(provider: Provider) -> Any:
    """What talks to the provider; it finds its addresses and keys at the issuer's."""
    return OAuth().register(
        "provider",
        client_id=provider.client,
        client_secret=provider.secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
    )


@router.get("/sign-in/provider")
async def go(request: Request) -> Response:
    """Go to the provider's own page."""
    back = str(request.url_for("come_back"))
    answer: Response = await request.app.state.provider.authorize_redirect(request, back)
    return answer


@router.get("/sign-in/provider/back")
async def come_back(request: Request) -> Response:
    """Take in who the provider says it is."""
    try:
        token = await request.app.state.provider.authorize_access_token(request)
    except OAuthError as error:
        raise RefusedError(401, f"Signing in did not work ({error.error}). Try again.") from error
    person = await run_in_threadpool(_known, request, token["userinfo"])
    return let_in(request, person)


def _known(request: Request, claims: dict[str, Any]) -> Person:
    """The user that the provider names: known before, added by an administrator, or new where that is allowed."""
    server = server_of(request)
    people, settings = server.store.people, server.config.provider
    subject = f"{claims['iss']}|{claims['sub']}"
    user = people.known_as(subject)
    if user is None:
        name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])[:100]
        user = people.named(name)
        if user is not None and (user.password or user.subject):
            raise RefusedError(403, f"There is another user '{name}' here, with a password of their own.")
        if user is not None:
            people.set(user.id, subject=subject)
        elif settings is not None and settings.newcomers:
            user = people.add(User(name=name, role=settings.newcomers, subject=subject))
    if user is None or user.disabled:
        raise RefusedError(403, "You are not a user here: ask an administrator to add you.")
    return server.access.signed_in(user, request.client.host if request.client else "")

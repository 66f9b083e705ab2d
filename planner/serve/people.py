"""The pages about people: signing in and out, one's account, and for administrators users and the audit trail."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from planner.errors import UsageError
from planner.serve.access import LONGEST, Person, RefusedError, hashed_password, new_token, new_user
from planner.serve.api import SESSION, Here, Id, server_of
from planner.serve.folder import plain_text
from planner.serve.pages import own_form, page_of, to
from planner.serve.service import Service
from planner.serve.store import ADMINISTRATOR, ROLES, User

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(own_form)])

_A_PAGE = 100
_NEXT = "planner-next"


@router.get("/sign-in")
def ask(request: Request, to: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """Ask for name and password."""
    answer = page_of(request, "sign_in.html", provider=server_of(request).config.provider is not None)
    _set(request, answer, _NEXT, to, 600)
    return answer


@router.post("/sign-in")
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Sign in with name and password."""
    address = request.client.host if request.client else ""
    return let_in(request, server_of(request).access.sign_in(plain_text(name), password, address))


def let_in(request: Request, person: Person) -> Response:
    """Go on to where somebody wanted to, signed in."""
    wanted = request.cookies.get(_NEXT, "/")
    # A path of this server, not another one's address.
    answer = to(wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else "/")
    _set(request, answer, SESSION, person.session, LONGEST)
    answer.delete_cookie(_NEXT, path=_home(request))
    return answer


def _set(request: Request, answer: Response, name: str, value: str, seconds: float) -> None:
    secure = request.url.scheme == "https"
    age = int(seconds)
    answer.set_cookie(name, value, age, path=_home(request), secure=secure, httponly=True, samesite="lax")


def _home(request: Request) -> str:
    return server_of(request).config.prefix or "/"


@router.post("/sign-out")
def sign_out(request: Request, here: Here) -> Response:
    """End the session."""
    here.server.access.sign_out(here.person)
    answer = to("/sign-in")
    answer.delete_cookie(SESSION, path=_home(request))
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


# --- one's account --------------------------------------------------------------------------------


def _me(here: Service) -> User:
    user = here.store.people.user(here.person.id) if here.person.id else None
    if user is None:
        raise RefusedError(404, "There are no users here: who reaches the server may do everything.")
    return user


@router.get("/account")
def account(request: Request, here: Here) -> HTMLResponse:
    """One's role, password and tokens."""
    me = _me(here)
    return page_of(request, "account.html", user=me, tokens=here.store.people.tokens(me.id), made="")


@router.post("/account/password")
def change_password(
    request: Request,
    here: Here,
    old: Annotated[str, Form(max_length=1000)],
    new: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Change one's password; all sessions end, and this browser is signed in anew."""
    me, access = _me(here), here.server.access
    try:
        person = access.sign_in(me.name, old, here.person.address)
    except RefusedError as error:
        raise RefusedError(403, "The old password is not right, or too many were tried.") from error
    try:
        here.store.people.set(me.id, password=hashed_password(me.name, new))
    except UsageError:
        access.sign_out(person)
        raise
    here.note("changed the password", me.name)
    return let_in(request, access.signed_in(me, here.person.address))


@router.post("/account/tokens")
def add_token(
    request: Request,
    here: Here,
    name: Annotated[str, Form(min_length=1, max_length=60)],
    days: Annotated[int, Form(ge=1, le=366)] = 90,
) -> HTMLResponse:
    """Make a token for a program, and show it this once."""
    me = _me(here)
    made = new_token(here.store, me, plain_text(name), days)
    here.note("made a token", plain_text(name))
    return page_of(request, "account.html", user=me, tokens=here.store.people.tokens(me.id), made=made)


@router.post("/account/tokens/{identifier}/revoke")
def revoke(identifier: Id, here: Here) -> RedirectResponse:
    """End one of one's tokens."""
    if not here.store.people.revoke(identifier, _me(here).id):
        raise RefusedError(404, "There is no such token.")
    here.note("revoked a token", identifier)
    return to("/account")


# --- for administrators ---------------------------------------------------------------------------


def _administrates(here: Service) -> None:
    if not here.person.is_administrator or here.person.id is None:
        raise RefusedError(403, "This is for administrators.")


@router.get("/users")
def users(request: Request, here: Here) -> HTMLResponse:
    """All users."""
    _administrates(here)
    return page_of(request, "users.html", users=here.store.people.users(), roles=ROLES)


@router.post("/users")
def add_user(
    here: Here,
    name: Annotated[str, Form(min_length=1, max_length=100)],
    role: Annotated[str, Form()],
    password: Annotated[str, Form(max_length=1000)] = "",
) -> RedirectResponse:
    """Add a user."""
    _administrates(here)
    user = new_user(here.store, plain_text(name), role, password or None)
    here.note("added user", f"{user.name} as {role}")
    return to("/users")


@router.post("/users/{identifier}")
def change_user(
    identifier: Id,
    here: Here,
    role: Annotated[str, Form()],
    disabled: Annotated[bool, Form()] = False,
    password: Annotated[str, Form(max_length=1000)] = "",
) -> RedirectResponse:
    """Change a user's role, shut them out or let them in, give them another password."""
    _administrates(here)
    user = here.store.people.user(identifier)
    if user is None or role not in ROLES:
        raise RefusedError(404, "There is no such user, or no such role.")
    left = here.store.people.administrators() - (user.role == ADMINISTRATOR and not user.disabled)
    if left + (role == ADMINISTRATOR and not disabled) < 1:
        raise RefusedError(409, "There must be an administrator: make somebody else one first.")
    changes = {"password": hashed_password(user.name, password)} if password else {}
    here.store.people.set(user.id, role=role, disabled=disabled, **changes)
    here.note("changed user", f"{user.name}: {role}{', shut out' if disabled else ''}")
    return to("/users")


@router.get("/audit")
def audit(request: Request, here: Here, page: Annotated[int, Query(ge=1, le=10**6)] = 1) -> HTMLResponse:
    """What was done by whom."""
    _administrates(here)
    return page_of(request, "audit.html", events=here.store.people.trail(_A_PAGE, (page - 1) * _A_PAGE), page=page)

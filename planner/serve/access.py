"""Who somebody is and what they may: passwords, sessions, tokens and roles.

Where there are no users, as on a machine of one's own, everybody who reaches the server may do everything. As soon
as there is one, everybody must sign in.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from itsdangerous import BadSignature, URLSafeSerializer

from planner.errors import UsageError
from planner.serve.store import ADMINISTRATOR, READER, ROLES, Store, Token, User, Viewer

IDLE, LONGEST = 12 * 3600.0, 7 * 86400.0
"""Seconds after which a session ends: not used, and in any case."""

SHORTEST = 12
"""Characters of a password."""

_WINDOW = 15 * 60.0
_MOST_BY_NAME, _MOST_BY_ADDRESS = 5, 50
"""Failed sign-ins within the window (seconds) after which no more are tried."""

_TOKEN = "mp_"
"""How tokens begin, so that they are known where they leak."""

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex(8))
"""Compared where there is no such user, so that this takes as long."""

_at_once = threading.Semaphore(2)
"""Hashing a password takes 64 MiB and a core: two at a time."""


class RefusedError(Exception):
    """What was asked for cannot be done: an HTTP status and why, in a planner's words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


@dataclass(frozen=True)
class Person:
    """Who asks: a user, or with `id` None whoever is at the machine; `session` is what their cookie holds."""

    id: str | None
    name: str
    role: str
    session: str = ""
    address: str = ""

    @property
    def viewer(self) -> Viewer:
        """What they see."""
        return Viewer(None if self.role == ADMINISTRATOR else self.id)

    @property
    def is_administrator(self) -> bool:
        """Whether they see all and manage users."""
        return self.role == ADMINISTRATOR

    @property
    def is_reader(self) -> bool:
        """Whether they may only look."""
        return self.role == READER

    def owns(self, owner: str | None) -> bool:
        """Whether they may change what belongs to somebody."""
        return self.is_administrator or (self.id is not None and owner == self.id)


class Access:
    """Finds out who asks."""

    def __init__(self, store: Store, must: bool) -> None:
        self._people, self._must, self._looked = store.people, must, 0.0

    @property
    def closed(self) -> bool:
        """Whether one must sign in."""
        if not self._must and time.monotonic() - self._looked > 1.0:
            self._must, self._looked = self._people.any(), time.monotonic()
        return self._must

    def of_session(self, session: str, address: str) -> Person | None:
        """Who is signed in with what a cookie holds."""
        user = self._people.signed_in(_hashed(session), IDLE, LONGEST) if session else None
        return _person(user, session, address)

    def of_token(self, token: str, address: str) -> Person | None:
        """Whose token it is."""
        return _person(self._people.with_token(_hashed(token)), "", address)

    def sign_in(self, name: str, password: str, address: str) -> Person:
        """Sign somebody in. Raises RefusedError: wrong, or tried too often."""
        by_name, by_address = f"name {name.casefold()[:100]}", f"address {address}"
        since = time.time() - _WINDOW
        failures = self._people.failures
        if failures(by_name, since) >= _MOST_BY_NAME or failures(by_address, since) >= _MOST_BY_ADDRESS:
            raise RefusedError(429, "Too many sign-ins have failed. Try again in a quarter of an hour.")
        user = self._people.named(name)
        if not _matches(user, password) or user is None or user.disabled:
            self._people.failed(by_name, by_address)
            self._people.note(name[:100], "sign-in failed", address=address)
            raise RefusedError(401, "The name or the password is not right.")
        self._people.forgive(by_name)
        return self.signed_in(user, address)

    def signed_in(self, user: User, address: str) -> Person:
        """Begin a session of a user whose identity is known."""
        session = secrets.token_urlsafe(32)
        self._people.sign_in(_hashed(session), user.id)
        self._people.note(user.name, "signed in", address=address)
        return Person(user.id, user.name, user.role, session, address)

    def sign_out(self, person: Person) -> None:
        """End a session."""
        self._people.sign_out(_hashed(person.session))
        self._people.note(person.name, "signed out", address=person.address)


def _person(user: User | None, session: str, address: str) -> Person | None:
    if user is None or user.disabled:
        return None
    return Person(user.id, user.name, user.role, session, address)


def _hashed(secret: str) -> str:
    """Sessions and tokens are random and long: a plain hash of them cannot be turned back."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _matches(user: User | None, password: str) -> bool:
    held = user.password if user is not None and user.password else _NOBODY
    with _at_once:
        try:
            return _hasher.verify(held, password) and held is not _NOBODY
        except (VerificationError, InvalidHashError):
            return False


# --- forms ----------------------------------------------------------------------------------------


def form_key(person: Person) -> str:
    """What a form of this session's pages carries, other each time, so that other sites cannot send one."""
    return URLSafeSerializer(person.session, "form").dumps(secrets.token_hex(4)) if person.session else ""


def is_own_form(session: str, key: str) -> bool:
    """Whether a form came from a page of the session that a cookie holds."""
    try:
        URLSafeSerializer(session, "form").loads(key)
    except BadSignature:
        return False
    return True


# --- users and tokens -----------------------------------------------------------------------------


def new_user(store: Store, name: str, role: str, password: str | None) -> User:
    """Add a user; without a password they sign in through the identity provider. Raises UsageError."""
    if role not in ROLES:
        raise UsageError(f"'{role}' is no role: choose reader, planner or administrator.")
    if store.people.named(name) is not None:
        raise UsageError(f"There is a user '{name}' already.")
    return store.people.add(User(name=name, role=role, password=password and hashed_password(name, password)))


def hashed_password(name: str, password: str) -> str:
    """A password as it is stored. Raises UsageError where it is too easy to guess."""
    if len(password) < SHORTEST:
        raise UsageError(f"A password has at least {SHORTEST} characters.")
    if len(password) > 1000 or name.casefold() in password.casefold() or len(set(password)) < 5:
        raise UsageError("This password is easy to guess: take one without the user's name, such as four words.")
    with _at_once:
        return _hasher.hash(password)


def new_token(store: Store, user: User, name: str, days: int) -> str:
    """A token for a program of a user's; shown now and never again."""
    token = _TOKEN + secrets.token_urlsafe(32)
    ends = time.time() + days * 86400.0
    store.people.add_token(Token(hash=_hashed(token), user=user.id, name=name, ends=ends))
    return token

"""What the server asks of its database about people: users, where they are signed in, and what was done by whom."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session as Connection
from sqlalchemy.orm import sessionmaker

from planner.serve.store.tables import (
    ADMINISTRATOR,
    Attempt,
    Base,
    Comparison,
    Event,
    Run,
    Scenario,
    Session,
    Token,
    User,
)


class People:
    """Users, sessions, tokens, failed sign-ins and the audit trail."""

    def __init__(self, session: sessionmaker[Connection]) -> None:
        self._session = session

    # --- users -----------------------------------------------------------------------------------

    def any(self) -> bool:
        """Whether there are users at all."""
        with self._session() as session:
            return session.scalar(select(User.id).limit(1)) is not None

    def users(self) -> list[User]:
        """All users by name."""
        with self._session() as session:
            return list(session.scalars(select(User).order_by(User.name)).all())

    def user(self, identifier: str) -> User | None:
        """A user by identifier."""
        with self._session() as session:
            return session.get(User, identifier)

    def named(self, name: str) -> User | None:
        """A user by name, however it is written."""
        with self._session() as session:
            return session.scalars(select(User).where(func.lower(User.name) == name.lower())).first()

    def known_as(self, subject: str) -> User | None:
        """A user by who they are to the identity provider."""
        with self._session() as session:
            return session.scalars(select(User).where(User.subject == subject)).first()

    def add(self, user: User) -> User:
        """Add a user. What was there before the first administrator is theirs."""
        with self._session.begin() as session:
            first = session.scalar(select(User.id).where(User.role == ADMINISTRATOR).limit(1)) is None
            session.add(user)
            session.flush()
            if first and user.role == ADMINISTRATOR:
                for kind in (Scenario, Comparison, Run):
                    session.execute(update(kind).where(kind.owner.is_(None)).values(owner=user.id))
        return user

    def set(self, user: str, **values: Any) -> None:
        """Set fields of a user; who may do less from now on, or has another password, is signed out everywhere."""
        with self._session.begin() as session:
            session.execute(update(User).where(User.id == user).values(**values))
            session.execute(delete(Session).where(Session.user == user))

    def administrators(self) -> int:
        """How many administrators can sign in."""
        mine = select(func.count(User.id)).where(User.role == ADMINISTRATOR, ~User.disabled)
        with self._session() as session:
            return session.scalar(mine) or 0

    # --- sessions and tokens ---------------------------------------------------------------------

    def sign_in(self, session_id: str, user: str) -> None:
        """Note that a user is signed in."""
        self._add(Session(id=session_id, user=user))

    def signed_in(self, session_id: str, idle: float, longest: float) -> User | None:
        """Who is signed in with a session that was used within `idle` seconds and is no older than `longest`."""
        now = time.time()
        with self._session() as session:
            row = session.get(Session, session_id)
            if row is None or row.used < now - idle or row.created < now - longest:
                return None
            if row.used < now - 60:
                session.execute(update(Session).where(Session.id == session_id).values(used=now))
                session.commit()
            return session.get(User, row.user)

    def sign_out(self, session_id: str) -> None:
        """End a session."""
        with self._session.begin() as session:
            session.execute(delete(Session).where(Session.id == session_id))

    def add_token(self, token: Token) -> None:
        """Note a token."""
        self._add(token)

    def tokens(self, user: str) -> list[Token]:
        """A user's tokens, newest first."""
        with self._session() as session:
            return list(session.scalars(select(Token).where(Token.user == user).order_by(Token.created.desc())).all())

    def with_token(self, hashed: str) -> User | None:
        """Whose token this is; None where it has ended or was revoked."""
        now = time.time()
        with self._session() as session:
            row = session.scalars(select(Token).where(Token.hash == hashed, Token.ends > now)).first()
            if row is None:
                return None
            if row.used is None or row.used < now - 60:
                session.execute(update(Token).where(Token.id == row.id).values(used=now))
                session.commit()
            return session.get(User, row.user)

    def revoke(self, token: str, user: str) -> bool:
        """End a user's token; whether there was one."""
        with self._session.begin() as session:
            found = session.execute(delete(Token).where(Token.id == token, Token.user == user))
        return bool(getattr(found, "rowcount", 0))

    # --- sign-ins that failed --------------------------------------------------------------------

    def failed(self, *keys: str) -> None:
        """Note a sign-in that failed."""
        with self._session.begin() as session:
            session.add_all([Attempt(key=key) for key in keys])

    def failures(self, key: str, since: float) -> int:
        """How many failed since a time."""
        with self._session() as session:
            return session.scalar(select(func.count(Attempt.id)).where(Attempt.key == key, Attempt.at > since)) or 0

    def forgive(self, key: str) -> None:
        """Forget the failures of somebody who has signed in."""
        with self._session.begin() as session:
            session.execute(delete(Attempt).where(Attempt.key == key))

    def tidy(self, sessions_before: float, attempts_before: float) -> None:
        """Remove what counts no more."""
        with self._session.begin() as session:
            session.execute(delete(Session).where(Session.used < sessions_before))
            session.execute(delete(Attempt).where(Attempt.at < attempts_before))
            session.execute(delete(Token).where(Token.ends < attempts_before))

    # --- the audit trail -------------------------------------------------------------------------

    def note(self, who: str, action: str, subject: str = "", address: str = "") -> None:
        """Add to the audit trail; nothing changes or removes what stands there."""
        self._add(Event(who=who, action=action, subject=subject, address=address))

    def trail(self, most: int = 200, skip: int = 0) -> list[Event]:
        """The audit trail, newest first."""
        with self._session() as session:
            return list(session.scalars(select(Event).order_by(Event.id.desc()).limit(most).offset(skip)).all())

    def _add(self, row: Base) -> None:
        with self._session.begin() as session:
            session.add(row)

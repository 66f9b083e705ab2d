"""The tables of the server's database. Times are seconds since 1970; identifiers cannot be guessed.

A change here needs a step in `migrations/versions`; a test holds both alike.
"""

from __future__ import annotations

import secrets
import time
from typing import Any, ClassVar, Literal

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import planner.version

WAITING, RUNNING = "waiting", "running"
UNFINISHED = (WAITING, RUNNING)
CHECKING, GOOD, BROKEN = "checking", "good", "broken"
"""States of a scenario: being checked, ready to be solved, or with problems."""
DONE, INFEASIBLE, INVALID, STOPPED, FAILED = "done", "infeasible", "invalid", "stopped", "failed"
"""States of a run that has ended, besides those of `plan.status`: with a plan, with proof that there is none, with
problems of its input, stopped before a first plan, or through a fault."""
RunState = Literal["waiting", "running", "done", "infeasible", "invalid", "stopped", "failed"]

READER, PLANNER, ADMINISTRATOR = "reader", "planner", "administrator"
ROLES = (READER, PLANNER, ADMINISTRATOR)
"""What a user may: look at what is shared with them; also upload and solve; also see all and manage users."""

WORKBOOK_FILE = "workbook.xlsx"
"""What an uploaded workbook is called in its scenario's folder, whatever name it came with."""


class Base(DeclarativeBase):
    """What all tables have."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, list[Any]: JSON}


def new_id() -> str:
    """An identifier that cannot be guessed."""
    return secrets.token_hex(8)


class Scenario(Base):
    """A scenario: uploaded, bundled, or made from another by changes."""

    __tablename__ = "scenarios"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    file: Mapped[str] = mapped_column(default=WORKBOOK_FILE)
    """Its workbook in its folder."""
    title: Mapped[str] = mapped_column(default="")
    owner: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    who: Mapped[str] = mapped_column(default="")
    created: Mapped[float] = mapped_column(default=time.time, index=True)
    state: Mapped[str] = mapped_column(default=CHECKING, index=True)
    version: Mapped[str] = mapped_column(default=planner.version.__version__)
    """The planner that checked it."""
    bundled: Mapped[str | None]
    parent: Mapped[str | None]
    strategy: Mapped[str | None]
    """The parent's strategy that lies under the changes."""
    changes: Mapped[list[Any]] = mapped_column(default=list)
    sha256: Mapped[str] = mapped_column(default="")
    currency: Mapped[str] = mapped_column(default="")
    strategies: Mapped[list[Any]] = mapped_column(default=list)
    problems: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    """Tree nodes × (offers + designs): how long a solve is likely to take."""


class Comparison(Base):
    """Strategies × scenarios, solved together; its cells are runs."""

    __tablename__ = "comparisons"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    label: Mapped[str] = mapped_column(default="")
    owner: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    who: Mapped[str] = mapped_column(default="")
    created: Mapped[float] = mapped_column(default=time.time, index=True)


class Run(Base):
    """A scenario solved with a strategy and options, or a study of it.

    `stage`, `incumbent`, `bound` (base currency) and `gap` are the latest news of the solve; `figures` are headline
    figures of the plan; `message` says what went wrong.
    """

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    scenario: Mapped[str] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"), index=True)
    comparison: Mapped[str | None] = mapped_column(index=True)
    base: Mapped[str | None]
    """The run that this one is a what-if or a repair of, or whose plan it looks into."""
    study: Mapped[str | None]
    """Which study it is; None where it is solved for a plan."""
    strategy: Mapped[str | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    label: Mapped[str] = mapped_column(default="")
    owner: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    who: Mapped[str] = mapped_column(default="")
    created: Mapped[float] = mapped_column(default=time.time, index=True)
    started: Mapped[float | None]
    ended: Mapped[float | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(default=WAITING, index=True)
    holder: Mapped[str | None]
    """The server process that works on it, see `Lease`."""
    cancel: Mapped[bool] = mapped_column(default=False)
    draw: Mapped[bool] = mapped_column(default=False, index=True)
    """Whether somebody waits for its charts to be drawn."""
    stage: Mapped[str] = mapped_column(default="")
    seconds: Mapped[float] = mapped_column(default=0.0)
    incumbent: Mapped[float | None]
    bound: Mapped[float | None]
    gap: Mapped[float | None]
    status: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    approver: Mapped[str | None]
    """The name of who has signed off the plan."""
    approved: Mapped[float | None]
    approval: Mapped[str] = mapped_column(default="")
    """What was noted when it was signed off."""

    @property
    def has_plan(self) -> bool:
        """Whether it has come to a plan."""
        return self.state == DONE and self.study is None


class Point(Base):
    """Where a running solve stood at a moment."""

    __tablename__ = "points"

    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    seconds: Mapped[float]
    incumbent: Mapped[float | None]
    bound: Mapped[float | None]
    gap: Mapped[float | None]


class Lease(Base):
    """A task that one server process at a time does: `holder` does it, and may go on until `until`."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[float]


class Fact(Base):
    """Something that the server is to remember, by name."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


# --- people ---------------------------------------------------------------------------------------


class User(Base):
    """Somebody who may use the server. `password` is a hash; `subject` is who they are to the identity provider."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(default=READER)
    password: Mapped[str | None]
    subject: Mapped[str | None] = mapped_column(unique=True)
    created: Mapped[float] = mapped_column(default=time.time)
    disabled: Mapped[bool] = mapped_column(default=False)


class Session(Base):
    """A browser in which a user is signed in; `id` is the hash of what its cookie holds."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created: Mapped[float] = mapped_column(default=time.time)
    used: Mapped[float] = mapped_column(default=time.time)


class Token(Base):
    """What a program signs in with; `hash` is of the token, which is shown once."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    hash: Mapped[str] = mapped_column(unique=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    created: Mapped[float] = mapped_column(default=time.time)
    ends: Mapped[float]
    used: Mapped[float | None]


class Attempt(Base):
    """A sign-in that failed: `key` is whose name, or from which address."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(index=True)
    at: Mapped[float] = mapped_column(default=time.time, index=True)


class Share(Base):
    """A scenario, with all its runs, that a user may look at besides its owner."""

    __tablename__ = "shares"

    scenario: Mapped[str] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)


class Comment(Base):
    """What somebody said of a run."""

    __tablename__ = "comments"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    run: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    who: Mapped[str]
    created: Mapped[float] = mapped_column(default=time.time)
    text: Mapped[str]


class Event(Base):
    """Something that was done, for the audit trail: written once; the database refuses to change it."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float] = mapped_column(default=time.time, index=True)
    who: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")

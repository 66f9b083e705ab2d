"""The part of the REST API that is about people: who asks, sharing, comments, and what is signed off."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from planner.serve import schemas
from planner.serve.api import CONFLICT, GUARDED, MISSING, Here, Id, service_of
from planner.serve.store import Comment

router = APIRouter(prefix="/api", responses=GUARDED, tags=["people"], dependencies=[Depends(service_of)])


@router.get("/me")
def me(here: Here) -> schemas.PersonOut:
    """Who asks; without users, a name alone."""
    return schemas.PersonOut(id=here.person.id, name=here.person.name, role=here.person.role)


@router.get("/users")
def users(here: Here) -> list[schemas.PersonOut]:
    """The users that a scenario can be shared with."""
    found = [user for user in here.store.people.users() if not user.disabled]
    return [schemas.PersonOut(id=user.id, name=user.name, role=user.role) for user in found]


@router.get("/scenarios/{identifier}/shares", responses=MISSING)
def shares(identifier: Id, here: Here) -> list[str]:
    """The users that a scenario and its runs are shared with."""
    return here.store.shared_with(here.scenario(identifier).id)


@router.put("/scenarios/{identifier}/shares", responses=MISSING)
def share(identifier: Id, wanted: schemas.SharesRequest, here: Here) -> list[str]:
    """Share a scenario and its runs with these users, and no others."""
    here.share(here.scenario(identifier), wanted.users)
    return here.store.shared_with(identifier)


@router.get("/runs/{identifier}/comments", responses=MISSING)
def comments(identifier: Id, here: Here) -> list[schemas.CommentOut]:
    """What was said of a run, oldest first."""
    return [_told(one) for one in here.store.comments(here.run(identifier).id)]


@router.post("/runs/{identifier}/comments", status_code=201, responses=MISSING | CONFLICT)
def comment(identifier: Id, wanted: schemas.CommentRequest, here: Here) -> list[schemas.CommentOut]:
    """Say something of a run."""
    here.comment(here.run(identifier), wanted.text)
    return comments(identifier, here)


@router.put("/runs/{identifier}/approval", responses=MISSING | CONFLICT)
def approve(identifier: Id, wanted: schemas.ApprovalRequest, here: Here) -> schemas.RunOut:
    """Sign a plan off."""
    here.approve(here.run(identifier), wanted.note)
    return schemas.run_out(here.run(identifier), None)


@router.delete("/runs/{identifier}/approval", responses=MISSING)
def withdraw(identifier: Id, here: Here) -> schemas.RunOut:
    """Take back that a plan is signed off."""
    here.withdraw(here.run(identifier))
    return schemas.run_out(here.run(identifier), None)


def _told(one: Comment) -> schemas.CommentOut:
    return schemas.CommentOut(who=one.who, created=schemas.time_of(one.created), text=one.text)

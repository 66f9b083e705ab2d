"""What several people do with one plan, on the page: share it, say something of it, sign it off."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from planner.serve.api import Here, Id
from planner.serve.pages import own_form, to

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(own_form)])


@router.post("/scenarios/{identifier}/shares")
def share(identifier: Id, here: Here, user: Annotated[list[str] | None, Form()] = None) -> RedirectResponse:
    """Share a scenario and its runs with the users ticked."""
    here.share(here.scenario(identifier), user or [])
    return to(f"/scenarios/{identifier}")


@router.post("/runs/{identifier}/comments")
def comment(identifier: Id, here: Here, text: Annotated[str, Form(max_length=2000)] = "") -> RedirectResponse:
    """Say something of a run."""
    here.comment(here.run(identifier), text)
    return to(f"/runs/{identifier}#comments")


@router.post("/runs/{identifier}/approval")
def approve(identifier: Id, here: Here, note: Annotated[str, Form(max_length=500)] = "") -> RedirectResponse:
    """Sign a plan off."""
    here.approve(here.run(identifier), note)
    return to(f"/runs/{identifier}")


@router.post("/runs/{identifier}/approval/withdraw")
def withdraw(identifier: Id, here: Here) -> RedirectResponse:
    """Take that back."""
    here.withdraw(here.run(identifier))
    return to(f"/runs/{identifier}")

"""A scenario's program over the whole tree, in one go."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from planner.futures.tree import Tree
from planner.model.build import build
from planner.model.course import Course
from planner.model.tiling import Instance, tile
from planner.scenario.scenario import Scenario


def program(scenario: Scenario, tree: Tree) -> tuple[Course, Instance]:
    """The model of one course through the tree, and the program it makes over all of it."""
    with _no_collection():
        course = build(scenario, tree)
        return course, tile(course)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection while a model is built: it finds nothing and costs up to half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

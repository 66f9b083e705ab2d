"""A scenario's program over the whole tree, in one go."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from planner.futures.tree import Tree
from planner.model.build import build
from planner.model.path import PathModel
from planner.model.size import ensure_writable
from planner.model.tiling import Instance, tile
from planner.scenario.scenario import Scenario


def program(scenario: Scenario, tree: Tree, memory_limit: float | None = None) -> tuple[PathModel, Instance]:
    """The model of one path through the tree, and the program it makes over all of it.

    Raises TooLarge where solving it would take more than the limit (GiB; None: than is free), before it is built.
    """
    ensure_writable(scenario, memory_limit)
    with _no_collection():
        path = build(scenario, tree)
        return path, tile(path, memory_limit)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection while a model is built: it finds nothing and costs up to half of the time.

    Nor is it made up for right after: all that was made counts as old, to be looked through when next the old is.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # else it would also thaw what is frozen for good
                gc.freeze()
                gc.unfreeze()
            gc.enable()

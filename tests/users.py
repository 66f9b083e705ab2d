"""A user without rights, whoever runs the tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[tuple[Path, Callable[[Callable[[], object]], None]]]:
    """A folder that everybody may enter, and a way to prepare it as its owner; in the block rights bind even root."""
    owner = os.geteuid()

    def as_owner(action: Callable[[], object]) -> None:
        os.seteuid(owner)
        try:
            action()
        finally:
            _become(owner, NOBODY)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        _become(owner, NOBODY)
        try:
            yield folder, as_owner
        finally:
            os.seteuid(owner)
            folder.chmod(0o755)


def _become(owner: int, other: int) -> None:
    # Rights do not bind root: it steps down; all others they bind as they are.
    if owner == 0:
        os.seteuid(other)

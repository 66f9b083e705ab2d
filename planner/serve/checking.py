"""Having a scenario checked in a process of its own.

It imports little, so that the first check after a start waits for no solver.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from planner.errors import Problem
from planner.serve.child import limited
from planner.serve.folder import CHECK, write_json


def check_scenario(job: dict[str, Any], seconds: float, memory: int, *, cancel: threading.Event) -> dict[str, Any]:
    """Check a scenario in a process of its own; fields of its row in the store.

    Raises OSError where no process can be started.
    """
    row = limited(job, seconds, memory, cancel)
    if not isinstance(row, str):
        return row
    told = {
        "time": f"The scenario could not be read within {seconds:.0f} seconds.",
        "memory": f"Reading the scenario takes more than {memory / 2**30:.2g} GB of memory, or the server had no more.",
    }[row]
    fix = "Copy its tables to a new workbook, without pictures, links and other sheets, and try that."
    problem = asdict(Problem("too_much", told, fix)) | {"sheet": "", "at": ""}
    write_json(Path(job["folder"]) / CHECK, {"problems": [problem], "warnings": [], "annotated": False})
    return {"state": "broken", "problems": 1, "warnings": 0}


def warm(*, watch: Callable[[Any], None], cancel: threading.Event) -> None:
    """Import what solving needs, so that the first run after a start need not wait for it."""
    import_module("planner.serve.work")

"""All that knows the server's database: its tables, how it is opened, and what is asked of it.

Nothing else of the server keeps state: whatever is waiting or running can be taken up again from here. Files
(workbooks, plans, reports) lie in the data folder, see `planner.serve.folder`.
"""

from planner.serve.store.opening import open_store
from planner.serve.store.store import Store, Viewer
from planner.serve.store.tables import (
    ADMINISTRATOR,
    BROKEN,
    CHECKING,
    DONE,
    FAILED,
    GOOD,
    INFEASIBLE,
    INVALID,
    PLANNER,
    READER,
    ROLES,
    RUNNING,
    STOPPED,
    UNFINISHED,
    WAITING,
    WORKBOOK_FILE,
    Comment,
    Comparison,
    Event,
    Point,
    Run,
    RunState,
    Scenario,
    Token,
    User,
    new_id,
)

__all__ = [
    "ADMINISTRATOR", "BROKEN", "CHECKING", "DONE", "FAILED", "GOOD", "INFEASIBLE", "INVALID", "PLANNER", "READER",
    "ROLES", "RUNNING", "STOPPED", "UNFINISHED", "WAITING", "WORKBOOK_FILE", "Comment", "Comparison", "Event", "Point",
    "Run", "RunState", "Scenario", "Store", "Token", "User", "Viewer", "new_id", "open_store",
]  # fmt: skip

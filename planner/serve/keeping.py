"""How long things are kept: what has expired is removed, but never because a clock has jumped."""

from __future__ import annotations

import logging
import time

from planner.serve.folder import Folder, remove
from planner.serve.store import Run, Scenario, Store

DAY = 86400.0
WARNED = 14 * DAY
"""How long before something is removed its page says so."""

_JUMP = 2 * DAY
"""How far the clock may be ahead of when it was last looked at; further, it is not believed at once."""

_LOOKED, _DOUBTED = "clock looked at", "clock doubted"

_log = logging.getLogger(__name__)


def removed_at(ended: float | None, keep_days: int) -> float | None:
    """When a run that ended at a time is removed."""
    return None if ended is None else ended + keep_days * DAY


def sweep(store: Store, folder: Folder, keep_days: int) -> bool:
    """Remove what has expired; whether the clock was believed, so that it was."""
    if not _believed(store):
        return False
    before = time.time() - keep_days * DAY
    runs, scenarios = store.expired(before)
    store.forget_comparisons(before)
    for run in runs:
        store.remove(Run, run)
        remove(folder.run(run))
    for scenario in scenarios:
        store.remove(Scenario, scenario)
        remove(folder.scenario(scenario))
    if runs or scenarios:
        _log.warning(
            "%d runs and %d scenarios were older than %d days and removed", len(runs), len(scenarios), keep_days
        )
    store.people.tidy(time.time() - 7 * DAY, time.time() - DAY)
    return True


def _believed(store: Store) -> bool:
    """Whether the clock goes on from when it was last looked at.

    After a jump ahead (a clock set wrong, or a server that was off for days) nothing is removed for a day.
    """
    now = time.time()
    looked, doubted = store.fact(_LOOKED), store.fact(_DOUBTED)
    if looked is not None and now - float(looked) > _JUMP:
        doubted = str(now)
        store.remember(_DOUBTED, doubted)
        _log.warning(
            "the clock is %.0f days ahead of its last time; nothing is removed for a day", (now - float(looked)) / DAY
        )
    store.remember(_LOOKED, str(now))
    # A clock that was set back again is believed.
    return doubted is None or not 0 <= now - float(doubted) < DAY

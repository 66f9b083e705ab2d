"""The engine of the server: opened in the background, and opened again with patience where it was lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from planner.batch.engine import Engine, Ticket
from planner.errors import EngineLost, PlannerError
from planner.serve.checking import warm

_T = TypeVar("_T")

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
"""Seconds between two tries to open the engine; each pause is twice the one before."""

_LOOKS = 0.5
"""Seconds between two looks at whether the engine is lost."""

_OPENING = "The workers are starting."

_log = logging.getLogger(__name__)


class Workers:
    """An engine that is there whenever it can be; `places` of its workers import ahead what solving needs."""

    def __init__(self, workers: int | None, cluster: str | None, places: int) -> None:
        self._wanted, self._places = (workers, cluster), places
        self._engine: Engine | None = None
        self._why = _OPENING
        self._broken, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keep, name="workers", daemon=True)

    def start(self) -> None:
        """Begin to open the engine."""
        self._thread.start()

    def stop(self) -> None:
        """Close it; what runs is cancelled."""
        self._ending.set()
        self._broken.set()
        self._thread.join()

    @property
    def trouble(self) -> str:
        """Why no work can be done now; blank where it can."""
        engine = self._engine
        return self._why if engine is None else engine.lost

    def submit(
        self, work: Callable[..., _T], /, *args: Any, watch: Callable[[Any], None] | None = None, label: str = ""
    ) -> Ticket[_T]:
        """As `Engine.submit`. Raises EngineLost while there is no engine."""
        engine = self._engine
        if engine is None:
            raise EngineLost(self._why)
        return engine.submit(work, *args, watch=watch, label=label)

    def lost(self) -> None:
        """Say that work came back because the engine was lost: it is opened again."""
        self._broken.set()

    # --- in its own thread --------------------------------------------------------------------------

    def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._ending.is_set():
            opened = time.monotonic()
            try:
                with Engine(*self._wanted) as engine:
                    self._use(engine)
            except PlannerError as error:
                self._why = str(error)
            except Exception:
                self._why = "The workers cannot be started; the server's log says why."
                _log.exception("the engine failed")
            if time.monotonic() - opened > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE
            if not self._ending.wait(pause):
                _log.warning("no workers, trying again: %s", self._why)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _use(self, engine: Engine) -> None:
        """Have an engine used until it is lost."""
        for _ in range(self._places):
            engine.submit(warm, label="warm")
        self._broken.clear()
        self._engine = engine
        while not (self._ending.is_set() or engine.lost or self._broken.wait(_LOOKS)):
            pass
        self._engine, self._why = None, engine.lost or _OPENING

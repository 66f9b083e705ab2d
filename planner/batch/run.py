"""Solving many cells: handed to the engine, written as they come, with a board that shows how it goes."""

from __future__ import annotations

import concurrent.futures
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from planner.batch.cells import Cell, CellOptions
from planner.batch.engine import Engine, Ticket, cores
from planner.batch.folder import ResultsFolder
from planner.errors import OutOfMemory, PlannerError, WorkerLost
from planner.plan.cell import CellAnswer, CellStatus


class Board:
    """How a run goes: `total` cells, `done` of them, `running` by label with the latest news (None before any).

    May be read in any thread while the run goes on.
    """

    def __init__(self, total: int) -> None:
        self.total, self.done, self._solved = total, 0, 0
        self.running: dict[str, Any] = {}
        self._started, self._lock = time.monotonic(), threading.Lock()

    def begin(self, label: str, news: Any) -> None:
        """A cell is under way: its latest news."""
        with self._lock:
            self.running[label] = news

    def end(self, label: str, solved: bool = True) -> None:
        """A cell is done: solved now, or taken over."""
        with self._lock:
            self.running.pop(label, None)
            self.done += 1
            self._solved += solved

    def under_way(self) -> dict[str, Any]:
        """The cells under way and their news."""
        with self._lock:
            return dict(self.running)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the rest may take, going by what is done; None before anything is."""
        return None if not self._solved else self.seconds / self._solved * (self.total - self.done)


def solve_cells(
    cells: Sequence[Cell],
    options: CellOptions,
    folder: ResultsFolder | None = None,
    board: Board | None = None,
    workers: int | None = None,
    cluster: str | None = None,
) -> list[CellAnswer]:
    """The answers of cells, in their order; Ctrl-C ends them with the best plans so far.

    With a folder, answers that still hold are taken from it, and others are written to it as they come. The rest are
    solved by `workers` processes of this machine (one per core where None), or by those of a cluster.

    Raises UsageError where the cluster cannot be used.
    """
    board = board or Board(len(cells))
    answers = _taken_over(cells, folder, board)
    missing = [cell for cell in cells if cell.label not in answers]
    if missing:
        most = None if cluster else min(workers or cores(), len(missing))
        with Engine(most, cluster) as engine:
            answers |= solve_with(engine, missing, options, folder, board)
    return [answers[cell.label] for cell in cells]


def solve_with(
    engine: Engine, cells: Sequence[Cell], options: CellOptions, folder: ResultsFolder | None, board: Board
) -> dict[str, CellAnswer]:
    """The answers of cells by their labels, from an engine that is open; each is written to the folder as it comes."""
    arrived: queue.SimpleQueue[Cell] = queue.SimpleQueue()
    tickets = {cell.label: _hand_in(engine, cell, options, board, arrived) for cell in cells}
    answers: dict[str, CellAnswer] = {}
    while len(answers) < len(tickets):
        try:
            cell = arrived.get(timeout=0.2)
        except queue.Empty:
            continue
        except KeyboardInterrupt:
            for ticket in tickets.values():
                ticket.cancel()
            continue
        answers[cell.label] = answer = _answer(cell, tickets[cell.label])
        board.end(cell.label)
        if folder is not None:
            folder.keep(cell, answer)
    return answers


def _taken_over(cells: Sequence[Cell], folder: ResultsFolder | None, board: Board) -> dict[str, CellAnswer]:
    found = {cell.label: folder.kept(cell) for cell in cells} if folder else {}
    kept = {label: answer for label, answer in found.items() if answer is not None}
    for label in kept:
        board.end(label, solved=False)
    return kept


def _hand_in(
    engine: Engine, cell: Cell, options: CellOptions, board: Board, arrived: queue.SimpleQueue[Cell]
) -> Ticket[CellAnswer]:
    def watch(news: Any) -> None:
        board.begin(cell.label, news)

    ticket = engine.submit(_solve_cell, cell, options, watch=watch, label="cell")
    ticket.when_done(lambda: arrived.put(cell))
    return ticket


def _solve_cell(cell: Cell, options: CellOptions, watch: Callable[[Any], None], cancel: threading.Event) -> CellAnswer:
    """In a worker process, which alone needs the model and the solver."""
    from planner.batch.solving import solve_cell

    return solve_cell(cell, options, watch, cancel)


def _answer(cell: Cell, ticket: Ticket[CellAnswer]) -> CellAnswer:
    """The answer of a ticket that is done, whatever became of it."""
    try:
        answer = ticket.result()
    except concurrent.futures.CancelledError:
        return _none(cell, "no_plan", "Stopped before it was begun.")
    except OutOfMemory as error:
        return _none(cell, "memory_limit", str(error))
    except WorkerLost as error:
        return _none(cell, "lost", str(error))
    except PlannerError as error:
        return _none(cell, "failed", str(error))
    except Exception as error:
        return _none(cell, "failed", f"This is a fault of the planner: {type(error).__name__}: {error}.")
    # A solve that was asked to end as memory ran short takes it for an interruption.
    short = ticket.tight and answer.status == "interrupted"
    return replace(answer, status="memory_limit") if short else answer


def _none(cell: Cell, status: CellStatus, text: str) -> CellAnswer:
    return CellAnswer(cell.case.name, cell.strategy, status, text)

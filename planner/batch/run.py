"""Solving many cells: handed to the engine, written as they come, with a board that shows how it goes."""

from __future__ import annotations

import concurrent.futures
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from planner.batch.cells import Cell, CellOptions
from planner.batch.engine import Engine, Ticket, cores
from planner.batch.folder import ResultsFolder
from planner.comparison.cell import CellAnswer, CellStatus
from planner.errors import OutOfMemory, PlannerError, WorkerLost


class Board:
    """How a run goes: `total` cells, `done` of them, `running` by label with the latest news (None before any).

    May be read in any thread while the run goes on. Where it is set, `ending` asks for the end with what there is.
    """

    def __init__(self, total: int, ending: threading.Event | None = None) -> None:
        self.total, self.done, self._solved = total, 0, 0
        self.ending = ending or threading.Event()
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
    """The answers of cells by their labels, from an engine that is open; each is written to the folder as it comes.

    Strategies that are alike wait for the scenario as it stands, where that is to be solved, too: its plan is what they
    begin from.
    """
    passage, waiting = _Passage(engine, options, board), _after_their_base(cells)
    later = {cell.label for group in waiting.values() for cell in group}
    for cell in sorted(cells, key=lambda cell: cell.label not in waiting):
        if cell.label not in later:
            passage.hand_in(cell, None)
    answers: dict[str, CellAnswer] = {}
    while len(answers) < len(cells):
        for cell, answer, start in passage.arrived():
            for follower in waiting.get(cell.label, ()):
                passage.hand_in(follower, start)
            answers[cell.label] = answer
            board.end(cell.label)
            if folder is not None:
                folder.keep(cell, answer)
    return answers


def _after_their_base(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """By the labels of scenarios as they stand: their strategies that are alike."""
    bases = {cell.case: cell.label for cell in cells if cell.chosen is None}
    waiting: dict[str, list[Cell]] = {label: [] for label in bases.values()}
    for cell in cells:
        if cell.alike and cell.case in bases:
            waiting[bases[cell.case]].append(cell)
    return waiting


def _taken_over(cells: Sequence[Cell], folder: ResultsFolder | None, board: Board) -> dict[str, CellAnswer]:
    found = {cell.label: folder.kept(cell) for cell in cells} if folder else {}
    kept = {label: answer for label, answer in found.items() if answer is not None}
    for label in kept:
        board.end(label, solved=False)
    return kept


_Solved = tuple[CellAnswer, bytes | None]
"""An answer, and what strategies may begin from where it is that of a scenario as it stands."""


class _Passage:
    """Cells on their way through an engine; Ctrl-C ends them with the best plans so far."""

    def __init__(self, engine: Engine, options: CellOptions, board: Board) -> None:
        self._engine, self._options, self._board = engine, options, board
        self._done: queue.SimpleQueue[Cell] = queue.SimpleQueue()
        self._tickets: dict[str, Ticket[_Solved]] = {}
        self._stopped = False

    def hand_in(self, cell: Cell, start: bytes | None) -> None:
        """Have a cell solved, from what it may begin from."""

        def watch(news: Any) -> None:
            self._board.begin(cell.label, news)

        ticket = self._engine.submit(_solve_cell, cell, self._options, start, watch=watch, label="cell")
        self._tickets[cell.label] = ticket
        ticket.when_done(lambda: self._done.put(cell))
        if self._stopped:
            ticket.cancel()

    def arrived(self) -> Iterator[tuple[Cell, CellAnswer, bytes | None]]:
        """The next cell that is done with its answer, and what strategies may begin from; none after a moment."""
        try:
            cell = self._done.get(timeout=0.2)
        except queue.Empty:
            return
        except KeyboardInterrupt:
            self._stopped = True
            for ticket in self._tickets.values():
                ticket.cancel()
            return
        yield cell, *_answer(cell, self._tickets[cell.label])


def _solve_cell(
    cell: Cell, options: CellOptions, start: bytes | None, watch: Callable[[Any], None], cancel: threading.Event
) -> _Solved:
    """In a worker process, which alone needs the model and the solver."""
    from planner.batch.solving import solve_cell

    return solve_cell(cell, options, start, watch, cancel)


def _answer(cell: Cell, ticket: Ticket[_Solved]) -> _Solved:
    """The answer of a ticket that is done, whatever became of it."""
    try:
        answer, start = ticket.result()
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
    return (replace(answer, status="memory_limit") if short else answer), start


def _none(cell: Cell, status: CellStatus, text: str) -> _Solved:
    return CellAnswer(cell.case.name, cell.strategy, status, text), None

"""Many pieces of work of one command: done by the engine or in this process, taken over from a folder, followed.

A piece is a function of a module with plain values, and its answer a document of plain values.
"""

from __future__ import annotations

import concurrent.futures
import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from planner.batch.engine import Engine
from planner.batch.folder import AnswersFolder, Document
from planner.batch.run import Board
from planner.solver.outcome import Progress

Watch = Callable[[Any], None]


@dataclass(frozen=True)
class Piece:
    """A piece of work: `work(*args, watch=…, cancel=…)` gives its answer.

    `label` distinguishes it from the others of the command, `grounds` is all that its answer depends on, as plain
    values.
    `passing` are arguments that only help, such as where to start from: they are no part of the grounds.
    """

    label: str
    work: Callable[..., Document]
    args: tuple[Any, ...]
    grounds: Document
    passing: tuple[Any, ...] = field(default=())


class Stopped(Exception):
    """Ctrl-C, or whoever follows the board, ended it before all pieces were done."""


class Workshop:
    """Does pieces of work in worker processes, in this process where there is only one, or on a cluster.

    Answers are taken over from `folder` where they still hold, and written to it as they come. Ctrl-C ends it with
    what there is, and so does whoever sets the board's `ending`.
    """

    def __init__(self, engine: Engine | None, folder: AnswersFolder | None, board: Board | None) -> None:
        self._engine, self.folder, self.board = engine, folder, board or Board(0)
        self._cancel = self.board.ending

    @property
    def stopped(self) -> bool:
        """Whether it is to end."""
        return self._cancel.is_set()

    def do(self, pieces: Sequence[Piece]) -> dict[str, Document]:
        """The answers by label.

        Once it is to end, those under way end with what they have, and the rest are missing.
        """
        self.board.total += len(pieces)
        answers: dict[str, Document] = {}
        for piece in pieces:
            known = self.folder.find(piece.label, piece.grounds) if self.folder else None
            if known is not None:
                answers[piece.label] = known
                self.board.end(piece.label, solved=False)
        missing = [piece for piece in pieces if piece.label not in answers]
        for piece, answer in self._here(missing) if self._engine is None else self._there(self._engine, missing):
            answers[piece.label] = answer
            try:
                self._keep(piece, answer)
            except KeyboardInterrupt:
                self._cancel.set()
        return answers

    def _keep(self, piece: Piece, answer: Document) -> None:
        self.board.end(piece.label)
        if self.folder is not None and not answer.get("stopped"):
            self.folder.write(piece.label, piece.grounds, answer)

    def _here(self, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Document]]:
        for piece in pieces:
            if self.stopped:
                return
            try:
                watch = self._watch(piece)
                self.board.begin(piece.label, Progress("begun", 0.0))
                yield piece, piece.work(*piece.args, *piece.passing, watch=watch, cancel=self._cancel)
            except KeyboardInterrupt:
                self._cancel.set()

    def _there(self, engine: Engine, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Document]]:
        done: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        tickets = {}
        for piece in [] if self.stopped else pieces:
            args = (*piece.args, *piece.passing)
            ticket = engine.submit(piece.work, *args, watch=self._watch(piece), label="piece")
            tickets[piece.label] = ticket
            ticket.when_done(partial(done.put, piece))
        left, said = len(tickets), False
        while left:
            if self.stopped and not said:
                said = True
                for ticket in tickets.values():
                    ticket.cancel()
            try:
                piece = done.get(timeout=0.2)
            except queue.Empty:
                continue
            except KeyboardInterrupt:
                self._cancel.set()
                continue
            left -= 1
            try:
                yield piece, tickets[piece.label].result()
            except concurrent.futures.CancelledError:
                continue

    def _watch(self, piece: Piece) -> Watch:
        def watch(news: Any) -> None:
            self.board.begin(piece.label, news)

        return watch


@contextmanager
def workshop(
    kind: str,
    workers: int | None = None,
    cluster: str | None = None,
    resume: Path | None = None,
    board: Board | None = None,
) -> Iterator[Workshop]:
    """A place where pieces are done: `workers` processes (None: one per core), or those of a cluster.

    Raises UsageError where the cluster cannot be used, OutputError where `resume` is no folder of this `kind`.
    """
    folder = AnswersFolder(resume, kind) if resume else None
    if workers == 1 and cluster is None:
        yield Workshop(None, folder, board)
        return
    with Engine(None if cluster else workers, cluster) as engine:
        yield Workshop(engine, folder, board)

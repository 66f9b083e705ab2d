"""Questions about one scenario: gathered, each asked once, and their answers found again."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from planner.batch.cells import Case, digest
from planner.batch.pieces import Piece, Workshop
from planner.comparison.cell import AS_IT_STANDS as NO_STRATEGY
from planner.errors import Infeasible, StoppedWithoutPlan
from planner.scenario.load import Loaded
from planner.valuation.desk import TIGHT, Limits, Side
from planner.valuation.interval import NOTHING, Found, Interval, difference, found_in
from planner.valuation.question import AS_IT_STANDS, Question
from planner.valuation.works import solve_as_it_stands, solve_question

Document = dict[str, Any]

_SMALL = 200
"""Integer variables up to which each question is solved to the end at once: that takes little longer."""


@dataclass(frozen=True)
class Base:
    """The scenario as it stands, solved: its optimum, its futures, and each decision for now (see `works`).

    `bought` are the offers that are signed or, where none need be, ordered from.
    """

    found: Found
    futures: tuple[str, ...]
    probability: tuple[float, ...]
    decisions: Document
    bought: frozenset[str]
    now: tuple[Document, ...]
    start: str


class Inquiry:
    """A scenario, and all that is asked about it; where `exact` its own optimum is known so, else to the gap."""

    def __init__(self, loaded: Loaded, limits: Limits, shop: Workshop, exact: bool = True) -> None:
        self.loaded, self.limits, self._shop = loaded, limits, shop
        self.scenario = loaded.scenario
        self.case = Case(loaded.raw.name, zlib.compress(pickle.dumps(loaded.raw)))
        self._grounds = {"input": digest(loaded.raw, NO_STRATEGY)} | asdict(limits)
        self._pieces: dict[str, Piece] = {}
        self._labels: dict[Question, str] = {}
        self._answers: dict[str, Document] = {}
        self.base, integers = self._solved_base(exact)
        if exact and integers <= _SMALL:
            self.limits = replace(limits, gap=min(limits.gap, TIGHT))
        self._found: dict[Question, Found] = {AS_IT_STANDS: self.base.found}

    def _solved_base(self, exact: bool) -> tuple[Base, int]:
        piece = self._piece("the scenario as it stands", solve_as_it_stands, self.case, self.limits, exact)
        answer = self._shop.do([piece]).get(piece.label)
        if answer is None or answer["objective"] is None:
            if answer is not None and answer["status"] == "infeasible":
                raise Infeasible("No plan can satisfy every row of the scenario.")
            raise StoppedWithoutPlan("Stopped before a first plan of the scenario itself was found.")
        base = Base(
            found_in(answer),
            tuple(answer["futures"]),
            tuple(answer["probability"]),
            answer["decisions"],
            frozenset(answer["bought"]),
            tuple(answer["now"]),
            answer["start"],
        )
        return base, answer["integers"]

    def _piece(self, label: str, work: Callable[..., Document], *args: Any, start: Sequence[str] = ()) -> Piece:
        grounds = self._grounds | {"work": work.__name__, "asked": repr(args[2:])}
        return Piece(label, work, args, grounds, tuple(start))

    def ask(self, label: str, question: Question, side: Side = "either", exact: bool = False) -> None:
        """Have a question solved, as near as its difference from the scenario's optimum asks for, or exactly.

        What rules something out lies above that optimum, what allows more below.
        """
        if question == AS_IT_STANDS or question in self._labels:
            return
        self._labels[question] = label
        self.have(label, solve_question, question, None if exact else self.base.found, side)

    def have(self, label: str, work: Callable[..., Document], *args: Any, starts: Sequence[str] = ()) -> None:
        """Have a piece of work done: work(case, limits, *args, start, *starts)."""
        start = (self.base.start, *starts)
        self._pieces[label] = self._piece(label, work, self.case, self.limits, *args, start=start)

    def do(self) -> None:
        """Do all that has been asked for."""
        self._answers |= self._shop.do(list(self._pieces.values()))
        self._pieces.clear()

    def answer(self, label: str) -> Document | None:
        """The answer of a piece of work; None where it was stopped before."""
        return self._answers.get(label)

    def found(self, question: Question) -> Found | None:
        """The optimum of a question; None where it was stopped before."""
        if question in self._found:
            return self._found[question]
        answer = self._answers.get(self._labels.get(question, ""))
        return None if answer is None else found_in(answer)

    def saved(self, question: Question, least: float = -float("inf")) -> Interval | None:
        """By how much the optimum of a question lies below the scenario's; None where there is no such plan."""
        if question == AS_IT_STANDS:
            return NOTHING
        found = self.found(question)
        return None if found is None or found.infeasible else difference(self.base.found, found, least)

    def lost(self, question: Question) -> Interval | None:
        """By how much the optimum of a question lies above the scenario's, never below it; None without such a plan."""
        if question == AS_IT_STANDS:
            return NOTHING
        found = self.found(question)
        return None if found is None or found.infeasible else difference(found, self.base.found, 0.0)

    @property
    def stopped(self) -> bool:
        """Whether Ctrl-C came before all was done."""
        return self._shop.stopped

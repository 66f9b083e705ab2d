"""How long lines last without a source, what an outage costs, and the cheapest way to survive a period longer."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from planner.batch.cells import Case, digest
from planner.batch.pieces import Piece, Workshop, workshop
from planner.batch.run import Board
from planner.comparison.cell import AS_IT_STANDS
from planner.errors import Infeasible, StoppedWithoutPlan, UsageError
from planner.outage.lasting import ALL
from planner.outage.sources import Source, chosen, sources
from planner.outage.work import extra_period, impact_of, last_without, plan_of_case
from planner.plan.plan import Decisions
from planner.scenario.fields import nearest, shown
from planner.scenario.load import Loaded
from planner.solver.outcome import Options

Document = dict[str, Any]

_SMALL = 300
"""Integer variables up to which impacts and extra periods are worked out unasked: each takes a solve, and there are
many of both."""

DAYS = 365.25 / 12
"""In a month."""


@dataclass(frozen=True)
class Lasting:
    """How many periods a line (None: all together) lasts without a source, in the future in which it lasts least."""

    segment: str | None
    source: Source | None
    periods: int
    future: str


@dataclass(frozen=True)
class Impact:
    """What a source out in the first so many periods costs; None where there is no plan so."""

    source: Source
    periods: int
    cost: Document | None


@dataclass(frozen=True)
class Extra:
    """The cheapest way for a line to last so many periods without a source; `cost` is None where there is none."""

    segment: str | None
    source: Source
    periods: int
    cost: Document | None
    does: tuple[str, ...]


@dataclass(frozen=True)
class Survival:
    """What comes of outages; `complete` unless it was stopped before all was worked out."""

    loaded: Loaded
    decisions: Decisions
    lasting: tuple[Lasting, ...]
    undisturbed: tuple[Lasting, ...]
    impacts: tuple[Impact, ...]
    extras: tuple[Extra, ...]
    unasked: bool
    complete: bool

    def days(self, periods: int) -> int:
        """Days in so many periods."""
        return round(periods * self.loaded.scenario.settings.period_months * DAYS)

    @cached_property
    def document(self) -> Document:
        """As `docs/cli.md` has it."""
        return {
            "survive": [_row(one) for one in self.lasting],
            "undisturbed": [_row(one) for one in self.undisturbed],
            "impact": [_source(one.source) | {"periods": one.periods, "cost": one.cost} for one in self.impacts],
            "longer": [
                {"segment": one.segment} | _source(one.source)
                | {"periods": one.periods, "cost": one.cost, "does": list(one.does)}
                for one in self.extras
            ],
            "decisions": asdict(self.decisions),
        }  # fmt: skip


def _source(source: Source | None) -> Document:
    return {"source_kind": source.kind if source else None, "source": source.name if source else None}


def _row(one: Lasting) -> Document:
    return {"segment": one.segment} | _source(one.source) | {"periods": one.periods, "future": one.future}


def survive(
    loaded: Loaded,
    plan: Mapping[str, Any] | None = None,
    *,
    future: str | None = None,
    without: Sequence[str] | None = None,
    impact: Sequence[str] | None = None,
    lengths: Sequence[int] | None = None,
    longer: Sequence[str] | None = None,
    options: Options | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    resume: Path | None = None,
    board: Board | None = None,
) -> Survival:
    """Time to survive of every line and source, with what the plan decides now (the optimum, where none is given).

    `without` names the sources ('country/China') that lines are to last without (default: each of all). `impact` and
    `longer` name those whose outages are costed and outlasted by a period; without them all are in small scenarios, and
    none in others. `lengths` are periods of outages, by default 1 to the horizon.

    Raises:
        UsageError: a future or source is not known. InputError: the plan is of another scenario, strategy or version.
        Infeasible: the scenario has no plan. StoppedWithoutPlan: none was found in time.
    """
    names = [row.future for row in loaded.scenario.futures] or ["the future"]
    if future is not None and future not in names:
        raise UsageError(f"There is no future {shown(future)}. {nearest(future, names)}")
    with workshop("outage", workers, cluster, resume, board) as shop:
        asking = _Asking(loaded, shop, options or Options(), plan)
        every = sources(loaded.scenario)
        if without is not None:
            named = [*without, *(name for name in longer or () if name not in ("all", "none"))]
            every = list(dict.fromkeys(chosen(loaded.scenario, named)))
        return asking.answer(every, [future] if future else names, impact, lengths, longer)


class _Asking:
    """Asks piece by piece."""

    def __init__(self, loaded: Loaded, shop: Workshop, options: Options, plan: Mapping[str, Any] | None) -> None:
        self._loaded, self._scenario, self._shop, self._options = loaded, loaded.scenario, shop, options
        self._case = Case(loaded.raw.name, zlib.compress(pickle.dumps(loaded.raw)))
        self._grounds: Document = {"input": digest(loaded.raw, AS_IT_STANDS)}
        self._grounds |= {"gap": options.gap, "time_limit": options.time_limit}
        base = self._base()
        if plan is not None:
            given = plan["decisions"]
            self._decisions = Decisions(tuple(given["apply"]), tuple(given["sign"]), dict(given["keep"]))
            # What it says of itself; its bound, where it has none, is its objective.
            self._plan = float(plan["objective"]), float(plan["bound"])
        else:
            self._decisions = Decisions(tuple(base["apply"]), tuple(base["sign"]), base["keep"])
            self._plan = float(base["objective"]), float(base["bound"])
        self._grounds |= {"decisions": asdict(self._decisions)}
        self._small = int(base["integers"]) <= _SMALL

    def _base(self) -> Document:
        piece = Piece("the plan", plan_of_case, (self._case, self._options), self._grounds)
        found = self._shop.do([piece]).get(piece.label)
        if found is None or found["stop"] == "interrupted":
            raise StoppedWithoutPlan("Stopped before a first plan was found.")
        if found["stop"] == "infeasible":
            raise Infeasible("No plan can satisfy every row of the scenario.")
        if found["objective"] is None:
            raise StoppedWithoutPlan("The time limit came before a first plan was found: give it more time.")
        return found

    def answer(
        self,
        every: list[Source],
        futures: Sequence[str],
        impact: Sequence[str] | None,
        lengths: Sequence[int] | None,
        longer: Sequence[str] | None,
    ) -> Survival:
        """All that is asked."""
        base, lasts = self._lasts(every, futures)
        lasting = tuple(one for source in every if source in lasts for one in self._least(source, lasts[source]))
        periods = lengths or range(1, self._scenario.settings.periods + 1)
        costed = self._impacts(self._asked(impact, every), periods)
        extras = self._longer(self._asked(longer, every), lasting, lasts)
        return Survival(
            self._loaded,
            self._decisions,
            lasting,
            tuple(self._least(None, base)) if base else (),
            tuple(costed),
            tuple(extras),
            unasked=not self._small and impact is None,
            complete=not self._shop.stopped,
        )

    def _asked(self, named: Sequence[str] | None, every: list[Source]) -> list[Source]:
        if named is None:
            return every if self._small else []
        return every if list(named) == ["all"] else chosen(self._scenario, [name for name in named if name != "none"])

    # --- time to survive ----------------------------------------------------------------------------------

    def _lasts(self, every: list[Source], futures: Sequence[str]) -> tuple[Document, dict[Source, Document]]:
        base = self._do([self._lasting(None, futures, {})])
        undisturbed: Document = base[0]["lasts"] if base else {}
        pieces = [self._lasting(source, futures, undisturbed) for source in every] if undisturbed else []
        answers = self._shop.do(pieces)
        found = {
            source: answers[piece.label]["lasts"]
            for source, piece in zip(every, pieces, strict=False)
            if "lasts" in answers.get(piece.label, {})
        }
        return undisturbed, found

    def _do(self, pieces: list[Piece]) -> list[Document]:
        answers = self._shop.do(pieces)
        return [answers[piece.label] for piece in pieces if not answers.get(piece.label, {"stopped": True})["stopped"]]

    def _lasting(self, source: Source | None, futures: Sequence[str], undisturbed: Document) -> Piece:
        label = f"time to survive without {source.label}" if source else "time to survive with all sources"
        its = self._grounds | {"futures": list(futures), "source": source.label if source else None}
        return Piece(label, last_without, (self._case, self._decisions, source, tuple(futures), undisturbed), its)

    def _least(self, source: Source | None, lasts: Document) -> list[Lasting]:
        found = []
        for name in (*self._scenario.segment, ALL):
            future = min(lasts, key=lambda one: int(lasts[one][name]["periods"]))
            found.append(Lasting(name or None, source, lasts[future][name]["periods"], future))
        return found

    # --- what it costs ------------------------------------------------------------------------------------

    def _impacts(self, asked: list[Source], lengths: Sequence[int]) -> list[Impact]:
        pieces = [
            Piece(
                f"impact of {source.label}",
                impact_of,
                (self._case, self._decisions, source, tuple(lengths), self._options),
                self._grounds | {"source": source.label, "lengths": list(lengths)},
            )
            for source in asked
        ]
        answers, found = self._shop.do(pieces), []
        for source, piece in zip(asked, pieces, strict=True):
            for one in answers.get(piece.label, {}).get("impacts", ()):
                said = {name: one[name] for name in ("value", "low", "high")}
                found.append(Impact(source, one["periods"], None if one["impossible"] else said))
        return found

    def _longer(self, asked: list[Source], lasting: Sequence[Lasting], lasts: dict[Source, Document]) -> list[Extra]:
        last = self._scenario.settings.periods
        short = [(one, one.source) for one in lasting if one.source in asked and one.periods < last]
        pieces = [self._one_longer(one, source, lasts[source]) for one, source in short if source is not None]
        answers = self._shop.do(pieces)
        return [
            self._extra(one, source, answers[piece.label])
            for (one, source), piece in zip(short, pieces, strict=True)
            if source is not None and piece.label in answers
        ]

    def _one_longer(self, one: Lasting, source: Source, lasts: Document) -> Piece:
        segments = (one.segment,) if one.segment else tuple(self._scenario.segment)
        futures = tuple(future for future, its in lasts.items() if its[one.segment or ALL]["periods"] <= one.periods)
        said = {
            "segments": list(segments),
            "source": source.label,
            "futures": list(futures),
            "periods": one.periods + 1,
        }
        return Piece(
            f"{one.segment or 'all lines'} a period longer without {source.label}",
            extra_period,
            (self._case, self._decisions, source, segments, futures, one.periods + 1, self._options),
            self._grounds | said | {"periods": one.periods + 1},
        )

    def _extra(self, one: Lasting, source: Source, answer: Document) -> Extra:
        cost = None
        if answer["objective"] is not None:
            objective, bound = self._plan
            low = max(answer["bound"] - objective, 0.0)
            high = max(answer["objective"] - bound, low)
            cost = {"value": min(max(answer["objective"] - objective, low), high), "low": low, "high": high}
        return Extra(one.segment, source, one.periods + 1, cost, tuple(answer["does"]))

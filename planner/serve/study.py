"""What a worker process does for a study: answers what was asked, and writes what the page shows and gives to download.

Its answers lie in the run's folder as they come, so that a study that is begun again takes them over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import planner.version
from planner.batch.run import Board
from planner.errors import Infeasible, InputError, StoppedWithoutPlan, UsageError
from planner.outage.survive import survive
from planner.outage.views import survival_study
from planner.plan import document
from planner.reading import read
from planner.report.study import Study, write_study
from planner.scenario.load import Loaded, from_raw
from planner.serve import answer, asked
from planner.serve.folder import read_json, write_json
from planner.serve.words import on_page
from planner.serve.work import ANSWER, PLAN, REPORT, TABLES, Row, listed_table, named
from planner.solver.outcome import Options, Progress, Watcher
from planner.trial.noise import Noise
from planner.trial.replanning import LEAVES
from planner.trial.stress import How, stress
from planner.trial.views import stress_study
from planner.valuation.alternatives import alternatives
from planner.valuation.cell import CellSearch, named_cell, named_decision, read_value
from planner.valuation.desk import Limits
from planner.valuation.frontier import frontier
from planner.valuation.views import alternatives_study, frontier_study, worth_study
from planner.valuation.worth import worth

Plan = dict[str, Any] | None


class _Found(Protocol):
    """What every study comes to."""

    @property
    def loaded(self) -> Loaded: ...

    @property
    def complete(self) -> bool: ...

    @property
    def document(self) -> dict[str, Any]: ...


class _News(Board):
    """A board that tells how far it is whenever something begins or ends."""

    def __init__(self, watch: Watcher, cancel: threading.Event) -> None:
        super().__init__(0, cancel)
        self._watch = watch

    def begin(self, label: str, news: Any) -> None:
        """As the board, and tell."""
        super().begin(label, news)
        self._tell(label)

    def end(self, label: str, solved: bool = True) -> None:
        """As the board, and tell."""
        super().end(label, solved)
        self._tell("")

    def _tell(self, label: str) -> None:
        left = self.seconds_left
        parts = [f"{self.done} of {self.total} questions answered"]
        parts += [label] if label else []
        parts += [f"about {left / 60:.0f} min left"] if left and left > 90 else []
        self._watch(Progress(", ".join(parts), self.seconds))


def run_study(
    folder: str,
    source: str,
    name: str,
    strategy: str | None,
    options: Mapping[str, Any],
    plan: str | None,
    *,
    watch: Watcher,
    cancel: threading.Event,
) -> Row:
    """Answer a study of a scenario and write it down; fields of the run's row in the store.

    `options` are its gap, time limit and what was `asked`; `plan` is the file of the plan that it looks into, if any.
    """
    home = Path(folder)
    watch(Progress("reading the scenario", 0.0))
    try:
        found, study = _answered(_Job(home, source, name, strategy, options, watch, cancel), plan)
    except (InputError, UsageError) as error:
        problems = error.problems if isinstance(error, InputError) else []
        return {"state": "failed", "message": "\n".join(map(str, problems)) or on_page(str(error))}
    except Infeasible as error:
        return {"state": "failed", "message": f"{error} Solve it first: the page of that run tells why."}
    except StoppedWithoutPlan as error:
        return {"state": "stopped", "message": str(error)}
    return _written(home, found, study)


class _Job:
    """A study that is asked for, and how it goes."""

    def __init__(
        self,
        home: Path,
        source: str,
        name: str,
        strategy: str | None,
        options: Mapping[str, Any],
        watch: Watcher,
        cancel: threading.Event,
    ) -> None:
        self.raw, self.changes = read(source)
        self.name, self.strategy = name, strategy
        self.gap, self.time_limit = options["gap"], options["time_limit"]
        self.asked = options["asked"]
        self.how: dict[str, Any] = {
            "workers": 1, "resume": home / asked.ANSWERS, "board": _News(watch, cancel),
        }  # fmt: skip

    def loaded(self, strategy: str | None) -> Loaded:
        """The scenario with a strategy."""
        return named(from_raw(self.raw, strategy, self.changes), self.name)

    @property
    def limits(self) -> Limits:
        """How far each question is solved."""
        return Limits(self.gap, self.time_limit)


def _answered(job: _Job, plan: str | None) -> tuple[_Found, Study]:
    held = read_json(Path(plan)) if plan else None
    if plan and held is None:
        raise UsageError("The plan that this looks into has been deleted. Ask of the scenario, or solve it again.")
    return _KINDS[job.asked["study"]](job, held)


def _worth(job: _Job, plan: Plan) -> tuple[_Found, Study]:
    ask = asked.AskedWorth.model_validate(job.asked)
    loaded = job.loaded(job.strategy)
    cell = decision = None
    if ask.break_even and ask.decision:
        ends = None if ask.between is None else (ask.between[0], ask.between[1])
        cell = CellSearch(named_cell(loaded, ask.break_even), ends)
        decision = named_decision(loaded, ask.decision)
    found = worth(loaded, ask.parts, job.limits, terms=ask.terms, cell=cell, decision=decision, **job.how)
    return found, worth_study(found)


def _frontier(job: _Job, plan: Plan) -> tuple[_Found, Study]:
    ask = asked.AskedFrontier.model_validate(job.asked)
    loaded = job.loaded(job.strategy)
    cell = named_cell(loaded, ask.over)
    found = frontier(loaded, cell, [read_value(cell, text) for text in ask.values], job.limits, **job.how)
    return found, frontier_study(found)


def _alternatives(job: _Job, plan: Plan) -> tuple[_Found, Study]:
    ask = asked.AskedAlternatives.model_validate(job.asked)
    found = alternatives(job.loaded(job.strategy), ask.within, ask.most, job.limits, **job.how)
    return found, alternatives_study(found)


def _stress(job: _Job, plan: Plan) -> tuple[_Found, Study]:
    ask = asked.AskedStress.model_validate(job.asked)
    names = [job.strategy] if plan or not ask.strategies else ask.strategies
    found = stress(
        [job.loaded(name) for name in names], ask.courses, ask.seed, ask.policy, plan=plan,
        noise=Noise(ask.demand, ask.price, ask.capacity), weights=ask.weights or None,
        how=How(job.gap, job.time_limit, ask.leaves or LEAVES, ask.hindsight), **job.how,
    )  # fmt: skip
    return found, stress_study(found)


def _survive(job: _Job, plan: Plan) -> tuple[_Found, Study]:
    ask = asked.AskedSurvive.model_validate(job.asked)
    found = survive(
        job.loaded(job.strategy), plan, future=ask.future, without=ask.without or None, impact=ask.impact,
        lengths=ask.lengths or None, longer=ask.longer, options=Options(gap=job.gap, time_limit=job.time_limit),
        **job.how,
    )  # fmt: skip
    return found, survival_study(found)


_KINDS: dict[str, Callable[[_Job, Plan], tuple[_Found, Study]]] = {
    "worth": _worth, "frontier": _frontier, "alternatives": _alternatives, "stress": _stress, "survive": _survive,
}  # fmt: skip


def _written(home: Path, found: _Found, study: Study) -> Row:
    status = "optimal" if found.complete else "interrupted"
    raw = found.loaded.raw
    origin = {"scenario": raw.name, "sha256": raw.sha256, "strategy": found.loaded.strategy}
    told = {"status": status} | found.document | {"provenance": origin | {"planner": planner.version.__version__}}
    write_study(study, home / REPORT)
    document.write(told, home / PLAN)
    shown, tables = answer.study(study)
    (home / TABLES).mkdir(exist_ok=True)
    for table in tables:
        write_json(home / TABLES / f"{table['name']}.json", table)
    shown["tables"] = [listed_table(table) for table in tables]
    write_json(home / ANSWER, shown | {"complete": found.complete})
    return {"state": "done", "status": status}

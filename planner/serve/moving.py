"""Moving on from a run: the scenario of the next period, made from its plan and from what really came.

It reads what strangers have uploaded, so that it runs in a process of its own (see `child`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from planner.errors import InputError, PlannerError, Problem
from planner.plan import document
from planner.plan.plan import Plan
from planner.present.charts import Chart
from planner.present.words import Wording
from planner.reading import load
from planner.rolling.actuals import Actuals
from planner.rolling.mapping import Answer, Mapping, Question, of_answers
from planner.rolling.pasted import read_pasted
from planner.rolling.planned import charts
from planner.rolling.reading import interpret
from planner.rolling.roll import Horizon, Rolled, roll
from planner.rolling.writing import HEADINGS, lines, write_rolled
from planner.scenario.load import Loaded
from planner.serve.charts import along
from planner.serve.folder import read_json, write_json

UPLOADED, ANSWERS, MOVED = "actuals", "mapping.json", "moved.json"
"""In the folder of a move: the folder of files that came, what the mapping says, what was made of it."""

Row = dict[str, Any]


class _AskedError(Exception):
    """Something is not mapped yet; carries the questions."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = questions
        super().__init__()


def move_on(
    folder: str, source: str, strategy: str | None, plan: str, to: str, future: str | None, periods: Horizon, out: str
) -> Row:
    """Make the workbook `out` of the scenario that begins at month `to`; what came of that, by its `state`.

    asked: something is not mapped, with the questions; wrong: cells are wrong, with the problems; moved: it is made,
    and `MOVED` in the folder says how.
    """
    home = Path(folder)
    try:
        loaded = load(source, strategy)
        rolled = _rolled(home, loaded, document.to_plan(read_json(Path(plan))), to, future, periods)
        write_rolled(rolled, Path(out))
    except _AskedError as asked:
        return {"state": "asked", "questions": [asdict(question) for question in asked.questions]}
    except InputError as error:
        return {"state": "wrong", "problems": [_told(problem) for problem in error.problems]}
    except PlannerError as error:
        return {"state": "wrong", "problems": [_told(Problem("wrong", str(error)))]}
    write_json(home / MOVED, _made(rolled, to, future, Wording(loaded.scenario.settings.currency)))
    return {"state": "moved"}


def _rolled(home: Path, loaded: Loaded, plan: Plan, to: str, future: str | None, periods: Horizon) -> Rolled:
    return roll(loaded, plan, to, future, periods, lambda period: _actuals(home, loaded, period))


def _actuals(home: Path, loaded: Loaded, period: int) -> Actuals | None:
    """What was uploaded, where anything was."""
    if not (home / UPLOADED).is_dir():
        return None
    mapping = kept(home)
    found = interpret(read_pasted(home / UPLOADED), loaded.scenario, period, mapping, "actuals")
    if mapping.questions:
        raise _AskedError(list(mapping.questions.values()))
    if found.problems:
        raise InputError(found.problems, list(found.actuals.notes))
    return found.actuals


def kept(home: Path) -> Mapping:
    """The mapping that a folder holds."""
    return of_answers(Answer(*answer) for answer in read_json(home / ANSWERS) or [])


def keep(home: Path, answers: Sequence[Sequence[str]]) -> None:
    """Add answers (what, sheet, theirs, ours) to a folder's mapping."""
    known = {tuple(answer[:3]): answer for answer in [*(read_json(home / ANSWERS) or []), *map(list, answers)]}
    write_json(home / ANSWERS, list(known.values()))


def _told(problem: Problem) -> Row:
    """A problem as the page lists it."""
    sheet, mark, cell = (problem.cell or "").rpartition("!")
    return asdict(problem) | {
        "sheet": sheet if mark else problem.table or "",
        "at": cell if mark else problem.cell or "",
    }


def _made(rolled: Rolled, to: str, future: str | None, wording: Wording) -> Row:
    """How the scenario was made: what was changed, what has to be known, planned against actual."""
    return {
        "to": to,
        "future": future,
        "changes": [list(HEADINGS), *map(list, lines(rolled))],
        "notes": [str(note) for note in rolled.notes],
        "charts": [_drawn(chart) for chart in charts(rolled.planned, wording)],
    }


def _drawn(chart: Chart) -> Row:
    return along(
        chart.name, chart.title, chart.rows, unit=chart.unit, kind="columns", decimals=chart.decimals,
        lines=chart.lines, along=chart.along,
    ).document()  # fmt: skip

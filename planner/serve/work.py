"""What worker processes do for the page: solve a run, draw its charts. Results are files.

Functions here are called by the engine, with plain values, and give plain values back.
"""

from __future__ import annotations

import tempfile
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner.batch.solving import answer_of_plan
from planner.charts.page import write_charts
from planner.comparison.cell import AS_IT_STANDS
from planner.errors import Infeasible, InputError, StoppedWithoutPlan
from planner.explain.explain import explain
from planner.files import write_whole
from planner.pipeline import make_plan
from planner.plan import document
from planner.plan.plan import Plan
from planner.present.words import Wording
from planner.reading import load, read
from planner.report.no_plan import write_no_plan
from planner.report.workbook import write_report
from planner.scenario.load import Loaded, from_raw
from planner.serve import answer, monthly
from planner.serve.folder import read_json, write_json
from planner.solver.outcome import Options, Progress, Watcher

PLAN, REPORT, CHARTS, ANSWER, PICTURES, EXPLAINED, CELL, MONTHS = (
    "plan.json", "report.xlsx", "charts.zip", "answer.json", "charts.json", "explained.json", "cell.json",
    "months.json",
)  # fmt: skip
"""Files in a run's folder."""

TABLES = "tables"
"""The folder in it that holds a file for each table of the plan."""

Row = dict[str, Any]


def solve_run(
    folder: str,
    source: str,
    name: str,
    strategy: str | None,
    options: dict[str, Any],
    *,
    watch: Watcher,
    cancel: threading.Event,
) -> Row:
    """Solve a scenario and write all that the page shows of the answer; fields of the run's row in the store.

    `name` is what the answer calls the workbook, whose path is the server's own.
    """
    home = Path(folder)
    watch(Progress("reading the scenario", 0.0))
    try:
        raw, changes = read(source)
        loaded = named(from_raw(raw, strategy, changes), name)
    except InputError as error:
        write_json(home / PLAN, document.invalid(error))
        return {"state": "invalid", "message": "\n".join(str(problem) for problem in error.problems)}
    try:
        wanted = Options(gap=options["gap"], time_limit=options["time_limit"])
        plan = make_plan(loaded, wanted, watch, cancel, why=options["why"])
    except Infeasible:
        return _explained(home, loaded, watch, cancel)
    except StoppedWithoutPlan as error:
        return {"state": "stopped", "message": str(error)}
    watch(Progress("writing the report", 0.0))
    own = from_raw(raw).scenario.settings if strategy else loaded.scenario.settings
    told = answer_of_plan(loaded.scenario.name, strategy or AS_IT_STANDS, own, loaded, plan)
    write_json(home / CELL, told.document())
    return _written(home, loaded, plan)


def named(loaded: Loaded, name: str) -> Loaded:
    """A scenario under the name by which people know it."""
    if not Path(loaded.raw.origin).is_absolute():
        return loaded  # a bundled one
    stem = Path(name).stem
    scenario = loaded.scenario.model_copy(update={"name": stem})
    return replace(loaded, scenario=scenario, raw=replace(loaded.raw, name=stem, origin=name))


def _written(home: Path, loaded: Loaded, plan: Plan) -> Row:
    started = time.perf_counter()
    write_report(loaded, plan, home / REPORT)
    write_json(home / PICTURES, answer.charts(loaded, plan))
    tables = answer.tables(loaded, plan)
    (home / TABLES).mkdir(exist_ok=True)
    for table in tables:
        write_json(home / TABLES / f"{table['name']}.json", table)
    write_json(home / MONTHS, monthly.grids(plan, Wording(loaded.scenario.settings.currency, loaded.scenario.counted)))
    document.write(document.of_plan(loaded, plan), home / PLAN)
    shown = answer.answer(loaded, plan)
    shown["tables"] = [listed_table(table) for table in tables]
    shown["seconds"] = dict(plan.provenance["seconds"]) | {"report": time.perf_counter() - started}
    write_json(home / ANSWER, shown)
    figures = answer.key_figures(loaded, plan)
    latest = {"incumbent": plan.objective, "bound": plan.bound, "gap": plan.gap}
    return {"state": "done", "status": plan.status, "figures": figures, **latest}


def listed_table(table: dict[str, Any]) -> dict[str, Any]:
    """A table as a list of tables tells of it."""
    return {name: table[name] for name in ("name", "title", "meaning", "empty")} | {"rows": len(table["rows"])}


def _explained(home: Path, loaded: Loaded, watch: Watcher, cancel: threading.Event) -> Row:
    try:
        explanation = explain(loaded, watch, cancel)
    except StoppedWithoutPlan as error:
        return {"state": "infeasible", "message": str(error)}
    write_no_plan(loaded, explanation, home / REPORT)
    document.write(document.infeasible(loaded, explanation), home / PLAN)
    write_json(home / EXPLAINED, answer.explained(explanation, Wording(loaded.scenario.settings.currency)))
    return {"state": "infeasible", "status": "infeasible"}


# --- charts to download ---------------------------------------------------------------------------


def draw_charts(folder: str, source: str, strategy: str | None, *, watch: Watcher, cancel: threading.Event) -> None:
    """Draw the charts of a run that has a plan, as `--charts` does, into one zip file."""
    home = Path(folder)
    loaded, plan = load(source, strategy), document.to_plan(read_json(home / PLAN))
    with tempfile.TemporaryDirectory() as place:
        files = write_charts(loaded, plan, Path(place) / "charts")

        def put(temporary: Path) -> None:
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as zipped:
                for file in files:
                    zipped.write(file, file.name)

        write_whole(home / CHARTS, put)

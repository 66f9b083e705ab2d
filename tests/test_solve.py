"""The driver of HiGHS: why it stopped, what it found by then, and the same plan every time."""

from __future__ import annotations

import _thread
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pandas as pd
import pytest

from planner.catalogue.decisions import Rank
from planner.errors import Fault, Infeasible, StoppedWithoutPlan
from planner.pipeline import Prepared, make_plan, prepare
from planner.plan.plan import Plan
from planner.scenario.load import from_rows
from planner.scenario.tables import tables as schema
from planner.solver.dive import ranks
from planner.solver.engine import STOPS, Silent
from planner.solver.halt import Halt
from planner.solver.highs import branch_and_bound
from planner.solver.outcome import Options, Outcome, Progress, Stop
from planner.solver.scaling import scale
from planner.solver.strategy import _Search, solve
from planner.solver.warm_start import WarmStart
from tests.scenarios import EXACT, RICH, near, tables, tiny
from tests.shared_cases import EXPECTED, loaded, solved

LONG = "medium-300"
"""A case that takes minutes to its very optimum, and a second or so to a first plan."""


@pytest.fixture(scope="module")
def rich() -> Prepared:
    return prepare(tiny(**RICH))


# --- statuses ----------------------------------------------------------------------------------------


def test_every_status_of_highs_is_mapped() -> None:
    assert set(STOPS) == set(highspy.HighsModelStatus.__members__)


def test_nothing_but_an_optimum_is_called_optimal_and_nothing_but_a_proof_infeasible() -> None:
    assert {name for name, stop in STOPS.items() if stop is Stop.OPTIMAL} == {"kOptimal", "kModelEmpty"}
    assert {name for name, stop in STOPS.items() if stop is Stop.INFEASIBLE} == {
        "kInfeasible",
        "kUnboundedOrInfeasible",
    }


def test_optimum(rich: Prepared) -> None:
    outcome = solve(rich.instance, EXACT)
    assert outcome.stop is Stop.OPTIMAL
    assert outcome.detail == "Optimal"
    assert outcome.bound == near(outcome.objective)
    assert outcome.gap == pytest.approx(0, abs=1e-9)
    check_feasible(rich, outcome.x)


def test_infeasible(rich: Prepared) -> None:
    outcome = solve(prepare(tiny(segments={"min_service": 1}, offers={"max_kg_per_period": 4})).instance)
    assert (outcome.stop, outcome.x, outcome.objective, outcome.gap) == (Stop.INFEASIBLE, None, math.inf, math.inf)


def test_infeasible_scenario_raises() -> None:
    with pytest.raises(Infeasible, match=r"^No plan can satisfy every row of the scenario\.") as raised:
        make_plan(tiny(segments={"min_service": 1}, offers={"max_kg_per_period": 4}))
    assert raised.value.exit_code == 4


def check_feasible(prepared: Prepared, x: Any) -> None:
    """A solution keeps to every row and bound, and its whole numbers are whole."""
    instance, slack = prepared.instance, 1e-5
    activity = instance.matrix.times(x)
    assert (activity >= instance.row_lower - slack).all()
    assert (activity <= instance.row_upper + slack).all()
    assert (x >= instance.lower - slack).all()
    assert (x <= instance.upper + slack).all()
    assert (x[instance.integer] == np.round(x[instance.integer])).all()


# --- limits and interruption -------------------------------------------------------------------------


def check_stopped(plan: Plan) -> None:
    """What is kept of a solve of the long case that was stopped: a whole plan, its bound and the gap between."""
    expected = EXPECTED[LONG]
    assert plan.bound <= expected["objective"]
    assert plan.objective >= expected["bound"]
    assert plan.bound < plan.objective
    assert plan.gap == pytest.approx((plan.objective - plan.bound) / abs(plan.objective))
    assert len(plan.tables["shortage"]) > 0
    assert plan.tables["futures"]["probability"].sum() == pytest.approx(1)


def test_time_limit_keeps_the_best_plan() -> None:
    """Or shows that there is none, where the machine is that slow."""
    try:
        plan = make_plan(loaded(LONG), Options(gap=0.0, time_limit=4))
    except StoppedWithoutPlan:
        return
    assert plan.status == "time_limit"
    check_stopped(plan)


def test_time_limit_before_the_first_plan() -> None:
    with pytest.raises(StoppedWithoutPlan) as raised:
        make_plan(loaded(LONG), Options(time_limit=0))
    assert str(raised.value) == "The time limit came before a first plan was found: give it more time."
    assert raised.value.exit_code == 6


def test_cancelled_before_the_first_plan() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(StoppedWithoutPlan) as raised:
        make_plan(loaded(LONG), cancel=cancel)
    assert str(raised.value) == "Stopped before a first plan was found."


def test_cancel_keeps_the_best_plan_and_progress_shows_of_it() -> None:
    cancel, said = threading.Event(), list[Progress]()

    def watch(progress: Progress) -> None:
        said.append(progress)
        if progress.incumbent is not None:
            cancel.set()

    plan = make_plan(loaded(LONG), Options(gap=0.0), watch, cancel)
    assert plan.status == "interrupted"
    check_stopped(plan)
    stages = list(dict.fromkeys(progress.stage for progress in said))
    assert stages == ["building the model", "solving", "solving the relaxation", "diving in small portions", "stopped"]
    last = said[-1]
    assert last.incumbent is not None
    assert last.bound is not None
    assert plan.objective <= last.incumbent * (1 + 1e-9)
    assert last.gap == pytest.approx((last.incumbent - last.bound) / last.incumbent)
    assert [progress.seconds for progress in said[2:]] == sorted(progress.seconds for progress in said[2:])


def test_steps_show_how_it_was_solved() -> None:
    outcome = solve(prepare(loaded("small-206")).instance, Options(gap=1e-6))
    names = [step.name for step in outcome.steps]
    assert names == ["solving the relaxation", "diving in small portions", "branching"]
    relaxed, dived, done = outcome.steps
    assert relaxed.incumbent == math.inf
    assert relaxed.bound == dived.bound <= done.bound <= EXPECTED["small-206"]["objective"] * (1 + 1e-9)
    assert outcome.objective == done.incumbent <= dived.incumbent <= 1.001 * relaxed.bound


def test_a_plan_within_the_gap_needs_no_branching() -> None:
    outcome = solve(prepare(loaded("small-206")).instance, Options(gap=1e-2))
    assert outcome.stop is Stop.OPTIMAL
    assert [step.name for step in outcome.steps] == ["solving the relaxation", "diving"]
    assert outcome.gap == (outcome.objective - outcome.bound) / outcome.objective <= 1e-2


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Ctrl-C as a terminal has it, even where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_keeps_the_best_plan() -> None:
    pressed = threading.Event()

    def watch(progress: Progress) -> None:
        if progress.incumbent is not None and not pressed.is_set():
            pressed.set()
            _thread.interrupt_main()

    plan = make_plan(loaded(LONG), Options(gap=0.0), watch)
    assert plan.status == "interrupted"
    check_stopped(plan)


# --- options and failures ----------------------------------------------------------------------------


class Recording(Silent):
    """HiGHS that notes its options as each run begins, and can be reported to report failures."""

    runs: list[dict[str, Any]]
    failures: int

    def run(self) -> Any:
        names = ("mip_rel_gap", "random_seed", "threads", "time_limit", "presolve")
        type(self).runs.append({name: self.getOptionValue(name)[1] for name in names})
        return super().run()

    def getModelStatus(self) -> Any:
        failed = len(type(self).runs) <= type(self).failures
        return highspy.HighsModelStatus.kSolveError if failed else super().getModelStatus()


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> type[Recording]:
    Recording.runs, Recording.failures = [], 0
    monkeypatch.setattr("planner.solver.engine.Silent", Recording)
    return Recording


def test_options_reach_the_solver(rich: Prepared, recording: type[Recording]) -> None:
    branch(rich, Options(gap=0.0125, time_limit=34, seed=56))
    run = recording.runs[0]
    assert run.pop("time_limit") == pytest.approx(34, abs=1)
    assert run == {"mip_rel_gap": 0.0125, "random_seed": 56, "threads": 1, "presolve": "choose"}


def test_options_unless_said_otherwise(rich: Prepared, recording: type[Recording]) -> None:
    branch(rich, Options())
    expected = {"mip_rel_gap": 1e-3, "random_seed": 0, "threads": 1, "presolve": "choose", "time_limit": math.inf}
    assert recording.runs[0] == expected


def branch(prepared: Prepared, options: Options) -> None:
    branch_and_bound(prepared.instance, scale(prepared.instance), options, {}, None, Halt(threading.Event()))


def test_the_relaxation_has_the_seed_too(rich: Prepared, recording: type[Recording]) -> None:
    solve(rich.instance, Options(seed=56))
    assert (recording.runs[0]["random_seed"], recording.runs[0]["threads"]) == (56, 1)


def test_a_failure_of_the_solver_is_tried_again_in_another_way(rich: Prepared, recording: type[Recording]) -> None:
    """The relaxation twice, and branch and bound without presolve."""
    recording.failures = 3
    outcome = solve(rich.instance, EXACT)
    assert outcome.stop is Stop.OPTIMAL
    assert [run["presolve"] for run in recording.runs[:4]] == ["choose", "choose", "choose", "off"]


def test_a_relaxation_that_fails_leaves_it_to_branch_and_bound(rich: Prepared, recording: type[Recording]) -> None:
    recording.failures = 2
    outcome = solve(rich.instance, EXACT)
    assert (outcome.stop, [step.name for step in outcome.steps]) == (Stop.OPTIMAL, ["branching"])


# --- from one program to the next ---------------------------------------------------------------------


def test_the_plan_of_a_like_program_is_tried_first() -> None:
    instance = prepare(loaded("small-206")).instance
    first = solve(instance, Options(gap=1e-6))
    again = solve(instance, Options(gap=1e-3), warm_start=WarmStart(instance, first))
    assert [step.name for step in again.steps] == ["solving the relaxation", "trying the plan of a like program"]
    assert again.objective == near(first.objective)
    assert again.bound == near(first.steps[0].bound)


def test_after_the_plan_of_a_like_program_that_is_near_no_dive_is_made() -> None:
    instance = prepare(loaded("small-206")).instance
    first = solve(instance, Options(gap=1e-6))
    assert first.steps[1].name == "diving in small portions"
    again = solve(instance, Options(gap=1e-6), warm_start=WarmStart(instance, first))
    assert [step.name for step in again.steps[1:]] == ["trying the plan of a like program", "branching"]
    assert again.objective == near(first.objective)


def test_a_plan_that_does_not_fit_is_left_aside(rich: Prepared) -> None:
    """As is the basis of a program of another shape."""
    other, alone = prepare(loaded("small-206")).instance, solve(rich.instance, EXACT)
    nothing = replace(alone, x=np.zeros(len(rich.instance.cost)))
    for warm_start in (WarmStart(other, solve(other, Options(gap=1e-2))), WarmStart(rich.instance, nothing)):
        assert solve(rich.instance, EXACT, warm_start=warm_start).objective == near(alone.objective)


@pytest.mark.usefixtures("recording")
def test_a_lasting_failure_of_the_solver_is_said() -> None:
    Recording.failures = 99
    with pytest.raises(Fault) as raised:
        make_plan(tiny())
    assert str(raised.value) == "The solver gave up: Solve error. This is a fault of the planner; please report it."
    assert len(Recording.runs) == 3


def test_a_plan_outlives_a_lasting_failure_of_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dive's, with the gap that the relaxation proves."""
    failed = Outcome(Stop.FAILED, None, np.inf, -np.inf, np.inf, 0.0, "Solve error")
    monkeypatch.setattr("planner.solver.strategy.branch_and_bound", lambda *_: failed)
    plan = make_plan(loaded(LONG), Options(gap=1e-7))
    assert plan.status == "gave_up"
    check_stopped(plan)


# --- what fits ----------------------------------------------------------------------------------------


def test_no_bound_is_said_where_there_is_no_plan(rich: Prepared) -> None:
    """HiGHS shows one all the same: infinity, or 0, below which a plan may well cost."""
    instance = rich.instance
    several = np.flatnonzero(instance.integer)
    lower, upper = instance.lower.copy(), instance.upper.copy()
    lower[several], upper[several] = 0.25, 0.75
    crossed = np.where(np.isfinite(instance.row_upper), instance.row_upper + 1, instance.row_lower)
    for wrong in (replace(instance, lower=lower, upper=upper), replace(instance, row_lower=crossed)):
        outcome = branch_and_bound(wrong, scale(wrong), EXACT, {}, None, Halt(threading.Event()))
        assert (outcome.stop, outcome.bound) == (Stop.INFEASIBLE, -math.inf)


def test_a_program_that_highs_refuses_is_no_empty_one(rich: Prepared) -> None:
    """It would hold a program of no columns then, whose optimum is 0."""
    wrong = replace(rich.instance, row_lower=np.full_like(rich.instance.row_lower, np.inf))
    with pytest.raises(ValueError, match="does not take"):
        branch_and_bound(wrong, scale(wrong), EXACT, {}, None, Halt(threading.Event()))


@pytest.mark.parametrize("capacity", [1e5, 1e6, 1e7])
@pytest.mark.parametrize("least", [0.5, 3.0])
def test_a_whole_number_that_only_looks_like_one_is_none(capacity: float, least: float) -> None:
    """Beside a great capacity the millionth of an order lets through what is needed."""
    offer = {"max_kg_per_period": capacity, "min_order_kg": least}
    scenario = tiny((1,), offers=offer, segments={"shortage_cost_per_unit": 500, "min_service": 0.9})
    assert make_plan(scenario, Options(gap=1e-4)).objective == near(10 * max(least, 1))


@pytest.mark.parametrize("capacity", [1e8, 1e9])
@pytest.mark.parametrize("commitment", [0.0, 3.0])
def test_a_few_kg_beside_a_capacity_without_end(capacity: float, commitment: float) -> None:
    """Written down for 'no limit'. By tolerances alone some of it is let through unsigned, and either offer lost."""
    near_by = {"price_per_kg": 37.5, "signing_fee": 30, "max_kg_per_period": capacity}
    cheap = {"offer": "J", "price_per_kg": 9, "signing_fee": 8e6, "max_kg_per_period": 1.5e7}
    offers = [near_by | {"commit_kg_per_period": commitment}, cheap]
    scenario = tiny((0.5, 0.5), offers=offers, segments={"shortage_cost_per_unit": 63, "min_service": 1})
    plan = make_plan(scenario, Options(gap=1e-4))
    assert (plan.status, plan.objective) == ("optimal", near(30 + 37.5 * max(1, 2 * commitment)))


def test_a_plan_is_mended_by_what_its_rows_hang_on(rich: Prepared) -> None:
    instance, outcome = rich.instance, solve(rich.instance, EXACT)
    search = _Search(instance, scale(instance), EXACT, None, Halt(threading.Event()))
    assert outcome.x is not None
    signed = np.flatnonzero(instance.integer & (ranks(instance) == Rank.NOW) & (outcome.x > 0.5))
    assert len(signed) > 1
    for column in signed:
        lacking = outcome.x.copy()
        lacking[column] = 0.0
        mended = search._mended(lacking)
        assert not search._keeps(lacking)
        assert mended is not None
        assert search._keeps(mended)
        assert instance.cost @ mended + instance.offset == near(outcome.objective)


@pytest.mark.parametrize("strictly", [None, Stop.TIME_LIMIT])
def test_where_there_is_said_to_be_no_plan_it_is_looked_for_strictly(
    rich: Prepared, monkeypatch: pytest.MonkeyPatch, strictly: Stop | None
) -> None:
    """And said only where none is found then."""
    search, optimum = branch_and_bound, solve(rich.instance, EXACT).objective
    nothing = Outcome(Stop.INFEASIBLE, None, np.inf, -np.inf, np.inf, 0.0, "")

    def blind(*given: Any) -> Outcome:
        if "mip_feasibility_tolerance" not in given[3]:
            return nothing
        return search(*given) if strictly is None else replace(nothing, stop=strictly)

    monkeypatch.setattr("planner.solver.strategy.branch_and_bound", blind)
    monkeypatch.setattr(_Search, "dive", lambda *_: None)
    found = solve(rich.instance, EXACT)
    if strictly is None:
        assert (found.stop, found.objective) == (Stop.OPTIMAL, near(optimum))
    else:
        assert (found.stop, found.x) == (Stop.INFEASIBLE, None)


def test_ctrl_c_while_a_plan_is_made_whole_is_heard(rich: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    instance, outcome = rich.instance, solve(rich.instance, EXACT)
    assert outcome.x is not None

    def stopped(*given: Any) -> Outcome:
        given[5].cancel.set()
        return replace(outcome, stop=Stop.INTERRUPTED, x=None)

    monkeypatch.setattr("planner.solver.strategy.branch_and_bound", stopped)
    search = _Search(instance, scale(instance), EXACT, None, Halt(threading.Event()))
    found = search._polished(instance, replace(outcome, x=outcome.x + 1e-7 * instance.integer))
    assert search.halt.stop is Stop.INTERRUPTED
    assert found.x is not None
    assert not search._keeps(found.x)
    assert search._keeps(outcome.x)


# --- the same plan -----------------------------------------------------------------------------------


def test_the_same_scenario_gives_the_same_plan() -> None:
    case = "small-206"
    first, second = solved(case), make_plan(loaded(case), Options(gap=1e-7))
    assert (first.objective, first.bound, first.decisions) == (second.objective, second.bound, second.decisions)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(second.tables[name], table, check_exact=True)


DIGEST = """
import hashlib
from planner.pipeline import prepare
from tests.scenarios import RICH, tiny

instance = prepare(tiny(**RICH)).instance
arrays = (instance.cost, instance.lower, instance.upper, instance.integer, instance.row_lower, instance.row_upper,
          instance.matrix.starts, instance.matrix.index, instance.matrix.value)
print(hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest())
"""


def test_every_process_makes_the_same_program() -> None:
    """Whatever order its sets come in."""
    root = Path(__file__).parents[1]
    found = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            cwd=root,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


# --- scaling -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["tiny-104", "tiny-108", "small-206"])
def test_scaling_is_by_powers_of_two_and_leaves_whole_numbers_alone(case: str) -> None:
    instance = prepare(loaded(case)).instance
    scaling = scale(instance)
    for factors in (scaling.rows, scaling.columns, np.array([scaling.objective])):
        assert (np.log2(factors) == np.round(np.log2(factors))).all()
    assert (scaling.columns[instance.integer] == 1).all()


def test_scaling_brings_rows_near_one() -> None:
    instance = prepare(loaded("small-206")).instance
    scaling, matrix = scale(instance), instance.matrix
    scaled = np.abs(matrix.value * scaling.rows[matrix.row] * scaling.columns[matrix.index])
    largest = np.maximum.reduceat(scaled, matrix.starts[:-1])
    assert largest.min() >= 0.5
    assert largest.max() <= 2


MONEY_AND_MASS = {
    "base currency": (1, 0),
    "base currency/unit": (1, 0),
    "base currency/unit/period": (1, 0),
    "base currency/unit/percentage point": (1, 0),
    "base currency/step": (1, 0),
    "base currency/order": (1, 0),
    "base currency/kg": (1, -1),
    "base currency/kg/period": (1, -1),
    "base currency/kg made": (1, -1),
    "base currency/(kg/period)": (1, -1),
    "offer currency/kg": (1, -1),
    "kg": (0, 1),
    "kg/period": (0, 1),
    "kg made/period": (0, 1),
    "kg/period/step": (0, 1),
    "kg/unit": (0, 1),
}
"""By unit of a field, the powers of money and of mass in it; the other units have neither."""


def in_other_units(money: float, mass: float) -> dict[str, Any]:
    """The rich scenario with all money and all mass counted in other units."""
    given = tables(**RICH)
    for name, rows in given.items():
        for row in [rows] if isinstance(rows, dict) else rows:
            for field in row.keys() & schema()[name].fields.keys():
                powers = MONEY_AND_MASS.get(schema()[name].fields[field].unit)
                if powers is not None:
                    row[field] *= money ** powers[0] * mass ** powers[1]
    return given


def test_every_unit_of_money_and_mass_is_known() -> None:
    units = {field.unit for table in schema().values() for field in table.fields.values()}
    other = {"base currency per unit", "kg in/kg made", "share of kg"}
    assert {unit for unit in units if "currency" in unit or "kg" in unit} == set(MONEY_AND_MASS) | other


@pytest.mark.parametrize(("money", "mass"), [(1e3, 1.0), (1.0, 1e-3), (1e-3, 1e3), (1e5, 1.0)])
def test_units_of_money_and_mass_do_not_change_the_plan(money: float, mass: float) -> None:
    found, base = make_plan(from_rows(in_other_units(money, mass)), EXACT), make_plan(tiny(**RICH), EXACT)
    assert found.objective == near(base.objective * money)
    assert (found.decisions.apply, found.decisions.sign) == (base.decisions.apply, base.decisions.sign)
    assert found.decisions.keep == near({offer: kg * mass for offer, kg in base.decisions.keep.items()})
    assert found.tables["futures"]["cost"].tolist() == near([c * money for c in base.tables["futures"]["cost"]])
    for name in ("expansion", "qualification"):
        columns = [column for column in ("node", "expansion", "steps", "design") if column in base.tables[name]]
        pd.testing.assert_frame_equal(found.tables[name][columns], base.tables[name][columns])

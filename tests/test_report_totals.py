"""Every total of a report is the plan's own figure: as written, and as Excel works it out from the cells."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.plan.tables import PLAN_TABLE, PLAN_TABLES
from planner.present.figures import committed
from planner.present.headings import heading
from planner.reading import load as load_scenario
from planner.scenario.load import from_rows
from planner.solver.outcome import Options
from tests.handmade import SCENARIO, handmade_plan
from tests.reports import PLAN, RUPEES, Book, calculated, column, total, whole_plan, written


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The report of the plan by hand."""
    return written(tmp_path_factory.mktemp("report"), from_rows(SCENARIO), whole_plan())


def test_totals_of_the_file_are_those_of_the_plan(by_hand: Book) -> None:
    """Costs of a future add up to its cost; these, weighed, to the expected cost; what is done now to the checklist."""
    plan = handmade_plan()
    costs, worth = by_hand["Costs"], column(by_hand["Costs"], "Discounted [₹]")
    for future, cost in plan.tables["futures"][["future", "cost"]].itertuples(index=False):
        mine = [amount for name, amount in zip(column(costs, "Future"), worth, strict=True) if name == future]
        assert sum(mine) == pytest.approx(cost, rel=1e-12)
    # Fees 1000 + 500 + 40, orders 30 × 24.2 + 40 × 30 + 40 × 5, qualification 50, expansion 100.
    assert sum(column(by_hand["Do now"], "Cost [₹]")) == 1540 + 2126 + 150


def on_average(plan: Plan, rows: pd.DataFrame, value: str) -> float:
    """The sum of a column over all rows, weighed by the probability of their node or future."""
    key = "future" if "future" in rows else "node"
    table = plan.tables["futures" if key == "future" else "nodes"]
    weight = rows[key].map(table.set_index(key)["probability"]).astype(float)
    return float((rows[value].astype(float) * weight).sum())


TOTALS = {
    "orders": ["kg", "order_fee"],
    "arrivals": ["ordered_kg", "released_kg", "withheld_kg", "purchase_cost", "deposit_lost"],
    "later_decisions": ["cost"],
    "applications": ["covers_kg", "used_kg", "unused_kg", "cost"],
    "waiting": ["due_kg", "released_kg", "advance", "holding_cost"],
    "released_under": ["kg"],
    "panel_suppliers": ["kg"],
    "stock": ["holding_cost"],
    "moves": ["kg"],
    "conversion": ["kg", "cost"],
    "expansion": ["cost"],
    "qualification": ["cost"],
    "build": ["units", "design_cost", "efficiency_cost"],
    "magnets": ["kg"],
    "shortage": ["demand", "built", "lost", "shortage_cost", "delay_cost"],
    "stops": ["demand", "lost", "late", "shortage_cost", "delay_cost"],
    "futures": ["cost", "service", "lost", "late"],
    "costs": ["amount", "discounted"],
    "sourcing": ["kg"],
    "certificates": ["kg"],
}
"""The columns that add up, by table."""

WITHOUT_ROWS = {"later_decisions", "waiting", "released_under", "panel_suppliers"}
"""Those that the scenario by hand has no rows of."""


@pytest.mark.parametrize("source", ["by hand", "tiny-108", "small-202"])
def test_totals_rows_are_the_plans_own_figures(source: str, tmp_path: Path) -> None:
    """As written, and as the formulas make them of the cells."""
    if source == "by hand":
        loaded, plan = from_rows(SCENARIO), whole_plan()
    else:
        loaded = load_scenario(Path(__file__).with_name("cases") / f"{source}.xlsx")
        plan = make_plan(loaded, Options(gap=1e-2))
    formulas = written(tmp_path, loaded, plan)
    values = openpyxl.load_workbook(tmp_path / "plan.xlsx", data_only=True)
    if source == "by hand":
        assert {name for name in TOTALS if not formulas[PLAN_TABLE[name].title].tables} == WITHOUT_ROWS
    for table in PLAN_TABLES[1:]:
        sheet, rows = formulas[table.title], plan.tables[table.name]
        if not sheet.tables:
            continue
        said = [
            name for name in table.names if str(total(sheet, heading(PLAN[table.name, name], RUPEES))).startswith("=")
        ]
        assert [name for name in said if name != "probability"] == TOTALS.get(table.name, [])
        for name in TOTALS.get(table.name, []):
            title = heading(PLAN[table.name, name], RUPEES)
            found = total(values[table.title], title)
            assert found == pytest.approx(on_average(plan, rows, name), rel=1e-9), (table.name, name)
            assert found == pytest.approx(calculated(sheet, total(sheet, title)), rel=1e-9)
    assert total(values["Futures"], "Cost [₹]") == pytest.approx(plan.expected_cost, rel=1e-9)
    assert total(values["Costs"], "Discounted [₹]") == pytest.approx(plan.expected_cost, rel=1e-9)
    assert total(values["Futures"], "Probability") == pytest.approx(1)
    assert total(values["Do now"], "Cost [₹]") == pytest.approx(committed(plan), rel=1e-9)
    assert total(values["Do now"], "Ordered [kg]") == pytest.approx(ordered_first(plan), rel=1e-9)
    for title in ("Cost [₹]", "Ordered [kg]"):
        made = calculated(formulas["Do now"], total(formulas["Do now"], title))
        assert total(values["Do now"], title) == pytest.approx(made)


def ordered_first(plan: Plan) -> float:
    """kg ordered in the first period, on average."""
    rows = plan.tables["orders"]
    return on_average(plan, rows[rows["month"] == plan.tables["nodes"]["month"].min()], "kg")


@pytest.mark.parametrize("case", ["tiny-108", "small-202"])
def test_costs_on_the_summary_add_up(case: str, tmp_path: Path) -> None:
    """The kinds of cost are those of the sheet Costs, and add up to what stands below them."""
    loaded = load_scenario(Path(__file__).with_name("cases") / f"{case}.xlsx")
    plan = make_plan(loaded, Options(gap=1e-2))
    lines = list(written(tmp_path, loaded, plan)["Summary"].iter_rows(max_col=3, values_only=True))
    start = next(place for place, line in enumerate(lines) if line[0] == "What it is expected to cost")
    end = next(place for place, line in enumerate(lines) if line[0] == "In all")
    size = RUPEES.scale(plan.expected_cost).size
    parts = lines[start + 1 : end]
    assert lines[end][1] * size == pytest.approx(plan.expected_cost, rel=1e-9)
    assert sum(amount for _, amount, _ in parts) * size == pytest.approx(plan.expected_cost, rel=1e-9)
    assert sum(share for *_, share in parts) == pytest.approx(1)
    costs = plan.tables["costs"]
    cash = on_average(plan, costs[costs["cash"].astype(bool)], "discounted")
    assert parts[0][0] == "Cash paid"
    assert parts[0][1] * size == pytest.approx(cash, rel=1e-9)

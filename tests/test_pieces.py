"""Bought-in assemblies are counted in pieces: no sentence, sheet or sum takes them for kg."""

from __future__ import annotations

from typing import Any

import pytest

from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.present.figures import largest_sources
from planner.present.months import AVERAGE, by_month
from planner.present.todo import todo
from planner.present.view import View
from planner.present.views import views
from planner.scenario.load import Loaded
from tests.scenarios import EXACT, TWO_SUPPLIERS, tiny

MOTORS: dict[str, Any] = {
    "materials": [{}, {"material": "motor", "class": "assembly"}],
    "suppliers": TWO_SUPPLIERS["suppliers"],
    "offers": [{"max_kg_per_period": 4}, {"offer": "X", "material": "motor", "price_per_kg": 30}],
    "designs": [{}, {"design": "B"}],
    "design_materials": [{}, {"design": "B", "material": "motor"}],
}
"""4 kg of magnets serve four units, six motors the other six."""


@pytest.fixture(scope="module")
def solved() -> tuple[Loaded, Plan]:
    loaded = tiny(**MOTORS)
    return loaded, make_plan(loaded, EXACT)


def view(loaded: Loaded, plan: Plan, name: str) -> View:
    return next(one for one in views(loaded, plan) if one.name == name)


def test_sentences_say_pieces(solved: tuple[Loaded, Plan]) -> None:
    loaded, plan = solved
    said = " ".join(todo(loaded.scenario, plan))
    assert "4 kg of" in said
    assert "6 pieces of motor from" in said


def test_sheets_say_in_what_a_row_is_measured_and_add_nothing_up(solved: tuple[Loaded, Plan]) -> None:
    orders = view(*solved, "orders")
    assert dict(zip(orders.rows["material"], orders.rows["measured_in"], strict=True))["motor"] == "pieces"
    assert set(orders.rows["measured_in"]) == {"kg", "pieces"}
    assert "kg" not in orders.totals


def test_months_have_grids_of_their_own(solved: tuple[Loaded, Plan]) -> None:
    loaded, plan = solved
    rows = by_month(plan, loaded.scenario.counted)
    mean = rows[rows["future"] == AVERAGE].groupby("grid")["value"].sum()
    assert (mean["ordered"], mean["ordered_pieces"]) == pytest.approx((4, 6))
    assert (mean["arriving"], mean["arriving_pieces"]) == pytest.approx((4, 6))


def test_assemblies_are_no_magnets(solved: tuple[Loaded, Plan]) -> None:
    assert [source.what for source in largest_sources(solved[1])][-1] == "bought-in assemblies"


def test_scenarios_without_assemblies_show_no_such_column() -> None:
    loaded = tiny()
    assert "measured_in" not in view(loaded, make_plan(loaded, EXACT), "orders").rows

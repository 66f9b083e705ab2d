"""What --why adds to a report: what relaxing a limit is worth, and what it would cost to decide otherwise."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest

from planner.pipeline import make_plan
from planner.present import checklist, limits
from planner.present.limits import with_worth
from planner.scenario.load import from_rows
from tests.handmade import SCENARIO
from tests.reports import RUPEES, column, texts, whole_plan, written
from tests.scenarios import EXACT, P1, TWO_FUTURES, TWO_SUPPLIERS, near, tiny
from tests.shared_cases import loaded

FREE = {"discount_rate": 0}


def rows(sheet: Any, *titles: str) -> list[tuple[Any, ...]]:
    return list(zip(*(column(sheet, title) for title in titles), strict=True))


# --- Limits and values ------------------------------------------------------------------------------


def test_worth_stands_beside_the_limit_that_binds(tmp_path: Path) -> None:
    """10 units are asked for, 6 kg can be had: one more saves a shortage of 1000 and costs 10."""
    given = tiny(settings=FREE, offers={"max_kg_per_period": 6}, segments={"min_service": 0.1})
    sheet = written(tmp_path, given, make_plan(given, EXACT, why=True))["Limits and values"]
    said = rows(sheet, "Kind", "Item", "Binds", "Worth of relaxing [₹/unit]", "One unit is", "Note")
    assert said == [
        ("offer's capacity", "O", "yes", near(990), "kg more", None),
        ("service", "bus", "no", None, None, None),
    ]
    assert texts(sheet)[0] == limits.WITH


def test_without_why_it_says_how_to_get_it(tmp_path: Path) -> None:
    book = written(tmp_path, from_rows(SCENARIO), whole_plan())
    assert texts(book["Limits and values"])[0] == limits.WITHOUT
    assert texts(book["Do now"])[0] == checklist.WITHOUT
    assert "Costs more otherwise [₹]" not in texts(book["Do now"])


@pytest.mark.parametrize("case", ["tiny-108", "small-202"])
def test_every_limit_that_binds_finds_its_worth(case: str) -> None:
    """The names of limits in the one table are those in the other, but for what no cell can relax."""
    given = loaded(case)
    plan = make_plan(given, dataclasses.replace(EXACT, gap=1e-2), why=True)
    found = with_worth(plan.tables["limits_used"], plan, RUPEES)
    binding = found[found["binds"].astype(bool) & (found["limit"] > 0)]
    assert len(binding)
    missing = binding[binding["one_unit_is"] == ""]
    assert missing[["kind", "item", "month"]].values.tolist() == []


# --- Do now -----------------------------------------------------------------------------------------

OTHERWISE = ("Do it", "Decision", "Item", "Licence", "Costs more otherwise [₹]")


def test_cost_of_deciding_otherwise(tmp_path: Path) -> None:
    """10 kg at 10 under a licence of 30 and a signature of 5; without, at 20: 65 more. The other licence costs 7."""
    given = tiny(
        settings=FREE,
        licences=[{"application_fee": 30}, {"licence": "K", "application_fee": 7}],
        **TWO_SUPPLIERS | {
            "offers": [{"licence": "L", "signing_fee": 5}, {"offer": "J", "supplier": "T", "price_per_kg": 20}]
        },
    )  # fmt: skip
    sheet = written(tmp_path, given, make_plan(given, EXACT, why=True))["Do now"]
    assert rows(sheet, *OTHERWISE) == [
        ("☐", "apply for", "L", "L", near(65)),
        ("☐", "sign", "O", "L", near(65)),
        ("☐", "order", "O", "L", None),
        ("no", "apply for", "K", "K", near(7)),
    ]
    assert texts(sheet)[0] == checklist.WITH


def test_units_are_in_the_scenarios_currency(tmp_path: Path) -> None:
    given = tiny(settings=FREE, licences={"licence": "K", "application_fee": 7})
    book = written(tmp_path, given, make_plan(given, EXACT, why=True))
    assert rows(book["Decisions not taken"], "Item", "Cost [₹]", "Unit") == [("K", near(7), "₹")]


def test_what_cannot_be_left_out(tmp_path: Path) -> None:
    given = tiny(licences={"application_fee": 30}, offers={"licence": "L"}, segments={"min_service": 1})
    sheet = written(tmp_path, given, make_plan(given, EXACT, why=True))["Do now"]
    assert rows(sheet, *OTHERWISE)[0] == ("☐", "apply for", "L", "L", None)
    assert texts(sheet)[-2:] == [
        "Apply for L: cannot be left out: no plan can satisfy every row without it.",
        "Sign O: cannot be left out: no plan can satisfy every row without it.",
    ]


def test_designs_that_could_be_started_on_are_said(tmp_path: Path) -> None:
    designs = [{}, {"design": "F", "qualified": "no", "qualification_cost": 35, "extra_cost_per_unit": 60}]
    given = tiny(settings=FREE, designs=designs)
    sheet = written(tmp_path, given, make_plan(given, EXACT, why=True))["Do now"]
    said = rows(sheet, "Do it", "Decision", "Item", "For", "Deadline", "Costs more otherwise [₹]")
    assert said[-1] == ("no", "qualify", "F", "bus", "by 2026-06", near(35))


def test_started_now_or_left(tmp_path: Path) -> None:
    """The substitute saves 10 a unit in each of two periods: 100 in the second, when it is usable, less 35."""
    designs = [{"extra_cost_per_unit": 10}, {"design": "F", "qualified": "no", "qualification_cost": 35,
               "qualification_periods": 1, "extra_cost_per_unit": 10}]  # fmt: skip
    given = tiny((10, 10), settings=FREE, designs=designs)
    sheet = written(tmp_path, given, make_plan(given, EXACT, why=True))["Do now"]
    said = rows(sheet, "Do it", "Decision", "Item", "Ready in", "Costs more otherwise [₹]")
    assert ("☐", "qualify", "F", "2026-07", near(65)) in said


def test_where_the_first_orders_depend_on_the_future(tmp_path: Path) -> None:
    """Costs are reported on average then, with the futures and how probable they are."""
    given = tiny(futures=TWO_FUTURES, events={"future": "b", "kind": "price", "scope": "all", "from": P1, "value": 1.5})
    sheet = written(tmp_path, given, make_plan(given, EXACT))["Do now"]
    said = rows(sheet, "Item", "Cost [₹]", "Futures", "Probability")
    assert said == [("O", near(100), "a", 0.5), ("O", near(150), "b", 0.5)]
    assert "On average" in texts(sheet)
    assert math.isclose(sum(cost * weight for _, cost, _, weight in said), 125)

"""Reports of scenarios of every shape: few and many of everything, and none of what can be left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from planner.charts.page import write_charts
from planner.pipeline import make_plan
from planner.present.figures import committed
from planner.reading import load
from planner.scenario.load import Loaded, from_rows
from planner.scenario.scenario import Calendar
from planner.solver.outcome import Options
from tests.reports import SHEETS, TOTAL, texts, total, written

LONG = "a future in which licences are let go slowly and the monsoon is late, number"


def shaped(
    futures: int = 1, months: int = 3, periods: int = 4, segments: int = 1, offers: int = 1, currency: str = "INR",
    licensed: bool = False, name: str = "future",
) -> Loaded:  # fmt: skip
    """A scenario with so many of each; each segment may be built of a magnet or of a more expensive substitute."""
    calendar = Calendar("2026-04", periods, months, 4)
    lines = [f"line {number}" for number in range(segments)]
    suppliers = [{"supplier": f"S{number}", "country": f"C{number % 7}"} for number in range(offers)]
    known = [
        {"offer": f"O{number}", "supplier": f"S{number}", "material": "M", "price_per_kg": 1e6 + 1e4 * number,
         "max_kg_per_period": 40 * segments / offers, "signing_fee": 1e5, "lead_periods": number % 2}
        for number in range(offers)
    ]  # fmt: skip
    if licensed:
        known[0]["licence"] = "L"
    names = [f"{name} {number}" for number in range(futures)]
    return from_rows(
        {
            "settings": {"title": "shape", "start": "2026-04", "periods": periods, "period_months": months,
                         "currency": currency, "risk_weight": 0.2},
            "materials": [{"material": "M", "class": "heavy", "hs_code": "8505.11"}],
            "undertakings": [{"undertaking": "U"}] * licensed,
            "licences": [{"licence": "L", "undertaking": "U", "application_fee": 10}] * licensed,
            "suppliers": suppliers,
            "offers": known,
            "segments": [
                {"segment": line, "market": "India", "sector": "road", "shortage_cost_per_unit": 9e6} for line in lines
            ],
            "demand": [
                {"segment": line, **{calendar.month(period): 30 for period in calendar.all}} for line in lines
            ],
            "designs": [
                *({"design": f"magnet {line}", "segment": line} for line in lines),
                *({"design": f"without {line}", "segment": line, "qualified": "no", "qualification_cost": 1e6,
                   "extra_cost_per_unit": 2e6, "efficiency_loss_pp": 3, "qualification_periods": 1} for line in lines),
            ],
            "design_materials": [
                {"design": f"magnet {line}", "material": "M", "kg_per_unit": 1} for line in lines
            ],
            "futures": [{"future": one, "probability": 1 / futures} for one in names] if futures > 1 else [],
            "events": [
                {"event": f"E{number}", "future": one, "kind": "price", "scope": "all",
                 "from": calendar.month(1 + number % periods), "value": 1 + number / 10}
                for number, one in enumerate(names[1:], start=1)
            ] if futures > 1 else [],
        }
    )  # fmt: skip


SHAPES: dict[str, dict[str, Any]] = {
    "one future": {},
    "one period": {"periods": 1},
    "ten futures with long names": {"futures": 10, "name": LONG},
    "years": {"months": 12, "periods": 3, "futures": 2},
    "18 months": {"months": 1, "periods": 18, "futures": 3},
    "12 segments": {"segments": 12, "futures": 2},
    "30 offers": {"offers": 30, "periods": 2},
    "a licence": {"licensed": True, "futures": 2},
    "dollars": {"currency": "USD", "futures": 2},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_report_of_every_shape(shape: dict[str, Any], tmp_path: Path) -> None:
    """It holds every sheet, adds up to the plan, knows no formula but totals, and gives its scenario again."""
    given = shaped(**shape)
    plan = make_plan(given, Options(gap=0.05))
    book = written(tmp_path, given, plan)
    assert [name for name in book.sheetnames if not name.startswith("Input ")] == [
        name for name in SHEETS if not name.startswith("Input ")
    ]
    symbol = "₹" if shape.get("currency", "INR") == "INR" else shape["currency"]
    summary = texts(book["Summary"])
    assert any(symbol in text for text in summary)
    assert not [text for text in summary if re.search(r"\b(nan|inf)\b|^None$", text)]
    formulas = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert [formula for formula in formulas if not re.fullmatch(TOTAL, formula)] == []
    assert str(total(book["Do now"], f"Cost [{symbol}]")).startswith("=SUM")
    assert committed(plan) > 0
    assert load(tmp_path / "plan.xlsx").scenario.model_dump(exclude={"name"}) == given.scenario.model_dump(
        exclude={"name"}
    )


def test_charts_of_futures_with_long_names(tmp_path: Path) -> None:
    """Names are shortened in their middle, so that the columns keep their room."""
    given = shaped(futures=10, name=LONG)
    write_charts(given, make_plan(given, Options(gap=0.05)), tmp_path)
    assert (tmp_path / "cost-by-future.png").exists()
    assert f"<td class='text'>{LONG} 3</td>" in (tmp_path / "charts.html").read_text(encoding="utf-8")

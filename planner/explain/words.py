"""What a cell asks or forbids, in a planner's words, and why that cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planner.explain.changes import row_of
from planner.explain.loosen import Elastic
from planner.explain.quick import Cell
from planner.model.reach import NEVER, Reach
from planner.present.words import listed, percent
from planner.scenario.fields import plain
from planner.scenario.scenario import Scenario


def asks(elastic: Elastic, cell: Cell) -> str:
    """A clause that follows the cell's address: 'asks for 200 kg of NdFeB-SH in stock from 2026-10 on'."""
    table, key, field = cell
    row = row_of(elastic.scenario, table, key)
    return _CLAUSES[table, field](elastic, row)


def _safety_stock(elastic: Elastic, row: Any) -> str:
    since = row.min_stock_from or elastic.scenario.settings.start
    return f"asks for {_kg(row.min_stock_kg)} of {row.material} in stock from {since} on{_first(elastic, row.material)}"


def _first(elastic: Elastic, material: str) -> str:
    """When the first of a material can be there, and by what."""
    course = elastic.course
    first = Reach(course).first_of(material)
    sold = [row.offer for row in elastic.scenario.offers if row.material == material]
    by = f" (offers {listed(sold)})" if sold else " (there is no offer of it)"
    if first == NEVER:
        return f"; none of it can ever arrive{by}"
    return f"; the first can be there in {course.calendar.month(first)}{by}" if first > 1 else ""


def _limit(elastic: Elastic, row: Any, least: bool) -> str:
    share = percent(row.min_share if least else row.max_share, 1)
    what = f"{row.class_} material" if row.class_ else "all material but feedstock"
    window = "in each financial year" if row.per == "year" else "over the horizon"
    since = f" from {row.from_} on" if row.from_ else ""
    until = f" until {row.until}" if row.until else ""
    bound = "at least" if least else "at most"
    asked = f"asks that {bound} {share} of {what} that arrives{since}{until} come from {row.target}, {window}"
    return asked + (_from_target(elastic.scenario, row) if least else "")


def _from_target(scenario: Scenario, row: Any) -> str:
    """What can come from a limit's target: its offers and plants, by name."""
    made = [(o.offer, o.supplier, o.material) for o in scenario.offers]
    made += [(c.conversion, c.supplier, c.material) for c in scenario.conversions]
    names = [name for name, who, what in made if scenario.is_target(row, who) and scenario.counts(row, what)]
    if not names:
        return "; nothing of it is sold or made there"
    return f"; what can come from there: {listed(names)}"


def _decision(elastic: Elastic, row: Any, what: str) -> str:
    return f"says that {what} {'must' if row.decision == 'must' else 'must never'} be taken"


def _design(elastic: Elastic, row: Any) -> str:
    if row.decision == "must":
        return f"says that design {row.design} must be qualified in the first period"
    return f"says that design {row.design} must never be built"


def _kg(amount: float) -> str:
    return f"{plain(amount)} kg"


_CLAUSES: dict[tuple[str, str], Callable[[Elastic, Any], str]] = {
    ("materials", "min_stock_kg"): _safety_stock,
    ("materials", "max_stock_kg"): lambda e, r: f"lets at most {_kg(r.max_stock_kg)} of {r.material} be stored",
    ("segments", "min_service"): lambda e, r: (
        f"asks that {percent(r.min_service, 1)} of the demand of {r.segment} be built in every future"
    ),
    ("segments", "max_units_per_period"): lambda e, r: (
        f"lets at most {plain(r.max_units_per_period)} units of {r.segment} be built a period"
    ),
    ("segments", "max_efficiency_loss_pp"): lambda e, r: (
        f"lets {r.segment} lose at most {plain(r.max_efficiency_loss_pp)} percentage points on average"
    ),
    ("designs", "max_share"): lambda e, r: (
        f"lets design {r.design} serve at most {percent(r.max_share, 1)} of {r.segment}'s demand"
    ),
    ("designs", "decision"): _design,
    ("licences", "decision"): lambda e, r: _decision(e, r, f"licence {r.licence}"),
    ("offers", "decision"): lambda e, r: _decision(e, r, f"offer {r.offer}"),
    ("offers", "max_kg_per_period"): lambda e, r: (
        f"lets at most {_kg(r.max_kg_per_period)} a period be ordered under offer {r.offer}"
    ),
    ("offers", "min_order_kg"): lambda e, r: f"lets no less than {_kg(r.min_order_kg)} be ordered under {r.offer}",
    ("offers", "commit_kg_per_period"): lambda e, r: (
        f"commits to {_kg(r.commit_kg_per_period)} a period under offer {r.offer} once it is signed"
    ),
    ("suppliers", "max_kg_per_period"): lambda e, r: (
        f"lets supplier {r.supplier} take at most {_kg(r.max_kg_per_period)} a period"
    ),
    ("conversions", "max_kg_per_period"): lambda e, r: (
        f"lets {r.conversion} make at most {_kg(r.max_kg_per_period)} of {r.material} a period"
    ),
    ("limits", "min_share"): lambda e, r: _limit(e, r, least=True),
    ("limits", "max_share"): lambda e, r: _limit(e, r, least=False),
    ("budgets", "max_spend"): lambda e, r: (
        f"lets at most {e.scenario.settings.currency} {plain(r.max_spend)} be spent in {r.year}"
    ),
}
"""The clause of each cell that an elastic course can loosen."""

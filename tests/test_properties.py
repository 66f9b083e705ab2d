"""What must hold of the optimal plan of any scenario: tried on generated ones.

The number of examples is that of the Hypothesis profile: see `conftest.py`.
"""

from __future__ import annotations

import copy
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planner.pipeline import make_plan
from planner.plan.outcome import cvar
from planner.scenario.load import from_rows
from planner.scenario.scenario import Calendar
from planner.scenario.tables import tables
from tests.generated import EXACT, Draw, Rows, cost, design, offer, optimum, scenarios
from tests.retold import MASS, MONEY, in_currency, in_mass, renamed, setting

TIGHT = 1e-6
"""Relative difference to which optima agree."""


def same(value: float) -> Any:
    """Equal to 1e-6 relative."""
    return pytest.approx(value, rel=TIGHT, abs=TIGHT)


def no_more_than(low: float, high: float) -> bool:
    """Whether low ≤ high, to 1e-6 relative; what has no plan costs infinitely much."""
    return low <= high + TIGHT * max(1.0, abs(low) if np.isfinite(low) else 1.0)


def by_name(rows: Rows, name: str) -> Any:
    """The value of a setting."""
    return next(row["value"] for row in rows["settings"] if row["name"] == name)


def months(rows: Rows) -> list[str]:
    """The first month of each period."""
    calendar = Calendar(by_name(rows, "start"), by_name(rows, "periods"), by_name(rows, "period_months"), 4)
    return [calendar.month(period) for period in calendar.all]


# --- reported otherwise ----------------------------------------------------------------------------------


@given(scenarios(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(rows: Rows, chance: Any) -> None:
    """But for clearances, of which the one furthest down holds: these keep their order among themselves."""
    shuffled = {name: chance.sample(table, len(table)) for name, table in rows.items()}
    in_order = iter([row for row in rows["events"] if row["kind"] == "clearance"])
    shuffled["events"] = [next(in_order) if row["kind"] == "clearance" else row for row in shuffled["events"]]
    names = chance.sample(list(shuffled), len(shuffled))
    assert cost({name: shuffled[name] for name in names}) == same(cost(rows))


@given(scenarios())
def test_names_do_not_matter(rows: Rows) -> None:
    assert cost(renamed(rows)) == same(cost(rows))


@given(scenarios(), st.sampled_from([1e-2, 1e3, 1e5]))
def test_unit_of_currency_does_not_matter(rows: Rows, factor: float) -> None:
    assert cost(in_currency(rows, factor)) / factor == same(cost(rows))


@given(scenarios(), st.sampled_from([1e3, 1e-3, 2.2046226]))
def test_unit_of_mass_does_not_matter(rows: Rows, factor: float) -> None:
    """Kilograms, grams, tonnes or pounds."""
    assert cost(in_mass(rows, factor)) == same(cost(rows))


def test_every_unit_of_money_and_mass_is_known() -> None:
    units = {field.unit for table in tables().values() for field in table.fields.values()}
    assert {unit for unit in units if "kg" in unit} == set(MASS)
    assert {unit for unit in units if "base currency" in unit} == MONEY


# --- futures -----------------------------------------------------------------------------------------


def halved(rows: Rows, future: str) -> Rows:
    """The rows with a future split into two that are equally likely and in which the same happens."""
    futures: list[dict[str, Any]] = []
    for row in rows["futures"]:
        half = row | {"probability": row["probability"] / 2}
        futures += [half, half | {"future": "twin"}] if row["future"] == future else [row]
    events: list[dict[str, Any]] = []
    for row in rows["events"]:
        events.append(row)
        if row["future"] == future:
            events.append(row | {"future": "twin", "event": f"{row['event']} again"})
    return rows | {"futures": futures, "events": events}


@given(scenarios(), st.data())
def test_splitting_a_future_into_equal_halves_does_not_matter(rows: Rows, data: st.DataObject) -> None:
    future = data.draw(st.sampled_from([row["future"] for row in rows["futures"]]))
    assert cost(halved(rows, future)) == same(cost(rows))


def alone(rows: Rows, future: str) -> Rows:
    """The rows of what is known to happen in one future."""
    events = [row | {"future": "*"} for row in rows["events"] if row["future"] in (future, "*")]
    return rows | {"futures": [], "events": events}


@given(scenarios(), st.data())
def test_one_future_is_the_plan_of_what_is_known(rows: Rows, data: st.DataObject) -> None:
    """A future of probability 1 is no other than none; nor does its risk then count."""
    future = data.draw(st.sampled_from([row["future"] for row in rows["futures"]]))
    known = alone(rows, future)
    one = known | {
        "futures": [{"future": future, "probability": 1}],
        "events": [row | {"future": future} for row in known["events"]],
    }
    assert cost(one) == same(cost(known))
    assert cost(setting(one, "risk_weight", 0)) == same(cost(known))


def expected(rows: Rows) -> Rows:
    """The rows of one future in which each event weighs as its future's probability."""
    probability = {row["future"]: row["probability"] for row in rows["futures"]} | {"*": 1.0}
    otherwise = {row["licence"]: row["clearance"] for row in rows["licences"]}
    events = []
    for row in rows["events"]:
        usual = otherwise.get(row["target"], 1.0) if row["kind"] == "clearance" else 1.0
        weight = probability[row["future"]]
        events.append(row | {"future": "*", "value": weight * row["value"] + (1 - weight) * usual})
    return rows | {"futures": [], "events": events}


def decided(rows: Rows, apply: frozenset[str], sign: frozenset[str]) -> Rows:
    """The rows with what is applied for and signed fixed."""
    found = copy.deepcopy(rows)
    for row in found["licences"]:
        row["decision"] = "must" if row["licence"] in apply else "never"
    for row in found["offers"]:
        if _is_signed(row):
            row["decision"] = "must" if row["offer"] in sign else "never"
    return found


def _is_signed(row: dict[str, Any]) -> bool:
    return bool(row["signing_fee"] or row["commit_kg_per_period"] or row["group"] or row["licence"])


@given(scenarios(least_futures=2))
def test_a_plan_costs_between_foresight_and_the_plan_of_the_expected_future(rows: Rows) -> None:
    """Wait-and-see ≤ plan ≤ the now-decisions of the expected future's plan in the futures as they are."""
    plan = cost(rows)
    seen = np.array([cost(alone(rows, row["future"])) for row in rows["futures"]])
    if np.isfinite(seen).all():
        probability = np.array([row["probability"] for row in rows["futures"]])
        weight = by_name(rows, "risk_weight")
        tail = cvar(seen, probability, by_name(rows, "risk_tail"))
        assert no_more_than((1 - weight) * float(probability @ seen) + weight * tail, plan)
    else:
        assert np.isinf(plan)
    naive = optimum(expected(rows))
    if np.isfinite(naive.objective):
        assert no_more_than(plan, cost(decided(rows, naive.apply, naive.sign)))


# --- risk --------------------------------------------------------------------------------------------

WEIGHTS = (0, 0.3, 0.7, 1)


@given(scenarios(least_futures=2))
def test_more_weight_on_risk_costs_more_and_risks_less(rows: Rows) -> None:
    found = [optimum(setting(rows, "risk_weight", weight)) for weight in WEIGHTS]
    assume(np.isfinite(found[0].objective))
    for less, more in itertools.pairwise(found):
        assert no_more_than(less.expected, more.expected)
        assert no_more_than(more.cvar, less.cvar)
    assert found[0].objective == same(min(plan.expected for plan in found))
    assert found[-1].objective == same(min(plan.cvar for plan in found))


@given(scenarios())
def test_cvar_is_not_below_the_expected_cost(rows: Rows) -> None:
    plan = optimum(rows)
    assert no_more_than(plan.expected, plan.cvar)


# --- more room, less room ----------------------------------------------------------------------------

MORE = {
    "suppliers": ("max_kg_per_period",),
    "conversions": ("max_kg_per_period",),
    "expansions": ("max_steps", "step_kg_per_period"),
    "materials": ("max_stock_kg", "value_per_kg"),
    "segments": ("max_units_per_period", "max_efficiency_loss_pp"),
    "designs": ("max_share",),
    "limits": ("max_share",),
    "budgets": ("max_spend",),
}
"""Figures that give more room, or more money, the higher they are."""

LESS = {
    "materials": ("min_stock_kg", "holding_cost_per_kg"),
    "segments": ("min_service", "shortage_cost_per_unit", "delay_cost_per_unit", "efficiency_cost_per_pp"),
    "designs": ("efficiency_loss_pp", "extra_cost_per_unit", "qualification_cost", "qualification_periods"),
    "licences": ("application_fee",),
    "offers": (
        "price_per_kg", "freight_per_kg", "duty_rate", "min_order_kg", "commit_kg_per_period", "signing_fee",
        "deposit_share", "reservation_fee_per_kg",
    ),
    "conversions": ("cost_per_kg",),
    "conversion_inputs": ("kg_per_kg",),
    "expansions": ("cost_per_step", "lead_periods"),
    "design_materials": ("kg_per_unit",),
    "limits": ("min_share",),
    "currencies": ("rate",),
}  # fmt: skip
"""Figures that do so the lower they are."""

SHARES = {"max_share", "min_share", "min_service", "deposit_share"}
WHOLE = {"max_steps", "lead_periods", "qualification_periods"}


def cells(rows: Rows) -> list[tuple[str, int, str]]:
    """The cells that give more or less room: table, row and field.

    The capacity of an offer is none of them where it has a commitment, which is no higher than what an event
    leaves of the capacity, and so grows with it.
    """
    named = [(table, field) for side in (MORE, LESS) for table, names in side.items() for field in names]
    places = [
        (table, n, field) for table, field in named for n, row in enumerate(rows[table]) if row[field] is not None
    ]
    free = [n for n, row in enumerate(rows["offers"]) if not row["commit_kg_per_period"]]
    return places + [("offers", n, "max_kg_per_period") for n in free]


def scaled(rows: Rows, place: tuple[str, int, str], factor: float) -> Rows:
    """The rows with a cell changed by a factor, within what may stand there."""
    table, number, field = place
    found = copy.deepcopy(rows)
    row = found[table][number]
    value = row[field] * factor
    row[field] = min(value, 1.0) if field in SHARES else round(value) if field in WHOLE else value
    if field == "max_steps":
        row[field] = max(row[field], 1)
    if table == "offers":  # neither is more than the largest order
        row["min_order_kg"] = min(row["min_order_kg"], row["max_kg_per_period"])
        row["commit_kg_per_period"] = min(row["commit_kg_per_period"], row["max_kg_per_period"])
    if table == "limits":
        row["min_share"] = min(row["min_share"], row["max_share"])
    return found


@given(scenarios(), st.data())
def test_more_room_never_costs_more_nor_less_room_less(rows: Rows, data: st.DataObject) -> None:
    """A looser limit or budget, a larger capacity, a cheaper price; and the contrary."""
    places = data.draw(st.lists(st.sampled_from(cells(rows)), min_size=2, max_size=3, unique=True))
    before = cost(rows)
    for place in places:
        table, _, field = place
        more = field in MORE.get(table, ()) or place[2] == "max_kg_per_period"
        roomier, tighter = (2.0, 0.5) if more else (0.5, 2.0)
        assert no_more_than(cost(scaled(rows, place, roomier)), before), place
        assert no_more_than(before, cost(scaled(rows, place, tighter))), place


@given(scenarios(), st.data())
def test_a_new_offer_or_design_never_costs_more(rows: Rows, data: st.DataObject) -> None:
    before = cost(rows)
    more = copy.deepcopy(rows)
    more["offers"].append(offer(data.draw, rows, months(rows), "new"))
    assert no_more_than(cost(more), before)
    draw: Draw = data.draw
    more = copy.deepcopy(rows)
    design(draw, more, rows["segments"][0]["segment"], "new")
    assert no_more_than(cost(more), before)


@given(scenarios())
def test_a_rule_less_never_costs_more(rows: Rows) -> None:
    """A limit, a budget, the bars on markets and uses taken away."""
    before = cost(rows)
    for name in ("limits", "budgets"):
        if rows[name]:
            assert no_more_than(cost(rows | {name: []}), before)
    open_to_all = [{"undertaking": row["undertaking"]} for row in rows["undertakings"]]
    assert no_more_than(cost(rows | {"undertakings": open_to_all}), before)


@given(scenarios(), st.data())
def test_a_decision_forced_never_costs_less(rows: Rows, data: st.DataObject) -> None:
    table, key = data.draw(st.sampled_from([("offers", "offer"), ("designs", "design"), ("licences", "licence")]))
    found = copy.deepcopy(rows)
    free_rows = [row for row in found[table] if row.get("decision", "free") == "free"]
    assume(free_rows)
    row = data.draw(st.sampled_from(free_rows))
    free = cost(rows)
    for decision in ("must", "never"):
        row["decision"] = decision
        if not _contradicts(found, row, key):
            assert no_more_than(free, cost(found)), (row[key], decision)


def _contradicts(rows: Rows, row: dict[str, Any], key: str) -> bool:
    """Whether the scenario would be refused: an offer that must be signed has a licence never applied for."""
    never = {licence["licence"] for licence in rows["licences"] if licence["decision"] == "never"}
    return any(offer.get("decision") == "must" and offer["licence"] in never for offer in rows["offers"])


# --- the plan as handed over -------------------------------------------------------------------------


@given(scenarios())
def test_every_plan_passes_its_audit(rows: Rows) -> None:
    """A plan that does not is a Fault; the objective is what is proven, and what the futures' costs say."""
    expected_cost = optimum(rows)
    assume(np.isfinite(expected_cost.objective))
    plan = make_plan(from_rows(rows), EXACT)
    assert plan.status == "optimal"
    assert plan.objective == same(expected_cost.objective)
    assert plan.bound == same(plan.objective)

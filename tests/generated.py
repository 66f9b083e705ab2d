"""Random small scenarios with a bit of everything, as rows for `from_rows`; and what they cost.

Figures are few and round: what fails shrinks to something that can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from planner.model.solution import read
from planner.pipeline import prepare
from planner.plan.answer import Answer
from planner.plan.now import decisions
from planner.plan.outcome import cvar, future_costs
from planner.scenario.load import from_rows
from planner.scenario.scenario import Calendar
from planner.solver.outcome import Options, Stop
from planner.solver.strategy import solve

Rows = dict[str, list[dict[str, Any]]]
Draw = Callable[[st.SearchStrategy[Any]], Any]

COUNTRY = {"S": "China", "T": "Japan", "W": "India"}
MAGNETS = ("M", "N")
NEEDS = {"M": (0.5, 1, 2), "N": (1, 1.5, 3)}


def of(draw: Draw, *values: Any) -> Any:
    """One of some values, the first being the simplest."""
    return draw(st.sampled_from(values))


def some(draw: Draw, least: int, most: int) -> range:
    """A count's range."""
    return range(draw(st.integers(least, most)))


# --- scenarios ---------------------------------------------------------------------------------------


@st.composite
def scenarios(draw: Draw, least_futures: int = 1, tiny: bool = False) -> Rows:
    """A scenario of 2-4 periods, 1-3 futures, 1-3 segments and 2-5 offers; a tiny one has about half of that."""
    periods = draw(st.integers(2, 2 if tiny else 4))
    settings = {
        "title": "generated",
        "start": of(draw, "2026-04", "2026-10"),
        "periods": periods,
        "period_months": of(draw, 12, 3, 6),
        "discount_rate": of(draw, 0, 0.1),
        "risk_weight": of(draw, 0, 0.3, 1),
        "risk_tail": of(draw, 0.5, 0, 0.9),
        "salvage_share": of(draw, 0, 0.5),
    }
    calendar = Calendar(settings["start"], periods, settings["period_months"], 4)
    months = [calendar.month(period) for period in calendar.all]
    rows: Rows = {
        "settings": [{"name": name, "value": value} for name, value in settings.items()],
        "currencies": [{"currency": "USD", "rate": 1.5}],
        "undertakings": [
            {"undertaking": "U", "barred_markets": "US"},
            {"undertaking": "V", "barred_end_uses": "defence"},
        ],
        "suppliers": [
            {"supplier": name, "country": country, "max_kg_per_period": of(draw, None, 30)}
            for name, country in COUNTRY.items()
        ],
    }
    _materials(draw, rows, months)
    _segments(draw, rows, months, tiny)
    rows["licences"] = [_licence(draw, name) for name in ("L", "K")[: draw(st.integers(0, 2))]]
    rows["offers"] = [offer(draw, rows, months, f"O{n}") for n in some(draw, 2, 3 if tiny else 5)]
    _ore(draw, rows)
    _expansions(draw, rows, months, tiny)
    rows["futures"] = _futures(draw, draw(st.integers(least_futures, 2 if tiny else 3)))
    rows["events"] = [_event(draw, rows, months, n) for n in some(draw, 0, 5)]
    _limits(draw, rows, calendar)
    return rows


def _materials(draw: Draw, rows: Rows, months: list[str]) -> None:
    rows["materials"] = [
        {
            "material": name,
            "class": class_,
            "value_per_kg": of(draw, 0, 4),
            "holding_cost_per_kg": of(draw, 1, 0.25, 0),
            "max_stock_kg": of(draw, None, 40, 15),
            "min_stock_kg": of(draw, 0, 0, 0, 2) if class_ != "feedstock" else 0,
            "min_stock_from": months[1],
        }
        for name, class_ in (("M", "heavy"), ("N", "light"), ("ore", "feedstock"))
    ]
    places = [(material, pool) for material in (*MAGNETS, "ore") for pool in (None, "U")]
    rows["stock"] = [
        {"material": material, "undertaking": pool, "kg": of(draw, 6, 15)}
        for material, pool in draw(st.lists(st.sampled_from(places), max_size=2, unique=True))
    ]


def _segments(draw: Draw, rows: Rows, months: list[str], tiny: bool) -> None:
    names = ("bus", "fan", "radar")[: draw(st.integers(1, 1 if tiny else 3))]
    rows["segments"] = [
        {
            "segment": name,
            "sector": of(draw, "road", "home"),
            "market": of(draw, "India", "US"),
            "end_use": of(draw, "civil", "defence"),
            "shortage_cost_per_unit": of(draw, 200, 60, 900),
            "delay_cost_per_unit": of(draw, None, 5),
            "max_units_per_period": of(draw, None, 18),
            "min_service": of(draw, 0, 0, 0, 0.3),
            "efficiency_cost_per_pp": of(draw, 0, 2),
            "max_efficiency_loss_pp": of(draw, None, 1.5),
        }
        for name in names
    ]
    rows["demand"] = [{"segment": name} | {month: of(draw, 10, 0, 25) for month in months} for name in names]
    rows["designs"], rows["design_materials"] = [], []
    for name in names:
        for number in some(draw, 1, 2):
            design(draw, rows, name, f"{name}{number}")


def design(draw: Draw, rows: Rows, segment: str, name: str) -> None:
    """Add a design of a segment, not one that must be qualified."""
    rows["designs"].append(
        {
            "design": name,
            "segment": segment,
            "efficiency_loss_pp": of(draw, 0, 1, 3),
            "extra_cost_per_unit": of(draw, 0, 7),
            "max_share": of(draw, 1, 0.6),
            "qualified": of(draw, "yes", "yes", "no"),
            "qualification_cost": of(draw, 0, 90),
            "qualification_periods": of(draw, 0, 1),
        }
    )
    for material in draw(st.sampled_from([("M",), ("N",), ("M", "N"), ()])):
        rows["design_materials"].append(
            {"design": name, "material": material, "kg_per_unit": of(draw, *NEEDS[material])}
        )


def _licence(draw: Draw, name: str) -> dict[str, Any]:
    return {
        "licence": name,
        "application_fee": of(draw, 0, 50, 400),
        "undertaking": of(draw, None, "U", "V"),
        "clearance": of(draw, 1, 0.6),
        "decision": of(draw, "free", "free", "free", "must"),
    }


def offer(draw: Draw, rows: Rows, months: list[str], name: str) -> dict[str, Any]:
    """An offer that need not be signed."""
    window = sorted(draw(st.lists(st.sampled_from(months), min_size=2, max_size=2)))
    most = of(draw, 40, 20, 12)
    return {
        "offer": name,
        "supplier": of(draw, *COUNTRY),
        "material": of(draw, *MAGNETS, "ore"),
        "price_per_kg": of(draw, 10, 25, 6),
        "currency": of(draw, None, None, "USD"),
        "freight_per_kg": of(draw, 0, 0.5),
        "duty_rate": of(draw, 0, 0.1),
        "lead_periods": of(draw, 0, 1),
        "from": of(draw, None, None, window[0]),
        "until": of(draw, None, None, window[1]),
        "max_kg_per_period": most,
        "min_order_kg": of(draw, 0, 0, 8),
        "commit_kg_per_period": of(draw, 0, 0, 3),
        "signing_fee": of(draw, 0, 0, 30),
        "deposit_share": of(draw, 0, 0.3),
        "reservation_fee_per_kg": of(draw, None, None, 0.75),
        "licence": of(draw, None, *(row["licence"] for row in rows["licences"])),
        "undertaking": of(draw, None, None, "V"),
        "group": of(draw, None, None, "G"),
    }


def _ore(draw: Draw, rows: Rows) -> None:
    """Perhaps a plant that makes M from ore; perhaps orders that are still to come."""
    rows["conversions"], rows["conversion_inputs"] = [], []
    for _ in some(draw, 0, 1):
        plant = {"conversion": "C", "supplier": of(draw, *COUNTRY), "material": "M"}
        rows["conversions"].append(plant | {"cost_per_kg": of(draw, 3, 0), "max_kg_per_period": of(draw, 10, 4)})
        rows["conversion_inputs"].append({"conversion": "C", "material": "ore", "kg_per_kg": of(draw, 1, 1.5)})
    start = rows["settings"][1]["value"]
    rows["open_orders"] = [{"offer": f"O{n}", "period": start, "kg": 5} for n in some(draw, 0, 2)]


def _expansions(draw: Draw, rows: Rows, months: list[str], tiny: bool) -> None:
    targets = [("offer", row["offer"]) for row in rows["offers"]]
    targets += [("conversion", row["conversion"]) for row in rows["conversions"]]
    rows["expansions"] = []
    for number in some(draw, 0, 1 if tiny else 2):
        scope, target = of(draw, *targets)
        rows["expansions"].append(
            {
                "expansion": f"E{number}",
                "scope": scope,
                "target": target,
                "step_kg_per_period": of(draw, 6, 3),
                "max_steps": of(draw, 1, 2),
                "cost_per_step": of(draw, 20, 150),
                "lead_periods": of(draw, 0, 1),
                "until": of(draw, None, months[0]),
            }
        )


# --- what may happen ---------------------------------------------------------------------------------

FUTURES: dict[int, tuple[tuple[float, ...], ...]] = {
    1: ((1.0,),),
    2: ((0.5, 0.5), (0.8, 0.2)),
    3: ((0.5, 0.3, 0.2), (0.25, 0.25, 0.5)),
}


def _futures(draw: Draw, count: int) -> list[dict[str, Any]]:
    shares = of(draw, *FUTURES[count])
    return [{"future": name, "probability": share} for name, share in zip("abc", shares, strict=False)]


def _event(draw: Draw, rows: Rows, months: list[str], number: int) -> dict[str, Any]:
    names = {
        "licence": [row["licence"] for row in rows["licences"]],
        "country": list(COUNTRY.values()),
        "supplier": list(COUNTRY),
        "offer": [row["offer"] for row in rows["offers"]],
        "material": list(MAGNETS),
        "conversion": [row["conversion"] for row in rows["conversions"]],
        "sector": sorted({row["sector"] for row in rows["segments"]}),
        "market": sorted({row["market"] for row in rows["segments"]}),
        "segment": [row["segment"] for row in rows["segments"]],
        "all": [None],
    }
    kinds = ("clearance", "price", "capacity", "demand")
    kind = of(draw, *(kinds if rows["licences"] else kinds[1:]))
    scopes = {
        "clearance": ("licence", "all"),
        "price": ("country", "supplier", "offer", "material", "all"),
        "capacity": ("country", "supplier", "offer", "conversion", "all"),
        "demand": ("sector", "market", "segment", "all"),
    }[kind]
    scope = of(draw, *(scope for scope in scopes if names[scope]))
    window = sorted(draw(st.lists(st.sampled_from(months), min_size=2, max_size=2)))
    values = {"clearance": (0.5, 0, 1), "price": (2, 0.5), "capacity": (0.5, 0, 1.5), "demand": (1.5, 0.5)}[kind]
    return {
        "event": f"e{number}",
        "future": of(draw, *(row["future"] for row in reversed(rows["futures"])), "*"),
        "kind": kind,
        "scope": scope,
        "target": of(draw, *names[scope]),
        "from": of(draw, months[1], window[0]),
        "until": of(draw, None, window[1]) if window[1] > months[0] else None,
        "value": of(draw, *values),
    }


def _limits(draw: Draw, rows: Rows, calendar: Calendar) -> None:
    rows["limits"] = [
        {
            "limit": "X",
            "scope": "country",
            "target": of(draw, *COUNTRY.values()),
            "class": of(draw, None, "heavy"),
            "per": of(draw, "horizon", "year"),
            "min_share": of(draw, 0, 0, 0.1),
            "max_share": of(draw, 0.8, 0.5),
        }
        for _ in some(draw, 0, 1)
    ]
    rows["budgets"] = [{"year": calendar.year(1), "max_spend": of(draw, 2500, 900)} for _ in some(draw, 0, 1)]


# --- what it costs -----------------------------------------------------------------------------------

EXACT = Options(gap=0.0)


@dataclass(frozen=True)
class Found:
    """What the optimal plan of a scenario comes to, infinite where there is none, and what is decided now."""

    objective: float
    expected: float = np.inf
    cvar: float = np.inf
    apply: frozenset[str] = frozenset()
    sign: frozenset[str] = frozenset()


def optimum(rows: Rows) -> Found:
    """The optimal plan's figures, from each future's costs."""
    loaded = from_rows(rows)
    prepared = prepare(loaded)
    outcome = solve(prepared.instance, EXACT)
    assert outcome.stop in (Stop.OPTIMAL, Stop.INFEASIBLE), outcome.detail
    if outcome.x is None:
        return Found(np.inf)
    solution = read(prepared.path, prepared.instance.layout, outcome.x)
    answer = Answer(loaded.scenario, prepared.tree, solution)
    costs, decided = future_costs(answer), decisions(answer)
    settings, probability = loaded.scenario.settings, prepared.tree.probability
    expected, tail = float(probability @ costs), cvar(costs, probability, settings.risk_tail)
    objective = (1 - settings.risk_weight) * expected + settings.risk_weight * tail
    return Found(objective, expected, tail, frozenset(decided.apply), frozenset(decided.sign))


def cost(rows: Rows) -> float:
    """The objective of the optimal plan; infinite where there is none."""
    return optimum(rows).objective

"""Who uses what arrives under an undertaking: by hand, and adding up with the arrivals of solved plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.pipeline import make_plan
from planner.plan.certificates import IN_STOCK, certificates
from planner.plan.plan import Plan
from planner.plan.tables import PLAN_TABLE
from planner.reading import load as load_scenario
from planner.scenario.load import from_rows
from planner.scenario.scenario import Scenario
from planner.solver.outcome import Options
from tests import scenarios
from tests.handmade import SCENARIO, A, B, handmade_plan

TABLES = ("arrivals", "moves", "conversion", "magnets")
ARRIVED = ("node", "month", "material", "undertaking", "supplier", "country", "released_kg")
MADE = ("node", "conversion", "undertaking", "kg")
USED = ("node", "material", "undertaking", "segment", "kg")


def declared(scenario: dict[str, Any], **rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Future, month, material, supplier, segment and kg of the rows of a plan made of a few rows by hand."""
    columns = {
        "arrivals": ARRIVED,
        "moves": ("node", "material", "undertaking", "kg"),
        "conversion": MADE,
        "magnets": USED,
    }
    tables = handmade_plan().tables | {name: pd.DataFrame(rows.get(name, []), columns=columns[name]) for name in TABLES}
    found = certificates(from_rows(scenario).scenario, tables)
    chosen = found[["future", "month", "material", "supplier", "segment", "kg"]]
    return [(*row[:-1], round(row[-1], 9)) for row in chosen.itertuples(index=False, name=None)]


def arrived(node: int, month: str, material: str, kg: float, supplier: str = "Baotou") -> tuple[Any, ...]:
    return (node, month, material, "EUC", supplier, "China", kg)


def test_what_came_first_goes_first() -> None:
    """10 kg of stock go first, then the arrivals of the first year, then those of the second; the rest is left."""
    rows = SCENARIO | {"stock": [{"material": "NdFeB", "undertaking": "EUC", "kg": 10}]}
    found = declared(
        rows,
        arrivals=[arrived(1, A, "NdFeB", 20), arrived(2, B, "NdFeB", 30), arrived(3, B, "NdFeB", 8)],
        magnets=[(1, "NdFeB", "EUC", "fan", 16), (2, "NdFeB", "EUC", "export", 19), (3, "NdFeB", "EUC", "fan", 22)],
    )
    assert found == [
        ("calm", A, "NdFeB", "Baotou", "fan", 6),
        ("calm", A, "NdFeB", "Baotou", "export", 14),
        ("calm", B, "NdFeB", "Baotou", "export", 5),
        ("calm", B, "NdFeB", "Baotou", IN_STOCK, 25),
        ("freeze", A, "NdFeB", "Baotou", "fan", 20),
        ("freeze", B, "NdFeB", "Baotou", "fan", 8),
    ]


def test_what_is_used_or_arrives_in_one_period_goes_alike() -> None:
    """12 of 40 kg, a quarter of them from Hitachi, go to fans and exports as 3 to 1."""
    found = declared(
        SCENARIO,
        arrivals=[arrived(1, A, "NdFeB", 30), arrived(1, A, "NdFeB", 10, "Hitachi")],
        magnets=[(1, "NdFeB", "EUC", "fan", 9), (1, "NdFeB", "EUC", "export", 3)],
    )
    assert found[:6] == [
        ("calm", A, "NdFeB", "Baotou", "fan", 6.75),
        ("calm", A, "NdFeB", "Baotou", "export", 2.25),
        ("calm", A, "NdFeB", "Baotou", IN_STOCK, 21),
        ("calm", A, "NdFeB", "Hitachi", "fan", 2.25),
        ("calm", A, "NdFeB", "Hitachi", "export", 0.75),
        ("calm", A, "NdFeB", "Hitachi", IN_STOCK, 7),
    ]


def test_feedstock_belongs_to_who_uses_the_magnet() -> None:
    """14 kg of oxide arrive and 6 free ones are moved in: 9 kg of magnets hold 14 + 4, of 2 kg of oxide each."""
    found = declared(
        SCENARIO,
        arrivals=[arrived(1, A, "oxide", 14)],
        moves=[(1, "oxide", "EUC", 6)],
        conversion=[(1, "sinter", "EUC", 5), (2, "sinter", "EUC", 4)],
        magnets=[(1, "NdFeB", "EUC", "fan", 4), (2, "NdFeB", "EUC", "export", 5)],
    )
    assert found == [
        ("calm", A, "oxide", "Baotou", "fan", 8),
        ("calm", A, "oxide", "Baotou", "export", 6),
        ("freeze", A, "oxide", "Baotou", "fan", 8),
        ("freeze", A, "oxide", "Baotou", IN_STOCK, 6),
    ]


def test_one_plant_after_another() -> None:
    """Oxide becomes alloy, and that magnets, in the same period, whatever order the plants are listed in."""
    rows = SCENARIO | {
        "materials": [*SCENARIO["materials"], {"material": "alloy", "class": "feedstock"}],
        "conversions": [
            {"conversion": "sinter", "supplier": "IREL", "material": "NdFeB", "max_kg_per_period": 30},
            {"conversion": "melt", "supplier": "IREL", "material": "alloy", "max_kg_per_period": 30},
        ],
        "conversion_inputs": [
            {"conversion": "sinter", "material": "alloy", "kg_per_kg": 1.5},
            {"conversion": "melt", "material": "oxide", "kg_per_kg": 2},
        ],
        "expansions": [],
    }
    found = declared(
        rows,
        arrivals=[arrived(1, A, "oxide", 12)],
        conversion=[(1, "sinter", "EUC", 4), (1, "melt", "EUC", 6)],
        magnets=[(1, "NdFeB", "EUC", "fan", 4)],
    )
    assert found == [(future, A, "oxide", "Baotou", "fan", 12) for future in ("calm", "freeze")]


def test_end_users_are_described() -> None:
    rows = SCENARIO | {"materials": [SCENARIO["materials"][0] | {"hs_code": "8505.11"}, SCENARIO["materials"][1]]}
    found = certificates(from_rows(rows).scenario, handmade_plan().tables)
    assert found.iloc[0].to_dict() == {
        "future": "calm", "undertaking": "EUC", "month": A, "material": "NdFeB", "hs_code": "8505.11",
        "supplier": "Baotou", "country": "China", "segment": "fan", "sector": "fans", "end_use": "civil",
        "market": "India", "kg": 20,
    }  # fmt: skip


def test_nothing_bound_nothing_declared() -> None:
    tables = handmade_plan().tables
    free = tables["arrivals"].assign(undertaking="")
    found = certificates(from_rows(SCENARIO).scenario, tables | {"arrivals": free})
    assert (len(found), list(found.columns)) == (0, PLAN_TABLE["certificates"].names)


def solved(source: str) -> tuple[Scenario, Plan]:
    if source == "rich":
        loaded = scenarios.tiny(**scenarios.RICH)
    else:
        loaded = load_scenario(Path(__file__).with_name("cases") / source if source.endswith("xlsx") else source)
    return loaded.scenario, make_plan(loaded, Options(gap=1e-2))


@pytest.mark.parametrize("source", ["rich", "tiny-108.xlsx", "small-202.xlsx", "small-205.xlsx", "e3w-maker"])
def test_end_users_add_up_to_the_arrivals(source: str) -> None:
    """In every future, of each undertaking, month, material and supplier; and none is barred."""
    scenario, plan = solved(source)
    keys = ["future", "undertaking", "month", "material", "supplier"]
    found = plan.tables["certificates"]
    arrivals = plan.tables["arrivals"].merge(plan.tables["paths"][["future", "node"]], on="node")
    arrivals = arrivals[(arrivals["undertaking"] != "") & (arrivals["released_kg"] > 0)]
    there = arrivals.groupby(keys)["released_kg"].sum()
    said = found.groupby(keys)["kg"].sum()
    assert len(there) > 0
    pd.testing.assert_series_equal(said, there, check_names=False, rtol=1e-9, atol=1e-6)
    for row in scenario.undertakings:
        mine = found[found["undertaking"] == row.undertaking]
        assert not set(mine["market"]) & set(row.barred_markets)
        assert not set(mine["end_use"]) & set(row.barred_end_uses)

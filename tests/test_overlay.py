"""Strategies and based_on: laid over a scenario before it is checked, logged, and reported at their own cells."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from minimal import MINIMAL, MONTHS, Tables, minimal, problems

from planner.errors import InputError, UsageError
from planner.reading import check, load, read
from planner.scenario.load import from_rows, raw_from_rows, strategies
from planner.scenario.overlay import Change, apply_strategy

AT = "strategies row 1, value"

MORE: Tables = {
    "stock": [{"material": "NdFeB", "kg": 5}],
    "undertakings": [{"undertaking": "EUC"}],
    "licences": [{"licence": "CN/EUC"}],
    "open_orders": [{"offer": "O1", "period": "2026-07", "kg": 5}],
}


def strategy(*rows: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Rows of table, key, field and value that make up one strategy 's'."""
    return [dict(zip(("strategy", "table", "key", "field", "value"), ("s", *row), strict=True)) for row in rows]


def with_rows(*rows: tuple[Any, ...]) -> Tables:
    return minimal(**MORE, strategies=strategy(*rows))


CHANGES = [
    pytest.param(
        ("offers", "O1", "price_per_kg", 90), Change("offers", "O1", "price_per_kg", 100, 90, "s", AT), id="a cell"
    ),
    pytest.param(
        ("Offers ", "O1", "UNTIL", "2026-07"), Change("offers", "O1", "until", None, "2026-07", "s", AT), id="blank"
    ),
    pytest.param(("offers", "O1", "note", None), None, id="a blank stays one"),
    pytest.param(("offers", "O1", "price_per_kg", "100.0"), None, id="the same value"),
    pytest.param(
        ("settings", "Risk_Weight", "value", 0.5),
        Change("settings", "risk_weight", "value", None, 0.5, "s", AT),
        id="setting",
    ),
    pytest.param(("settings", "periods", "value", 4.0), None, id="the same setting"),
    pytest.param(
        ("demand", "bus", "2026-08", 7), Change("demand", "bus", "2026-07", 10, 7, "s", AT), id="demand by any month"
    ),
    pytest.param(("stock", "NdFeB/", "kg", 7), Change("stock", "NdFeB/", "kg", 5, 7, "s", AT), id="a blank part"),
    pytest.param(("stock", "NdFeB", "kg", 7), Change("stock", "NdFeB/", "kg", 5, 7, "s", AT), id="a part left out"),
    pytest.param(
        ("stock", "NdFeB / EUC", "kg", 7), Change("stock", "NdFeB/EUC", "kg", None, 7, "s", AT), id="a new row"
    ),
    pytest.param(
        ("open_orders", "O1/2026-09", "kg", 7),
        Change("open_orders", "O1/2026-07", "kg", 5, 7, "s", AT),
        id="month in key",
    ),
    pytest.param(
        ("open_orders", "O1/2026-10-01", "kg", 7),
        Change("open_orders", "O1/2026-10", "kg", None, 7, "s", AT),
        id="new month",
    ),
    pytest.param(
        ("licences", "CN/EUC", "decision", "never"),
        Change("licences", "CN/EUC", "decision", None, "never", "s", AT),
        id="name with /",
    ),
    pytest.param(
        ("undertakings", "Guarantee", "barred_markets", None),
        Change("undertakings", "Guarantee", "barred_markets", None, None, "s", AT),
        id="a row of defaults",
    ),
    pytest.param(
        ("currencies", "USD", "rate", 88), Change("currencies", "USD", "rate", None, 88, "s", AT), id="a new table"
    ),
]


@pytest.mark.parametrize(("row", "change"), CHANGES)
def test_a_row_sets_a_cell(row: tuple[Any, ...], change: Change | None) -> None:
    loaded = from_rows(with_rows(row), strategy="s")
    assert loaded.changes == ((change,) if change else ())


def test_the_scenario_follows() -> None:
    rows = with_rows(("demand", "bus", "2026-08", 7), ("stock", "NdFeB/EUC", "kg", 8))
    scenario = from_rows(rows, strategy="s").scenario
    assert scenario.units == {"bus": {1: 10, 2: 7, 3: 10, 4: 10}}
    assert [(row.material, row.undertaking, row.kg) for row in scenario.stock] == [
        ("NdFeB", None, 5),
        ("NdFeB", "EUC", 8),
    ]


def test_a_blank_value_brings_the_default_back() -> None:
    rows = minimal(offers={"lead_periods": 2}, strategies=strategy(("offers", "O1", "lead_periods", None)))
    loaded = from_rows(rows, strategy="s")
    assert loaded.scenario.offers[0].lead_periods == 0
    assert loaded.changes == (Change("offers", "O1", "lead_periods", 2, None, "s", AT),)


def test_rows_of_one_strategy_fill_a_new_row_together() -> None:
    given = {"supplier": "Baotou", "material": "NdFeB", "price_per_kg": 80, "max_kg_per_period": 10}
    rows = minimal(strategies=strategy(*(("offers", "O2", field, value) for field, value in given.items())))
    loaded = from_rows(rows, strategy="s")
    assert [offer.offer for offer in loaded.scenario.offers] == ["O1", "O2"]
    assert [(change.field, change.new) for change in loaded.changes] == list(given.items())


def test_only_the_strategy_asked_for_is_applied() -> None:
    rows = minimal(
        strategies=[
            *strategy(("offers", "O1", "price_per_kg", 1)),
            {**strategy(("offers", "O1", "price_per_kg", 2))[0], "strategy": "t"},
        ]
    )
    assert from_rows(rows).scenario.offers[0].price_per_kg == 100
    assert from_rows(rows, strategy="t").scenario.offers[0].price_per_kg == 2
    assert strategies(raw_from_rows(rows, "x")) == ["s", "t"]


def test_tables_that_a_strategy_leaves_alone_are_shared() -> None:
    raw = raw_from_rows(with_rows(("offers", "O1", "price_per_kg", 1)), "x")
    changed, _, _ = apply_strategy(raw, "s")
    assert changed.tables["stock"] is raw.tables["stock"]
    assert raw.tables["offers"].rows[0].cells["price_per_kg"] == 100


REFUSED = [
    pytest.param(
        [("ofers", "O1", "price_per_kg", 1)],
        ["strategies row 1, table: 'ofers' is not a table. Did you mean 'offers'?"],
        id="table",
    ),
    pytest.param(
        [("offers", "O1", "price_perkg", 1)],
        [("strategies row 1, field: 'price_perkg' is not a field of offers. Did you mean 'price_per_kg'?")],
        id="field",
    ),
    pytest.param(
        [("settings", "risk_wait", "value", 1)],
        ["strategies row 1, key: 'risk_wait' is not a setting. Did you mean 'risk_weight'?"],
        id="setting",
    ),
    pytest.param(
        [("settings", "based_on", "value", "x")],
        [("strategies row 1, key: A strategy cannot change what a scenario is based on. Delete the row.")],
        id="based_on",
    ),
    pytest.param(
        [("strategies", "s/offers/O1/until", "value", 1)],
        ["strategies row 1, table: A strategy cannot change the table strategies. Delete the row."],
        id="strategies",
    ),
    pytest.param(
        [("demand", "bus", "sometime", 1)],
        [
            (
                "strategies row 1, field: 'sometime' is neither a field of demand nor a month. Use one "
                "of: note, segment, source."
            )
        ],
        id="no month",
    ),
    pytest.param(
        [("offers", "O1", "offer", "O9")],
        [("strategies row 1, field: offer is in the key of offers: a strategy cannot change it. Name another field.")],
        id="key field",
    ),
    pytest.param(
        [("open_orders", "O1/may", "kg", 1)],
        [("strategies row 1, key: 'O1/may' is not the key of a row of open_orders. Type offer/period.")],
        id="no key",
    ),
    pytest.param(
        [("offers", "O1", "price_per_kg", 1), ("offers", "O1", "price_per_kg", 2)],
        [
            (
                "strategies row 2, value: strategies row 1, value sets price_per_kg of offer O1 in offers"
                " to 1, this row to 2. Keep one of the two."
            )
        ],
        id="conflict",
    ),
    pytest.param(
        [("offers", "O1", "until", "2026-07"), ("offers", "O1", "until", None)],
        [
            (
                "strategies row 2, value: strategies row 1, value sets until of offer O1 in offers to "
                "'2026-07', this row to blank. Keep one of the two."
            )
        ],
        id="conflict with blank",
    ),
    pytest.param(
        [("demand", "bus", "2026-04", 1), ("demand", "bus", "2026-05", 2)],
        [
            (
                "strategies row 2, value: strategies row 1, value sets 2026-04 of segment bus in demand "
                "to 1, this row to 2. Keep one of the two."
            )
        ],
        id="conflict in a period",
    ),
    pytest.param(
        [("offers", "O1", "price_per_kg", "cheap")],
        [
            (
                "strategies row 1, value: price_per_kg of offer O1 in offers: 'cheap' is text where a "
                "number belongs. Type a number."
            )
        ],
        id="wrong value",
    ),
    pytest.param(
        [("segments", "bus", "market", None)],
        [
            (
                "strategies row 1, value: market of segment bus in segments is blank. It is required: "
                "where its products are sold."
            )
        ],
        id="blanked",
    ),
    pytest.param(
        [("segments", "buss", "min_service", 1)],
        [
            (
                "strategies row 1, key: segments has no row 'buss', and for a new one the strategy does "
                "not give market, shortage_cost_per_unit. Did you mean 'bus'?"
            )
        ],
        id="slip in key",
    ),
    pytest.param(
        [("demand", "car", "2026-04", 1)],
        [
            (
                "strategies row 1, key: demand has no row 'car', and for a new one the strategy does not "
                "give 2026-07, 2026-10, 2027-01. Give it these as well, or correct the key."
            )
        ],
        id="half a demand",
    ),
    pytest.param(
        [("demand", "bus", "2029-04", 1)],
        [
            (
                "strategies row 1, value: 2029-04 lies outside the horizon, whose periods run from "
                "2026-04 to 2027-01. Take it out, or change the settings."
            )
        ],
        id="outside",
    ),
    pytest.param(
        [("offers", "O1", "licence", "CN-EUC")],
        [
            (
                "strategies row 1, value: licence of offer O1 in offers: 'CN-EUC' is not in licences. Did"
                " you mean 'CN/EUC'?"
            )
        ],
        id="reference",
    ),
]


@pytest.mark.parametrize(("rows", "said"), REFUSED)
def test_what_a_strategy_cannot_do_is_said_at_its_cell(rows: list[tuple[Any, ...]], said: list[str]) -> None:
    assert problems(with_rows(*rows), "s") == said


def test_the_same_value_twice_is_no_conflict() -> None:
    rows = with_rows(("offers", "O1", "price_per_kg", 1), ("offers", "O1", "price_per_kg", "1.0"))
    assert [change.new for change in from_rows(rows, strategy="s").changes] == [1]


def test_a_name_with_a_slash_is_found_in_a_new_compound_key() -> None:
    """The key 'Baotou/1/2026-10' has three pieces, and one offer is named 'Baotou/1'."""
    rows = minimal(offers={"offer": "Baotou/1"}, strategies=strategy(("open_orders", "Baotou/1/2026-10", "kg", 3)))
    (order,) = from_rows(rows, strategy="s").scenario.open_orders
    assert (order.offer, order.period) == ("Baotou/1", "2026-10")


def test_a_key_that_two_rows_answer_to_is_refused() -> None:
    names = [{"material": name, "class": "heavy"} for name in ("NdFeB", "a", "a/b")]
    bound = [{"undertaking": name} for name in ("b/c", "c")]
    stock = [{"material": "a", "undertaking": "b/c", "kg": 1}, {"material": "a/b", "undertaking": "c", "kg": 1}]
    rows = minimal(materials=names, undertakings=bound, stock=stock, strategies=strategy(("stock", "a/b/c", "kg", 3)))
    assert problems(rows, "s") == [
        "strategies row 1, key: 'a/b/c' may be the key of more than one row of stock. "
        "Its parts are material/undertaking: rename one, without a '/'."
    ]


def test_a_new_row_that_may_be_a_slip_is_a_warning() -> None:
    loaded = from_rows(with_rows(("licences", "CN/EUCC", "decision", "never")), strategy="s")
    assert [str(warning) for warning in loaded.warnings if "changes nothing" not in str(warning)] == [
        ("strategies row 1, key: licences has no row 'CN/EUCC': strategy s makes it. Did you mean 'CN/EUC'?")
    ]
    (unused,) = [str(warning) for warning in loaded.warnings if "licence CN/EUCC" in str(warning)]
    assert unused.startswith("strategies row 1, key: licence CN/EUCC in licences: no offer needs it: ")


UNKNOWN = [
    ("t", strategy(("offers", "O1", "until", None)), "scenario has no strategy 't'. Use one of: s. Its strategies: s."),
    (
        "S",
        strategy(("offers", "O1", "until", None)),
        "scenario has no strategy 'S'. Did you mean 's'? Its strategies: s.",
    ),
    ("s", [], "scenario has no strategy 's'. It has no strategies."),
]


@pytest.mark.parametrize(("name", "rows", "said"), UNKNOWN)
def test_an_unknown_strategy_is_wrong_usage(name: str, rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_rows(minimal(strategies=rows), strategy=name)
    assert str(caught.value) == said


# --- based_on ---------------------------------------------------------------------------------------


def write(folder: Path, tables: Tables) -> Path:
    """Tables as a scenario folder."""
    folder.mkdir()
    for name, given in tables.items():
        rows = [{"name": k, "value": v} for k, v in given.items()] if isinstance(given, dict) else given
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(field for row in rows for field in row)))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def test_a_folder_starts_from_the_one_it_is_based_on(tmp_path: Path) -> None:
    """Rows with the same key are replaced cell by cell, others added; what changed is logged."""
    write(tmp_path / "nation", minimal(offers={"lead_periods": 2}))
    changed = {
        "settings": {"based_on": "nation", "title": "freeze"},
        "offers": [
            {"offer": "O1", "price_per_kg": 120, "note": ""},
            {"offer": "O2", "supplier": "Baotou", "material": "NdFeB", "price_per_kg": 9, "max_kg_per_period": 1},
        ],
        "demand": [{"segment": "bus", "2026-09": 3}],
    }
    freeze = write(tmp_path / "freeze", changed)
    loaded = load(freeze)
    scenario = loaded.scenario
    assert (scenario.name, scenario.settings.title, scenario.settings.based_on) == ("freeze", "freeze", None)
    assert [(o.offer, o.price_per_kg, o.lead_periods) for o in scenario.offers] == [("O1", 120, 2), ("O2", 9, 0)]
    assert scenario.demand[0].units == dict(zip(MONTHS, (10, 3, 10, 10), strict=True))
    assert loaded.changes[:5] == (
        Change("settings", "title", "value", "minimal", "freeze", "freeze", "settings.csv line 3, value"),
        Change("demand", "bus", "2026-07", "10", "3", "freeze", "demand.csv line 2, 2026-09"),
        Change("offers", "O1", "price_per_kg", "100", "120", "freeze", "offers.csv line 2, price_per_kg"),
        Change("offers", "O2", "price_per_kg", None, "9", "freeze", "offers.csv line 3, price_per_kg"),
        Change("offers", "O2", "supplier", None, "Baotou", "freeze", "offers.csv line 3, supplier"),
    )


def test_problems_are_said_in_the_file_that_they_stand_in(tmp_path: Path) -> None:
    write(tmp_path / "nation", minimal(offers={"price_per_kg": "x"}))
    offers = [{"offer": "O1", "lead_periods": "soon"}, {**MINIMAL["offers"][0], "offer": "O2", "supplier": "Baotu"}]
    freeze = write(tmp_path / "freeze", {"settings": {"based_on": "nation"}, "offers": offers})
    said, _ = check(freeze)
    number = "is text where a number belongs. Type a number."
    assert [str(problem) for problem in said] == [
        f"nation/offers.csv line 2, price_per_kg: price_per_kg of offer O1: 'x' {number}",
        f"offers.csv line 2, lead_periods: lead_periods of offer O1: 'soon' {number}",
        ("offers.csv line 3, supplier: supplier of offer O2: 'Baotu' is not in suppliers. Did you mean 'Baotou'?"),
    ]


def test_scenarios_may_be_based_on_each_other_in_turn(tmp_path: Path) -> None:
    write(tmp_path / "a", minimal())
    write(tmp_path / "b", {"settings": {"based_on": "a"}, "suppliers": [{"supplier": "Baotou", "country": "India"}]})
    c = write(tmp_path / "c", {"settings": {"based_on": "b"}, "offers": [{"offer": "O1", "price_per_kg": 7}]})
    loaded = load(c)
    assert (loaded.scenario.suppliers[0].country, loaded.scenario.offers[0].price_per_kg) == ("India", 7)
    assert [change.by for change in loaded.changes] == ["b", "c"]


def test_a_cycle_is_said(tmp_path: Path) -> None:
    write(tmp_path / "a", minimal(settings={"based_on": "b"}))
    b = write(tmp_path / "b", minimal(settings={"based_on": "a"}))
    said, _ = check(b)
    assert [str(problem) for problem in said] == [
        (
            "settings.csv line 5, value: Scenarios are based on each other: b on a on b. Take "
            "based_on out of one of them."
        )
    ]


def test_an_unknown_base_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(write(tmp_path / "a", minimal(settings={"based_on": "a-scenario-unlike-any"})))
    (problem,) = caught.value.problems
    assert problem.message == "There is no scenario 'a-scenario-unlike-any' to be based on."
    assert problem.cell == "settings.csv line 5, value"


@pytest.mark.parametrize("name", ["../nation", "x" * 5000])
def test_a_base_is_a_name(tmp_path: Path, name: str) -> None:
    """Not a way to any folder of the machine, and not what no folder can be called."""
    write(tmp_path / "nation", minimal())
    said, _ = check(write(tmp_path / "a", minimal(settings={"based_on": name})))
    assert [(problem.kind, problem.cell) for problem in said] == [("based_on", "settings.csv line 5, value")]


def test_the_hash_is_of_both(tmp_path: Path) -> None:
    base = write(tmp_path / "a", minimal())
    top = write(tmp_path / "b", {"settings": {"based_on": "a"}})
    before = read(top)[0].sha256
    (base / "offers.csv").write_text((base / "offers.csv").read_text().replace("100", "101"))
    assert read(top)[0].sha256 != before

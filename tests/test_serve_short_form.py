"""The short form on the page: what is typed becomes a starter workbook that solves, and can be changed again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import FormData

from planner.excel.starter import EXAMPLE, MONTHS, write_starter
from planner.reading import load
from planner.scenario.starter_sheets import SHEETS
from planner.serve.access import RefusedError
from planner.serve.short_form import example, filled, headings, read_typed


def form(typed: dict[str, list[list[str]]]) -> FormData:
    return FormData(
        [
            (f"{sheet.key}-{place}", row[place] if place < len(row) else "")
            for sheet in SHEETS
            for row in [*typed[sheet.key], []]
            for place in range(len(headings(sheet)))
        ]
    )


def test_example_typed_is_the_example_of_the_workbook(tmp_path: Path) -> None:
    typed = read_typed(form(example()))
    rows, months = filled(typed)
    assert months == list(MONTHS)
    for key, its in EXAMPLE.items():
        assert [[cell for cell in row if cell is not None] for row in rows[key]] == [
            [cell for cell in row if cell is not None]
            for row in (_whole(row, its[0]) if key == "licences" else row for row in its)
        ], key
    write_starter(tmp_path / "a.xlsx", rows, months)
    write_starter(tmp_path / "b.xlsx")
    typed_one, example_one = (load(str(tmp_path / name)).scenario for name in ("a.xlsx", "b.xlsx"))
    assert typed_one.units == example_one.units
    assert typed_one.offers == example_one.offers
    assert [future.probability for future in typed_one.futures] == [0.3, 0.5, 0.2]


def _whole(row: Any, first: Any) -> list[Any]:
    """Rows of one licence share what stands in its first row."""
    return [*row, *first[len(row) :]]


def test_own_case_in_words(tmp_path: Path) -> None:
    """A licence filed in February: at the works in March, in August, or never."""
    typed = {
        "products": [["e-bus", "India", "2 lakh", "", "40"]],
        "magnets": [["e-bus", "", "N42UH", "heavy", "6,5"]],
        "prices": [["Ganzhou", "China", "N42UH", "52", "USD", "", "7.5", "2", "1000", "", "CN"]],
        "stock": [["N42UH", "800"]],
        "licences": [["CN", "August / October / never", "30 / 50 / 20", "together", "2026-05"]],
        "settings": [
            ["title", "own"],
            ["currency", "INR"],
            ["first month", "2026-07"],
            ["months", "6"],
            ["months a period", "1"],
            ["USD", "85"],
        ],
    }
    rows, months = filled(read_typed(form(typed)))
    assert months == ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"]
    assert rows["products"] == [["e-bus", "India", 2e5, None, *[40.0] * 6]]
    assert rows["licences"] == [
        ["CN", when, chance, "together", "2026-05", None]
        for when, chance in (("August", 30.0), ("October", 50.0), ("never", 20.0))
    ]
    write_starter(tmp_path / "own.xlsx", rows, months)
    scenario = load(str(tmp_path / "own.xlsx")).scenario
    assert [future.probability for future in scenario.futures] == [0.3, 0.5, 0.2]
    assert [event.from_ for event in scenario.events] == ["2026-08", "2026-10"]
    assert scenario.units["e-bus"] == dict.fromkeys(range(1, 7), 40.0)


@pytest.mark.parametrize(
    ("sheet", "rows", "told"),
    [
        ("products", [], "Nothing is to be built"),
        (
            "products",
            [["e-bus", "India", "1", "", "40; 50"]],
            "e-bus: 2 numbers of units stand for 12 months. Type one, or 12.",
        ),
        ("licences", [["CN", "March / never", "100"]], "Licence CN: 2 times are named, and 1 chances."),
        ("settings", [["months", "0"]], "Months: '0' is not from 1 to 120."),
        ("stock", [["N42UH", "1"]] * 61, "4 stock and orders has 61 rows; the page takes 60."),
    ],
)
def test_what_cannot_be_made_is_told(sheet: str, rows: list[list[str]], told: str) -> None:
    with pytest.raises(RefusedError) as refused:
        filled(read_typed(form(example() | {sheet: rows})))
    assert refused.value.why.startswith(told)

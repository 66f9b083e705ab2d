"""Where a scenario's figures come from: codes read from notes, counted, and none missing in a bundled scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.cli import main
from planner.reading import layers
from planner.scenario.bundled import bundled
from planner.scenario.folder import write_folder
from planner.scenario.load import raw_from_rows
from planner.sources.count import NONE, counted
from planner.sources.figures import Figure, codes, figures, uncoded
from tests.minimal import minimal

NAMES = [scenario.name for scenario in bundled()]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_a_bundled_scenario_has_its_code_and_source(name: str) -> None:
    found = figures(name)
    assert [(figure.cell, figure.name) for figure in uncoded(found)] == []
    assert [(figure.cell, figure.name) for figure in found if not figure.source] == []
    assert {figure.code for figure in found} == {"F", "D", "G", "A"}


def folder(path: Path, **tables: Any) -> Path:
    write_folder(raw_from_rows(tables, path.name), path)
    return path


def named(found: list[Figure]) -> dict[str, str]:
    return {figure.name: figure.code for figure in found}


def coded(tmp_path: Path) -> Path:
    rows = minimal(
        offers={"lead_periods": 1, "source": "a page", "note": "price_per_kg=D; lead_periods=A | 90 (F) × 1.1 (A)"},
        materials={"hs_code": "8505.11"},
    )
    rows["demand"][0]["note"] = "2026-04=F; 2026-07=F; 2026-10=G | counted"
    return folder(tmp_path / "coded", **rows)


def test_codes_are_read_from_the_beginning_of_the_note(tmp_path: Path) -> None:
    found = figures(coded(tmp_path))
    of_offer = {figure.field: (figure.code, figure.leans) for figure in found if figure.table == "offers"}
    assert of_offer == {
        "price_per_kg": ("D", True),
        "lead_periods": ("A", False),
        "max_kg_per_period": ("", False),
    }
    assert [figure.code for figure in found if figure.table == "demand"] == ["F", "F", "G", ""]
    assert {figure.name for figure in found if figure.table == "materials"} == set()
    assert codes("a=F; b =A;c=X; d | e=G") == {"a": "F", "b": "A"}


def test_an_event_is_named_by_what_it_does(tmp_path: Path) -> None:
    event = {"event": "E1", "future": "*", "kind": "price", "scope": "offer", "target": "O1", "value": 1.2}
    found = figures(folder(tmp_path / "events", **minimal(events=[event])))
    assert "value of event E1 (price of O1, every future)" in named(found)


def test_a_scenario_based_on_another_takes_over_its_codes(tmp_path: Path) -> None:
    coded(tmp_path)
    above = folder(
        tmp_path / "above",
        settings=[{"name": "based_on", "value": "coded"}],
        offers=[{"offer": "O1", "price_per_kg": 120, "note": "price_per_kg=A | a guess"}],
    )
    of_offer = {figure.field: figure for figure in figures(above) if figure.table == "offers"}
    assert {field: figure.code for field, figure in of_offer.items()} == {
        "price_per_kg": "A",
        "lead_periods": "A",
        "max_kg_per_period": "",
    }
    assert of_offer["price_per_kg"].value == "120"
    assert of_offer["lead_periods"].source == "a page"
    assert [raw.name for raw in layers(above)] == ["above", "coded"]


def test_they_are_counted_by_table(tmp_path: Path) -> None:
    found = counted(figures(coded(tmp_path)))
    assert found["offers"] == {"D": 1, "A": 1, NONE: 1}
    assert found["demand"] == {"F": 2, "G": 1, NONE: 1}


def test_the_command_counts_and_shows_what_has_no_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = coded(tmp_path)
    assert main(["sources", str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: 11 figures: 2 found (F), 1 derived (D), 1 general knowledge (G), 1 assumed (A), 6 without a code.",
        "  table                 F      D      G      A   none    all",
        "  settings              0      0      0      0      2      2",
        "  segments              0      0      0      0      1      1",
        "  demand                2      0      1      0      1      4",
        "  design_materials      0      0      0      0      1      1",
        "  offers                0      1      0      1      1      3",
        "  all                   2      1      1      1      6     11",
        "  settings.csv line 3, value: setting start has no code. Begin the row's note with one, such as value=A.",
        "  settings.csv line 4, value: setting periods has no code. Begin the row's note with one, such as value=A.",
        "  segments.csv line 2, shortage_cost_per_unit: shortage_cost_per_unit of segment bus has no code. "
        "Begin the row's note with one, such as shortage_cost_per_unit=A.",
        "  demand.csv line 2, 2027-01: demand of segment bus has no code. "
        "Begin the row's note with one, such as 2027-01=A.",
        "  design_materials.csv line 2, kg_per_unit: kg_per_unit of design D1, material NdFeB has no code. "
        "Begin the row's note with one, such as kg_per_unit=A.",
        "  offers.csv line 2, max_kg_per_period: max_kg_per_period of offer O1 has no code. "
        "Begin the row's note with one, such as max_kg_per_period=A.",
    ]


def test_without_a_scenario_it_counts_all_bundled_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sources"]) == 0
    heads = [line.split(":")[0] for line in capsys.readouterr().out.splitlines() if not line.startswith("  ")]
    assert heads == NAMES

"""The schema is the contract's: tests/cases/tables.csv lists every table, field, unit and default."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pydantic import ValidationError

from planner.scenario.tables import Field, Table, tables

CONTRACT = list(
    csv.DictReader((Path(__file__).parent / "cases" / "tables.csv").read_text(encoding="utf-8").splitlines())
)
SETTINGS = {row["table"].removeprefix("setting:"): row for row in CONTRACT if row["table"].startswith("setting:")}
SHARED = ("source", "note")


def contract(table: str) -> dict[str, dict[str, str]]:
    """A table's fields in the contract; its column a period goes by the field that gathers them."""
    return {
        row["field"].replace("<period>", "units"): row
        for row in CONTRACT
        if row["table"] == table and row["table"] != "settings"
    }


def said(field: Field) -> tuple[str, str, str, str]:
    return ("key" if field.key else "", field.unit, "yes" if field.required else "no", field.default_text)


def asked(row: dict[str, str]) -> str:
    """'yes' or 'no'; a field asked for with another one alone ('with min_suppliers') may stay blank."""
    return "no" if row["required"].startswith("with ") else row["required"]


def test_tables_are_the_contracts() -> None:
    assert set(tables()) == {row["table"] for row in CONTRACT if not row["table"].startswith("setting:")}


@pytest.mark.parametrize("table", [t for t in tables().values() if t.name != "settings"], ids=lambda t: t.name)
def test_fields_are_the_contracts(table: Table) -> None:
    """Names in order, keys, units, what is required, and what a blank means."""
    own = {name: said(field) for name, field in table.fields.items() if name not in SHARED}
    wanted = {n: (r["key"], r["unit"], asked(r), r["default"]) for n, r in contract(table.name).items()}
    assert list(own) == list(wanted)
    assert own == wanted


def test_settings_are_the_contracts() -> None:
    own = {name: said(field) for name, field in tables()["settings"].fields.items()}
    assert own == {name: ("", row["unit"], row["required"], row["default"]) for name, row in SETTINGS.items()}


CHOICES = [row for row in CONTRACT if "|" in row["type"] and not row["table"].startswith("setting:")]


@pytest.mark.parametrize("row", CHOICES, ids=lambda row: f"{row['table']}.{row['field']}")
def test_choices_are_the_contracts(row: dict[str, str]) -> None:
    assert tables()[row["table"]].fields[row["field"]].choices == tuple(row["type"].split("|"))


@pytest.mark.parametrize("table", tables().values(), ids=lambda t: t.name)
def test_everything_has_a_meaning(table: Table) -> None:
    assert table.meaning
    assert all(field.meaning for field in table.fields.values())


@pytest.mark.parametrize("table", tables().values(), ids=lambda t: t.name)
def test_references_are_to_columns_that_exist(table: Table) -> None:
    for field in table.fields.values():
        if field.ref and field.ref != "scope":
            name, _, column = field.ref.partition(".")
            assert (column or tables()[name].key[0]) in tables()[name].fields


@pytest.mark.parametrize("name", [name for name in tables() if name != "settings"])
def test_every_table_takes_sources_and_notes(name: str) -> None:
    assert list(tables()[name].fields)[-2:] == list(SHARED)


def test_rows_are_frozen() -> None:
    row = tables()["futures"].row.model_validate({"future": "F0", "probability": 1})
    with pytest.raises(ValidationError, match="frozen"):
        # To mypy a row of any table has no field of its own.
        row.future = "F1"  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", tables().values(), ids=lambda t: t.name)
def test_rows_forbid_unknown_fields(table: Table) -> None:
    with pytest.raises(ValidationError) as caught:
        table.row.model_validate({"colour": "red"})
    assert ("colour",) in [error["loc"] for error in caught.value.errors() if error["type"] == "extra_forbidden"]
    assert table.row.model_config["frozen"] is True

"""The short form on the page: a scenario typed in a planner's words, sent on as the starter workbook that it is.

What was typed is kept beside the workbook, so that the form can be opened again and changed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData

from planner.excel.starter import EXAMPLE, MONTHS, write_starter
from planner.scenario.fields import shown, to_month
from planner.scenario.scenario import Calendar
from planner.scenario.starter_sheets import SETTINGS_SHEET, SHEETS, Sheet
from planner.serve.access import RefusedError
from planner.serve.api import Here, Id
from planner.serve.folder import CHECK, TYPED, read_json, write_json
from planner.serve.pages import own_form, page_of, to
from planner.serve.studying import Form
from planner.serve.typed import number

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(own_form)])

Typed = dict[str, list[list[str]]]
"""By sheet its rows, each cell as it was typed."""

UNITS, LICENCE_SHEET, PRODUCT_SHEET = "units a month", "licences", "products"
"""What the form asks in place of a column a month; and the sheets of which it asks otherwise than the workbook."""

_SPARE, _MOST_ROWS, _MOST_MONTHS = 2, 60, 120

_WORDS = frozenset({
    "product", "market", "design", "magnet", "kind", "supplier", "country", "currency", "licence", "arrives",
    "filed in", "at our works in", "together or alone", "what",
})  # fmt: skip
"""Columns of names, months and words; in all others a number is meant."""

_SEVERAL = ("at our works in", "chance")
"""Columns of licences in which outcomes stand side by side: 'March / August / never', '30 / 50 / 20'."""


# --- pages ------------------------------------------------------------------------------------------


@router.get("/short-form")
def new(request: Request, here: Here) -> HTMLResponse:
    """The form with an example to type over."""
    return _page(request, example(), "", None)


@router.get("/scenarios/{identifier}/short-form")
def again(request: Request, identifier: Id, here: Here) -> HTMLResponse:
    """The form as it was typed, to be changed."""
    scenario = here.scenario(identifier)
    typed = read_json(here.folder.scenario(identifier) / TYPED)
    if typed is None:
        raise RefusedError(404, "This scenario was not typed on the page. Change its workbook, and upload that.")
    return _page(
        request, typed, scenario.name.removesuffix(".xlsx"), read_json(here.folder.scenario(identifier) / CHECK)
    )


@router.post("/short-form")
def send(here: Here, form: Form) -> RedirectResponse:
    """Make a workbook of what was typed, and have it checked."""
    typed, name = read_typed(form), str(form.get("name", "")).strip() or "my scenario"
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "starter.xlsx"
        write_starter(path, *filled(typed))
        with path.open("rb") as file:
            scenario = here.upload(f"{name[:60]}.xlsx", file)
    write_json(here.folder.scenario(scenario.id) / TYPED, typed)
    return to(f"/scenarios/{scenario.id}")


def _page(request: Request, typed: Typed, name: str, check: dict[str, Any] | None) -> HTMLResponse:
    rows = {sheet.key: [*typed.get(sheet.key, []), *([[]] * _SPARE)] for sheet in SHEETS}
    problems = check["problems"] if check else []
    return page_of(
        request, "short_form.html", sheets=SHEETS, headings=headings, rows=rows, name=name, problems=problems
    )  # fmt: skip


def headings(sheet: Sheet) -> list[tuple[str, str, bool]]:
    """What the form asks for a sheet: each column's heading, meaning, and whether it must be filled in."""
    found = [(column.heading, column.meaning, column.required) for column in sheet.fields]
    if sheet.has_months:
        found.append((UNITS, "how many are to be built; or one number a month, with ; between them", True))
    return found


def example() -> Typed:
    """The starter's example as it would be typed."""
    typed = {key: [[_text(value) for value in row] for row in rows] for key, rows in EXAMPLE.items()}
    count = len(SHEETS[0].fields)
    typed[PRODUCT_SHEET] = [[*row[:count], _units(row[count:])] for row in typed[PRODUCT_SHEET]]
    typed[LICENCE_SHEET] = _together(typed[LICENCE_SHEET])
    return typed


def _text(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _units(months: Sequence[str]) -> str:
    return months[0] if len(set(months)) == 1 else "; ".join(months)


def _together(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Outcomes of one licence in one row."""
    places = [[column.name for column in _licences().fields].index(name) for name in _SEVERAL]
    found: dict[str, list[str]] = {}
    for row in rows:
        held = found.setdefault(row[0], [*row, *[""] * (len(_licences().fields) - len(row))])
        if held[: len(row)] != list(row):
            for place in places:
                held[place] += f" / {row[place]}"
    return list(found.values())


def _licences() -> Sheet:
    return next(sheet for sheet in SHEETS if sheet.key == LICENCE_SHEET)


# --- what was typed ---------------------------------------------------------------------------------


def read_typed(form: FormData) -> Typed:
    """The rows that are not blank. Refused where there are none, or too many."""
    typed: Typed = {}
    for sheet in SHEETS:
        columns = [
            [str(value).strip() for value in form.getlist(f"{sheet.key}-{place}")]
            for place in range(len(headings(sheet)))
        ]
        rows = [list(row) for row in zip(*columns, strict=False) if any(row)]
        if len(rows) > _MOST_ROWS:
            raise RefusedError(
                422, f"{sheet.title} has {len(rows)} rows; the page takes {_MOST_ROWS}. Use the workbook."
            )
        typed[sheet.key] = rows
    if not typed[PRODUCT_SHEET]:
        raise RefusedError(422, "Nothing is to be built: name a product, and how many of it a month.")
    return typed


def filled(typed: Typed) -> tuple[Mapping[str, list[list[Any]]], list[str]]:
    """What was typed as the rows of a starter's sheets, and the months of its demand."""
    months = _months(typed[SETTINGS_SHEET])
    rows: dict[str, list[list[Any]]] = {}
    for sheet in SHEETS:
        names = [column.name for column in sheet.fields]
        given = _outcomes(typed[sheet.key]) if sheet.key == LICENCE_SHEET else typed[sheet.key]
        rows[sheet.key] = [[_cell(name, text) for name, text in zip(names, row, strict=False)] for row in given]
    for made, row in zip(rows[PRODUCT_SHEET], typed[PRODUCT_SHEET], strict=True):
        made.extend(_demand(row[0], row[len(made) :], len(months)))
    return rows, months


def _cell(name: str, text: str) -> Any:
    if not text:
        return None
    found = number(text.removesuffix("%")) if name not in _WORDS else None
    return text if found is None else found


def _months(settings: Sequence[Sequence[str]]) -> list[str]:
    said = {row[0].casefold(): row[1] for row in settings if len(row) > 1}
    try:
        start = to_month(said.get("first month", MONTHS[0]))
    except ValueError:
        start = MONTHS[0]  # the check tells what is wrong with it, by cell
    typed = number(said.get("months", ""))
    count = len(MONTHS) if typed is None else typed
    if not 1 <= count <= _MOST_MONTHS:
        raise RefusedError(422, f"Months: {shown(said.get('months'))} is not from 1 to {_MOST_MONTHS}.")
    calendar = Calendar(start, int(count), 1, 4)
    return [calendar.month(period) for period in calendar.all]


def _demand(product: str, typed: Sequence[str], count: int) -> list[Any]:
    parts = [part.strip() for part in (typed[0] if typed else "").split(";") if part.strip()]
    values = [_cell(UNITS, part) for part in parts]
    if len(values) == 1:
        return values * count
    if values and len(values) != count:
        raise RefusedError(
            422, f"{product}: {len(values)} numbers of units stand for {count} months. Type one, or {count}."
        )
    return values


def _outcomes(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """A row an outcome: 'March / August / never' and '30 / 50 / 20' side by side become three."""
    places = [[column.name for column in _licences().fields].index(name) for name in _SEVERAL]
    found = []
    for row in rows:
        split = [[part.strip() for part in row[place].split("/")] for place in places]
        if len(split[0]) != len(split[1]):
            told = f"Licence {row[0]}: {len(split[0])} times are named, and {len(split[1])} chances."
            raise RefusedError(422, f"{told} Type as many of each, such as March / August / never and 30 / 50 / 20.")
        for when, chance in zip(*split, strict=True):
            line = list(row)
            line[places[0]], line[places[1]] = when, chance
            found.append(line)
    return found

"""Mistakes that planners make, each a change to one small workbook: what `planner check` says of them stands in
`faults/mistakes.txt`.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

Rows = list[list[Any]]
Sheets = dict[str, Rows]
Change = Callable[[Sheets], None]

BOOK: Sheets = {
    "settings": [["name", "value"], ["title", "hunt"], ["start", "2026-04"], ["periods", 4]],
    "segments": [
        ["segment", "market", "shortage_cost_per_unit"],
        ["rickshaw", "India", 5000],
        ["scooter", "India", 4000],
    ],
    "demand": [
        ["segment", "2026-04", "2026-07", "2026-10", "2027-01"],
        ["rickshaw", 100, 100, 100, 100],
        ["scooter", 50, 50, 50, 50],
    ],
    "designs": [["design", "segment"], ["R1", "rickshaw"], ["S1", "scooter"]],
    "design_materials": [["design", "material", "kg_per_unit"], ["R1", "N38", 1.5], ["S1", "N38", 0.8]],
    "materials": [["material", "class"], ["N38", "heavy"]],
    "suppliers": [["supplier", "country"], ["Ganzhou", "China"], ["Nagoya", "Japan"], ["Tianjin", "China"]],
    "offers": [
        ["offer", "supplier", "material", "price_per_kg", "max_kg_per_period"],
        ["G1", "Ganzhou", "N38", 100, 150],
        ["N1", "Nagoya", "N38", 180, 400],
        ["T1", "Tianjin", "N38", 110, 150],
    ],
}
"""Three suppliers, two products, four quarters: no problems and no notes."""


def cell(sheet: str, reference: str, value: Any) -> Change:
    """Set a cell: 'B4' of a sheet."""

    def change(sheets: Sheets) -> None:
        row, column = int(reference[1:]) - 1, ord(reference[0]) - 65
        rows = sheets[sheet]
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend([None] * (column + 1 - len(rows[row])))
        rows[row][column] = value

    return change


def column(sheet: str, heading: str, *values: Any) -> Change:
    """Add a column."""

    def change(sheets: Sheets) -> None:
        width = max(map(len, sheets[sheet]))
        for row, value in zip(sheets[sheet], (heading, *values), strict=False):
            row.extend([None] * (width - len(row)))
            row.append(value)

    return change


def rows(sheet: str, *added: list[Any]) -> Change:
    """Add rows, to a new sheet where there is none."""
    return lambda sheets: sheets.setdefault(sheet, []).extend(copy.deepcopy(list(added)))


def without(sheet: str, *lines: int) -> Change:
    """Take out rows; the whole sheet where none is named."""

    def change(sheets: Sheets) -> None:
        for line in sorted(lines, reverse=True):
            del sheets[sheet][line - 1]
        if not lines:
            del sheets[sheet]

    return change


def renamed(sheet: str, name: str) -> Change:
    """Give a sheet another name."""
    return lambda sheets: sheets.update({name: sheets.pop(sheet)})


CHINA_AT_MOST = rows("limits", ["limit", "scope", "target", "max_share"], ["L", "country", "China", 0.3])
DOLLARS = column("offers", "currency", "USD", "USD", "USD")
USD = ["currency", "rate"]

MISTAKES: dict[str, list[Change]] = {
    # --- characters that nobody sees
    "zero width space in a country": [CHINA_AT_MOST, cell("suppliers", "B4", "China\u200b")],
    "left-to-right mark in a country": [CHINA_AT_MOST, cell("suppliers", "B4", "\u200eChina")],
    "byte order mark in a country": [CHINA_AT_MOST, cell("suppliers", "B4", "Chi\ufeffna")],
    "soft hyphen in a country": [CHINA_AT_MOST, cell("suppliers", "B4", "Chi\u00adna")],
    "word joiner in the target of a limit": [
        rows("limits", ["limit", "scope", "target", "max_share"], ["L", "country", "China\u2060", 0.3])
    ],
    "Cyrillic letter in a country": [CHINA_AT_MOST, cell("suppliers", "B4", "\u0421hina")],
    "no-break space within a supplier": [
        cell("suppliers", "A3", "Nagoya\u00a0Magnet"),
        cell("offers", "B3", "Nagoya Magnet"),
    ],
    "zero width space in the name of a supplier": [cell("suppliers", "A4", "Tianjin\u200b")],
    "accents composed and decomposed": [cell("suppliers", "A3", "Nagoya\u0304"), cell("offers", "B3", "Nagoy\u0101")],
    "en dash for a hyphen in a material": [cell("materials", "A2", "N\u201338"), cell("design_materials", "B2", "N-38")],
    "zero width non-joiner in a market": [cell("segments", "B3", "In\u200cdia")],
    "zero width joiner in a group": [column("offers", "group", "A", "A\u200d", "A")],
    "hidden character in a heading, a row of its own, a number and a choice": [
        cell("offers", "D1", "price_per_kg\u200b"),
        rows("demand", ["\u200b"]),
        cell("offers", "D2", "100\u200b"),
        column("offers", "decision", "free\u200b"),
    ],
    # --- comments, errors, placeholders
    "name that begins with #": [cell("offers", "A2", "#12")],
    "German error in a key": [cell("offers", "A2", "#NV")],
    "errors of other programs": [
        cell("offers", "D2", "#BEZUG!"),
        cell("offers", "D3", "Err:508"),
        cell("offers", "D4", "#SPILL!"),
        cell("offers", "E2", "#¿NOMBRE?"),
        cell("offers", "E3", "#ERROR!"),
    ],
    "dashes for blank cells": [column("offers", "group", "-", "n/a", "None"), column("offers", "freight_per_kg", "-")],
    "nought for no licence": [column("offers", "licence", 0, 0, 0)],
    "the words that the template uses for blank": [column("suppliers", "max_kg_per_period", "unlimited")],
    # --- numbers
    "1.500 as text": [cell("offers", "E2", "1.500")],
    "1.500.000 as text": [cell("offers", "E2", "1.500.000")],
    "decimal comma": [cell("offers", "D2", "1,80")],
    "Indian groups": [cell("segments", "C2", "80,00,000")],
    "rupees in front": [cell("segments", "C2", "Rs. 80,00,000")],
    "lakh in words": [cell("segments", "C2", "12 lakh"), cell("segments", "C3", "₹ 1.2 crore")],
    "unit behind a number": [cell("offers", "E2", "150 kg"), cell("offers", "D2", "100 /-")],
    "percent sign": [CHINA_AT_MOST, cell("limits", "D2", "30 %")],
    "share in percent": [CHINA_AT_MOST, cell("limits", "D2", 30)],
    "words for a number": [cell("offers", "D2", "on request")],
    "noise of sums": [
        CHINA_AT_MOST,
        cell("limits", "D2", 1.0000000000000002),
        cell("settings", "B4", 4.000000000000001),
        cell("demand", "B2", -1.4e-14),
        column("offers", "lead_periods", 1.0000000000000002),
    ],
    "thirds that add up to 0.9999": [
        rows("futures", ["future", "probability"], ["a", 0.3333], ["b", 0.3333], ["c", 0.3333])
    ],
    "probabilities that add up to 1.1": [rows("futures", ["future", "probability"], ["a", 0.6], ["b", 0.5])],
    "negative price": [cell("offers", "D2", -5)],
    # --- rows
    "two orders in one quarter": [
        rows("open_orders", ["offer", "period", "kg"], ["G1", "2026-07", 40], ["G1", "2026-08", 60])
    ],
    "stock of two warehouses": [
        rows("stock", ["material", "kg", "note"], ["N38", 40, "Pune"], ["N38", 60, "Chennai"])
    ],
    "two offers of one name": [cell("offers", "A3", "G1")],
    "total row": [rows("demand", ["Total", 150, 150, 150, 150])],
    "total row below offers": [rows("offers", ["Grand total", None, None, None, 700])],
    "remark below the rows": [rows("offers", ["All prices as of 12 March, ask Ravi for newer ones."])],
    "title above the headings": [lambda sheets: sheets["offers"].insert(0, ["Offers of spring 2026"])],
    "supplier that is spelt otherwise": [cell("offers", "B2", "Gangzhou")],
    "country that no supplier is in": [
        rows("limits", ["limit", "scope", "target", "max_share"], ["L", "country", "Chile", 0.3])
    ],
    "material that is another grade": [cell("design_materials", "B2", "N48")],
    "capitals": [cell("segments", "B3", "INDIA")],
    # --- headings and sheets
    "misread heading": [cell("offers", "B1", "vendor")],
    "misread key heading": [cell("suppliers", "A1", "name")],
    "month that Excel made a word of": [cell("demand", "B1", "Apr-26")],
    "heading that stands twice": [cell("offers", "E1", "price_per_kg")],
    "column of one's own": [column("offers", "phone", "123", "456", "789")],
    "sheet that is missing": [without("suppliers")],
    "sheet with a slip in its name": [renamed("suppliers", "supplers")],
    # --- dates
    "day and month swapped, and Jun-27": [
        lambda sheets: sheets["settings"].__setitem__(3, ["periods", 8]),
        lambda sheets: [row.extend([100, 100, 100, 100]) for row in sheets["demand"]] and None,
        *(cell("demand", f"{c}1", m) for c, m in zip("FGHI", ("2027-04", "2027-07", "2027-10", "2028-01"), strict=True)),
        column("offers", "until", dt.datetime(2027, 1, 4), None, dt.datetime(2026, 6, 27)),
    ],
    "month as a number": [cell("settings", "B3", 202604)],
    # --- what cannot be meant
    "lead times in days": [column("offers", "lead_periods", 45, 90, 60)],
    "lead time in days of an offer that must be signed": [
        column("offers", "lead_periods", 90),
        column("offers", "decision", "must"),
        column("offers", "signing_fee", 5000),
    ],
    "least shares above all": [
        rows("limits", ["limit", "scope", "target", "min_share"], ["A", "country", "China", 0.6],
             ["B", "country", "Japan", 0.5])
    ],
    "largest shares below all": [
        rows("limits", ["limit", "scope", "target", "max_share"], ["A", "country", "China", 0.3],
             ["B", "country", "Japan", 0.3])
    ],
    "rate the wrong way round": [DOLLARS, rows("currencies", USD, ["USD", 0.0113])],
    "rate of a hundred yen": [
        column("offers", "currency", "JPY", "JPY", "JPY"),
        rows("currencies", USD, ["JPY", 57]),
    ],
    "stock in tonnes": [
        rows("stock", ["material", "kg"], ["N38", 3.2]),
        cell("demand", "B2", 5000),
    ],
    "price per tonne": [cell("offers", "D3", 180000)],
    "price in paise": [cell("offers", "D2", 9000000), cell("offers", "D3", 9000000), cell("offers", "D4", 9000000)],
    "loss of 6 % as 0.06": [column("designs", "efficiency_loss_pp", None, 0.06)],
    "margin in thousands": [cell("segments", "C2", 5), cell("segments", "C3", 4)],
    "capacity that no one needs": [rows("materials", ["SmCo", "samarium"]), cell("offers", "C4", "SmCo")],
    "minimum order of a year": [column("offers", "min_order_kg", 2000), cell("offers", "E2", 5000)],
}  # fmt: skip
"""By what the mistake is, the changes that make it."""


def make(path: Path, changes: list[Change]) -> Path:
    """Write the workbook with changes made to it."""
    sheets = copy.deepcopy(BOOK)
    for change in changes:
        change(sheets)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, held in sheets.items():
        sheet = book.create_sheet(title)
        for row in held:
            sheet.append(row)
    book.save(path)
    return path

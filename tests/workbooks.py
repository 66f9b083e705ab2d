"""Small workbooks, made with openpyxl as any other program would make them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl

from planner.excel.workbook import read_workbook, write_workbook

Rows = list[list[Any]]

SHEETS: dict[str, Rows] = {
    "settings": [["name", "value"], ["title", "small"], ["start", "2026-04"], ["periods", 2]],
    "segments": [["segment", "market", "shortage_cost_per_unit"], ["bus", "India", 900]],
    "demand": [["segment", "2026-04", "2026-07"], ["bus", 10, 12.5]],
    "designs": [["design", "segment", "note"], ["D1", "bus", "a fan without magnets"]],
    "materials": [["material", "class", "hs_code"], ["NdFeB", "heavy", "8505.11"]],
    "suppliers": [["supplier", "country"], ["Baotou", "China"]],
    "offers": [
        ["offer", "supplier", "material", "price_per_kg", "max_kg_per_period"],
        ["O1", "Baotou", "NdFeB", 100, 50],
        ["O2", "Baotou", "NdFeB", 101.5, 60],
    ],
}


def make(path: Path, change: Callable[[Any], Any] | None = None, **sheets: Rows | None) -> Path:
    """Write the small scenario with some sheets replaced (or, by None, left out); `change` gets the workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in ({**SHEETS, **sheets}).items():
        if rows is not None:
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
    if change:
        change(book)
    book.save(path)
    return path


def make_shared(path: Path, **sheets: Rows | None) -> Path:
    """The same as Excel writes it: texts stand in a part of their own, which all sheets share."""
    write_workbook(read_workbook(make(path, **sheets)), path)
    return path


def rezip(path: Path, **parts: Callable[[bytes], bytes]) -> Path:
    """Rewrite parts of a workbook, each by the last word of its name: rezip(path, sheet7=...)."""
    with zipfile.ZipFile(path) as old:
        contents = {info.filename: old.read(info) for info in old.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in contents.items():
            change = parts.get(name.rpartition("/")[2].removesuffix(".xml"))
            new.writestr(name, change(content) if change else content)
    return path


def write_csvs(folder: Path, files: Mapping[str, str | bytes | None] = {}, **tables: str | bytes | None) -> Path:
    """Write the small scenario as a folder, with some tables replaced (or left out) and other files added."""
    folder.mkdir(exist_ok=True)
    texts: dict[str, str | bytes | None] = {f"{title}.csv": _csv(rows) for title, rows in SHEETS.items()}
    texts |= {f"{title}.csv": text for title, text in tables.items()} | dict(files)
    for name, text in texts.items():
        if text is not None:
            (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def _csv(rows: Rows) -> str:
    return "".join(",".join(str(cell) for cell in row) + "\n" for row in rows)

"""A planner's own program changes a cell, and the plan follows."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from planner.cli import main
from planner.present.figures import committed
from planner.report.workbook import write_report
from tests.reports import total
from tests.shared_cases import loaded, solved

EDIT = """
import os, sys, uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
import time

def value(name, content):
    made = PropertyValue()
    made.Name, made.Value = name, content
    return made

pipe, path, sheet, cell, number = sys.argv[1:]
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for _ in range(300):
    try:
        office = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        break
    except NoConnectException:
        time.sleep(0.1)
desktop = office.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", office)
book = desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_blank", 0, (value("Hidden", True),))
book.Sheets.getByName(sheet).getCellRangeByName(cell).Value = float(number)
book.store()
book.close(True)
# Without the bindings' own farewell, which now and then crashes.
os._exit(0)
"""
"""Run by the Python that LibreOffice's own bindings belong to."""


def edit(path: Path, sheet: str, cell: str, number: float, folder: Path) -> None:
    """Set a cell with LibreOffice and save."""
    pipe = f"planner{abs(hash(str(folder)))}"
    office = subprocess.Popen(
        ["soffice", "--headless", f"-env:UserInstallation={folder.as_uri()}/profile", f"--accept=pipe,name={pipe};urp;"]
    )
    try:
        subprocess.run(["/usr/bin/python3", "-c", EDIT, pipe, path, sheet, cell, str(number)], check=True, timeout=120)
    finally:
        office.terminate()
        office.wait(timeout=60)


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice, which .ci/run installs")
def test_a_cell_changed_in_libreoffice_changes_the_plan(tmp_path: Path) -> None:
    book = tmp_path / "a.xlsx"
    assert main(["export", "tests/cases/tiny-108.xlsx", str(book)]) == 0
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    assert main(["solve", str(book), "--json", str(before)]) == 0
    # The first offer that is signed gets a price that nobody pays.
    plan = json.loads(before.read_text(encoding="utf-8"))
    assert "O7" in plan["decisions"]["sign"]
    edit(book, "offers", "D8", 1e6, tmp_path)
    assert main(["solve", str(book), "--json", str(after)]) == 0
    changed = json.loads(after.read_text(encoding="utf-8"))
    assert "O7" not in changed["decisions"]["sign"]
    assert changed["objective"] > plan["objective"]


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice, which .ci/run installs")
def test_totals_of_a_report_as_libreoffice_works_them_out(tmp_path: Path) -> None:
    """It opens the report, calculates every formula again and saves: the plan's own figures come out."""
    plan = solved("tiny-108")
    write_report(loaded("tiny-108"), plan, tmp_path / "plan.xlsx")
    made = tmp_path / "calculated"
    profile = f"-env:UserInstallation={tmp_path.as_uri()}/profile"
    convert = ["soffice", "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(made)]
    subprocess.run([*convert, str(tmp_path / "plan.xlsx")], check=True, timeout=120, capture_output=True)
    book = openpyxl.load_workbook(made / "plan.xlsx", data_only=True)
    assert total(book["Futures"], "Cost [₹]") == pytest.approx(plan.expected_cost, rel=1e-12)
    assert total(book["Costs"], "Discounted [₹]") == pytest.approx(plan.expected_cost, rel=1e-12)
    assert total(book["Do now"], "Cost [₹]") == pytest.approx(committed(plan), rel=1e-12)

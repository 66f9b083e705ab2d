"""A planner's own program changes a cell, and the plan follows."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from planner.cli import main

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

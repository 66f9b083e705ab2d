"""The next period on the page, in a real browser: actuals uploaded, mapped once, solved, and the plans over time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from planner.excel.workbook import write_workbook
from tests.scenarios import P2, P3, tiny
from tests.serving import Server, served
from tests.test_serve_browser import CHROMIUM, Visit

EXPORT = "Material;Lagerort;Frei verwendbar;Gesperrt;Basismengeneinheit\n4711;0001;{};2;KG\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visitor = Visit(context, server)
    yield visitor
    context.close()
    assert visitor.complaints == []


def go_on(visit: Visit, month: str, path: Path | None = None) -> None:
    visit.page.get_by_role("link", name="Next period").click()
    visit.page.get_by_label("New first month").select_option(month)
    if path:
        visit.page.get_by_label("What really came").set_input_files(path)
    visit.page.get_by_role("button", name="Go on and solve").click()


def export(path: Path, kg: str) -> Path:
    path.write_text(EXPORT.format(kg), encoding="cp1252")
    return path


@pytest.mark.outside
def test_two_periods_with_what_was_counted(visit: Visit, tmp_path: Path) -> None:
    """30 kg lie there; 10 are built from a quarter. 12.5 are counted then, 3 a quarter later: 10 − 3 are to be bought."""
    page = visit.page
    write_workbook(tiny((10, 10, 10), stock={"kg": 30}).raw, tmp_path / "magnets.xlsx")
    visit.upload(tmp_path / "magnets.xlsx")
    visit.solve()
    go_on(visit, P2, export(tmp_path / "MB52_2026-07.csv", "12,5"))

    expect(page.get_by_role("heading", name="What is what in your files")).to_be_visible()
    visit.accessible()
    expect(page.get_by_label("column Frei verwendbar")).to_have_value("kg")
    page.get_by_label("material 4711").select_option("M")
    page.get_by_label("place 0001").select_option("free")
    page.get_by_role("button", name="Use this, and go on").click()
    page.wait_for_url(re.compile("/runs/"))
    visit.settle()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"from {P2}")

    # What was answered is not asked again.
    go_on(visit, P3, export(tmp_path / "MB52_2026-10.csv", "3"))
    page.wait_for_url(re.compile("/runs/"))
    visit.settle()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"from {P3}")
    page.get_by_role("link", name="Next period").click()
    visit.accessible()
    expect(page.get_by_role("listitem").filter(has_text="2 kg of M are blocked")).to_be_visible()
    rows = page.get_by_role("region", name="Plans over time").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("first plan")
    expect(rows.nth(3)).to_contain_text(P3)
    page.get_by_role("link", name="Tables").click()
    page.get_by_role("link", name=re.compile("^Orders")).first.click()
    expect(page.locator("table")).to_contain_text("7")


@pytest.mark.outside
def test_cells_that_contradict_the_plan_are_named(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    write_workbook(tiny((10, 10, 10), stock={"kg": 30}).raw, tmp_path / "magnets.xlsx")
    visit.upload(tmp_path / "magnets.xlsx")
    visit.solve()
    (tmp_path / "receipts.csv").write_text(f"offer,month,kg\nO,{P2},4\nO,2026-04,-1\n", encoding="utf-8")
    go_on(visit, P2, tmp_path / "receipts.csv")

    problems = page.get_by_role("region", name="Problems", exact=True)
    expect(problems).to_contain_text(
        f"This receipt is of {P2}, but the plan is followed from 2026-04 until {P2} begins."
    )
    expect(problems).to_contain_text("1 kg more went back than had come under O.")
    visit.accessible()


@pytest.mark.outside
def test_planned_against_actual(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    write_workbook(tiny((10, 10, 10)).raw, tmp_path / "magnets.xlsx")
    visit.upload(tmp_path / "magnets.xlsx")
    visit.solve()
    (tmp_path / "receipts.csv").write_text("offer,month,kg\nO,2026-04,9\n", encoding="utf-8")
    (tmp_path / "builds.csv").write_text("segment,month,units\nbus,2026-04,9\n", encoding="utf-8")
    page.get_by_role("link", name="Next period").click()
    page.get_by_label("What really came").set_input_files([tmp_path / "receipts.csv", tmp_path / "builds.csv"])
    page.get_by_role("button", name="Go on and solve").click()
    page.wait_for_url(re.compile("/runs/"))
    visit.settle()
    page.get_by_role("link", name="Next period").click()
    for title in ("Arrivals from offers by month", "Units built by month", "Cash spent by month"):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    visit.accessible()

"""Studies, months, what-if for any cell and the short form in a real browser, on small scenarios."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from planner.serve.asked import TITLES
from tests.serving import CASES, Server
from tests.test_serve_browser import Visit, browser, server, visit

__all__ = ["browser", "server", "visit"]

pytestmark = pytest.mark.xdist_group("studies in a browser")


@pytest.fixture(scope="module")
def plan(server: Server) -> dict[str, Any]:
    return server.solve(server.upload(CASES / "tiny-100.xlsx")["id"])


def fill(visit: Visit, kind: str) -> None:
    page = visit.page
    if kind == "worth":
        page.get_by_label("Licences and undertakings").uncheck()
    if kind == "frontier":
        page.get_by_label("Which cell varies").fill("settings/risk_weight/value")
        page.get_by_label("Or these values, with ; between them").fill("0; 0,5")
    if kind == "alternatives":
        page.get_by_label("How many plans at most").fill("2")
    if kind == "stress":
        page.get_by_label("Paths", exact=True).fill("10")


@pytest.mark.parametrize("kind", TITLES)
def test_study_from_a_plans_page_to_its_answer(visit: Visit, plan: dict[str, Any], kind: str) -> None:
    page = visit.page
    visit.go(f"/runs/{plan['id']}")
    page.get_by_role("link", name="Ask more").click()
    page.get_by_role("main").get_by_role("link", name=TITLES[kind]).click()
    visit.accessible()
    fill(visit, kind)
    page.get_by_role("button", name="Find out").click()
    page.wait_for_url(re.compile(r"/runs/[0-9a-f]{16}$"))
    visit.settle()
    expect(page.get_by_role("heading", name="The answer")).to_be_visible()
    expect(page.locator(".plot:has(canvas)")).to_have_count(page.locator(".plot").count())
    visit.accessible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Report (Excel)").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        fits = [page.evaluate("() => document.documentElement.scrollWidth") <= width or page.wait_for_timeout(250)
                for _ in range(40)]  # fmt: skip
        assert True in fits, f"wider than {width} px"  # charts follow in a moment


def test_months_of_one_future(visit: Visit, plan: dict[str, Any]) -> None:
    page = visit.page
    visit.go(f"/runs/{plan['id']}")
    page.get_by_role("link", name="By month").click()
    expect(page.get_by_role("heading", name="Cash paid")).to_be_visible()
    visit.accessible()
    choice = page.get_by_label("Future")
    names = choice.locator("option").all_inner_texts()
    choice.select_option(names[-1])
    page.wait_for_url(re.compile("future="))
    expect(choice).to_have_value(names[-1])
    visit.accessible()


def test_any_cell_may_be_changed(visit: Visit, server: Server) -> None:
    page = visit.page
    run = server.solve(server.upload(CASES / "tiny-108.xlsx")["id"])
    visit.go(f"/runs/{run['id']}/what-if")
    first = page.get_by_role("group", name="Other cell 1")
    first.get_by_label("Table").select_option("offers")
    first.get_by_label("Row").select_option("O10")
    first.get_by_label("Field").select_option("price_per_kg")
    expect(first.get_by_label("is to say")).to_have_attribute("placeholder", re.compile(r"now \d"))
    expect(first.get_by_role("status")).to_contain_text("price before freight and duty")
    first.get_by_label("is to say").fill("+10 %")
    page.get_by_role("button", name="One more cell").click()
    second = page.get_by_role("group", name="Other cell 2")
    second.get_by_label("Table").select_option("stock")
    second.get_by_label("Row").select_option("*")
    second.get_by_label("Field").select_option("kg")
    second.get_by_label("is to say").fill("× 1,5")
    visit.accessible()
    page.get_by_role("button", name="Solve and compare").click()
    page.wait_for_url(re.compile(r"/compare\?run=.*&run="))
    expect(page.get_by_text("All 2 have ended.")).to_be_visible()


def test_short_form_is_typed_checked_and_solved(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    page.get_by_role("link", name="Type it here in short").click()
    visit.accessible()
    page.get_by_label("Units a month *, row 3").or_(page.get_by_label("Units a month, row 3")).first.fill("many")
    page.get_by_label("Name of the scenario").fill("my motors")
    page.get_by_role("button", name="Check it").click()
    page.wait_for_url(re.compile("/scenarios/"))
    page.get_by_role("link", name="Mend it in the short form").click()
    expect(page.get_by_text("'many'").first).to_be_visible()
    page.get_by_label("Units a month, row 3").fill("300")
    page.get_by_role("button", name="Check it").click()
    page.wait_for_url(re.compile("/scenarios/"))
    expect(page.get_by_role("heading", name="No problems. What it contains")).to_be_visible()
    page.wait_for_load_state()
    visit.solve()
    expect(page.get_by_role("heading", name="The answer")).to_be_visible()
    expect(page.get_by_role("heading", name="Days that magnets last")).to_be_visible()
    visit.accessible()

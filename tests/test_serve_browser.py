"""The page in a real browser: what a planner does, from the start page to a report, and what must not happen.

Debian's Chromium is driven by Playwright. axe-core looks at every view that comes up.
"""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.serving import CASES, PATIENCE, Server, served

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
SERIOUS = ("serious", "critical")

expect.set_options(timeout=PATIENCE * 1000)


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


class Visit:
    """A person at the page: what the browser complained of, and what it asked other machines for, is noted."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.page: Page = context.new_page()
        self.server = server
        self.complaints: list[str] = []
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:")):
            self.complaints.append(f"asks for {request.url}")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.server.url}{path}")

    def upload(self, path: Path) -> None:
        """Choose a workbook on the start page; the page goes on by itself."""
        self.go("/")
        self.page.get_by_label("Choose a workbook").set_input_files(path)
        self.page.wait_for_url(re.compile("/scenarios/"))
        expect(self.page.get_by_text("Reading and checking")).to_have_count(0)
        self.page.wait_for_load_state()  # the page loads anew when the check has ended; a key pressed before is lost

    def solve(self) -> None:
        """Press Solve and wait for the answer."""
        self.page.get_by_role("button", name="Solve").click()
        self.page.wait_for_url(re.compile("/(runs|comparisons)/"))
        self.settle()

    def settle(self) -> None:
        expect(self.page.locator("#live")).to_have_count(0)

    def accessible(self) -> None:
        """Have axe-core look at the page."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("() => axe.run()")
        told = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"] if one["impact"] in SERIOUS]
        assert told == [], self.page.url


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    context = browser.new_context(locale="en-IN", timezone_id="Asia/Kolkata", viewport={"width": 1280, "height": 900})
    visitor = Visit(context, server)
    yield visitor
    context.close()
    assert visitor.complaints == [], server.said()[-3000:]


def edited(path: Path, change: Callable[[Any], None]) -> Path:
    """A workbook after someone has changed something in it."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def cell_of(book: Any, sheet: str, heading: str) -> Any:
    """The first cell below a heading."""
    found = next(cell for row in book[sheet].iter_rows() for cell in row if cell.value == heading)
    return book[sheet].cell(found.row + 1, found.column)


def test_from_the_start_page_to_the_report_of_an_edited_template(visit: Visit, tmp_path: Path) -> None:
    """Four clicks, and no page to look for: template, workbook, Solve, Report."""
    page, started = visit.page, time.monotonic()
    visit.go("/")
    visit.accessible()
    with page.expect_download() as download:
        page.get_by_role("link", name="the template").click()
    template = tmp_path / "my magnets.xlsx"
    download.value.save_as(template)

    def costlier(book: Any) -> None:
        cell_of(book, "offers", "price_per_kg").value = 4321

    edited(template, costlier)
    visit.upload(template)
    expect(page.get_by_role("heading", name="No problems. What it contains")).to_be_visible()
    visit.accessible()
    visit.solve()
    expect(page.get_by_role("heading", name="The answer")).to_be_visible()
    visit.accessible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Report (Excel)").click()
    report = tmp_path / "report.xlsx"
    download.value.save_as(report)
    assert download.value.suggested_filename == "my magnets plan.xlsx"
    book = openpyxl.load_workbook(report)
    assert book.sheetnames[0] == "Summary"
    assert float(cell_of(book, "Input offers", "price_per_kg").value) == 4321
    assert time.monotonic() - started < 180


def test_broken_workbook_is_said_and_marked(visit: Visit, tmp_path: Path) -> None:
    template = tmp_path / "broken.xlsx"
    template.write_bytes(visit.server.client.get("/api/template.xlsx").content)

    def spoilt(book: Any) -> None:
        cell_of(book, "offers", "price_per_kg").value = "about 90"
        cell_of(book, "suppliers", "country").value = None

    visit.upload(edited(template, spoilt))
    page = visit.page
    expect(page.get_by_role("heading", name="2 problems to mend")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="about 90")
    expect(row.get_by_role("cell").first).to_have_text("offers")
    expect(page.get_by_role("button", name="Solve")).to_have_count(0)
    visit.accessible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it with the cells marked").click()
    marked = tmp_path / "marked.xlsx"
    download.value.save_as(marked)
    assert openpyxl.load_workbook(marked).sheetnames[0] == "problems"


def test_hostile_workbook_is_refused(visit: Visit, tmp_path: Path) -> None:
    evil = tmp_path / "<script>alert(1)<.xlsx".replace("<script>alert(1)<", "&lt;b&gt; $(x)")
    with zipfile.ZipFile(evil, "w", zipfile.ZIP_DEFLATED) as zipped:
        entities = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><Types>&b;</Types>"
        zipped.writestr("[Content_Types].xml", entities)
        zipped.writestr("xl/workbook.xml", entities)
    visit.upload(evil)
    expect(visit.page.get_by_role("heading", name="1 problem to mend")).to_be_visible()
    expect(visit.page.get_by_text("holds XML that no spreadsheet program writes")).to_be_visible()


def test_infeasible_workbook_and_one_click_to_a_plan(visit: Visit) -> None:
    page = visit.page
    visit.upload(CASES / "tiny-101.xlsx")
    visit.solve()
    expect(page.get_by_role("heading", name="These cannot all hold:")).to_be_visible()
    visit.accessible()
    page.get_by_role("button", name="Solve with this repair").first.click()
    page.wait_for_url(re.compile("/runs/"))
    expect(page.get_by_role("heading", name="Repair 1")).to_be_visible()
    visit.settle()
    expect(page.get_by_role("heading", name="The answer")).to_be_visible()


def test_views_of_a_plan(visit: Visit) -> None:
    page = visit.page
    visit.upload(CASES / "tiny-108.xlsx")
    visit.solve()
    run = page.url
    box = page.locator(".todo input").first
    box.check()
    page.reload()
    expect(page.locator(".todo input").first).to_be_checked()

    page.get_by_role("link", name="Charts", exact=True).click()
    page.wait_for_url(re.compile("/charts$"))
    expect(page.locator(".plot canvas").first).to_be_visible()
    expect(page.locator(".plot:has(canvas)")).to_have_count(page.locator(".plot").count())
    visit.accessible()
    figures = page.locator("#chart-flows details")
    figures.locator("summary").click()
    expect(figures.get_by_role("columnheader", name="From")).to_be_visible()

    page.get_by_role("link", name="Tables", exact=True).click()
    page.get_by_role("link", name="Orders").first.click()
    expect(page.get_by_role("status")).to_contain_text("rows")
    page.get_by_label("Rows with").fill("Vietnam 2026-07")
    expect(page).to_have_url(re.compile("search=Vietnam"))
    texts = page.locator("table.data tbody tr").all_inner_texts()
    assert texts
    assert all("Vietnam" in text and "2026-07" in text for text in texts)
    page.get_by_role("link", name="Ordered [kg]").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Ordered")
    found = page.locator("table.data tbody tr").all_inner_texts()
    linked = page.url
    visit.accessible()

    page.go_back()
    expect(page.locator("th[aria-sort]")).to_have_count(0)
    visit.go(linked.removeprefix(visit.server.url))
    assert page.locator("table.data tbody tr").all_inner_texts() == found
    page.goto(f"{run}/why")
    expect(page.get_by_role("button", name="Solve again and tell why")).to_be_visible()
    visit.accessible()


def test_what_if_shows_both_plans(visit: Visit) -> None:
    page = visit.page
    visit.upload(CASES / "tiny-108.xlsx")
    visit.solve()
    page.get_by_role("link", name="What if …").click()
    visit.accessible()
    first = page.get_by_role("group", name="First cell")
    first.get_by_label("Cell").select_option("demand|e-3W 0|demand factor")
    expect(first.get_by_label("is to say")).to_have_attribute("placeholder", "now 1")
    first.get_by_label("is to say").fill("2")
    page.get_by_role("button", name="Solve and compare").click()
    page.wait_for_url(re.compile(r"/compare\?run=.*&run="))
    expect(page.get_by_text("All 2 have ended.")).to_be_visible()
    expect(page.get_by_role("columnheader", name="demand for e-3W 0 × 2")).to_be_visible()
    expect(page.get_by_role("heading", name="The answers")).to_be_visible()
    page.reload()
    expect(page.locator(".plot:has(canvas)")).to_have_count(page.locator(".plot").count())
    visit.accessible()


def test_strategies_side_by_side(visit: Visit) -> None:
    page = visit.page
    visit.upload(CASES / "tiny-108.xlsx")
    page.get_by_label("no-china").check()
    page.get_by_label("averse").check()
    page.get_by_role("button", name="Solve").click()
    page.wait_for_url(re.compile("/comparisons/"))
    expect(page.get_by_text("All 3 have ended.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Rank in its scenario")).to_be_visible()
    page.reload()
    expect(page.locator("#chart-cost-against-risk canvas")).to_be_visible()
    visit.accessible()


def test_run_that_is_watched_left_and_stopped(visit: Visit, browser: Browser) -> None:
    page = visit.page
    visit.upload(CASES / "medium-310.xlsx")
    page.get_by_role("button", name="Solve").click()
    page.wait_for_url(re.compile("/runs/"))
    expect(page.locator("#live")).to_contain_text("No plan can cost less than")
    expect(page.locator(".plot canvas")).to_be_visible()
    tops = page.evaluate("() => document.querySelector('.plot').getBoundingClientRect().top")
    visit.accessible()
    # Someone else, or the same person after closing the browser, sees the same run.
    other = browser.new_context().new_page()
    other.goto(page.url)
    expect(other.locator("#live .stage")).not_to_be_empty()
    page.wait_for_timeout(1500)
    assert page.evaluate("() => document.querySelector('.plot').getBoundingClientRect().top") == tops
    other.get_by_role("button", name=re.compile("^Stop")).click()
    other.context.close()
    expect(page.get_by_text(re.compile("Stopped without a plan|stopped early")).first).to_be_visible()


def test_history_search_label_and_delete(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    page.get_by_label("Your name").fill("Asha Rao")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_label("Your name")).to_have_value("Asha Rao")
    visit.upload(CASES / "tiny-108.xlsx")
    visit.solve()
    page.get_by_label("Label").fill("For the board")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="For the board")).to_be_visible()
    visit.go("/runs")
    page.get_by_label("Search").fill("board asha")
    expect(page.get_by_text("1 run", exact=True)).to_be_visible()
    visit.accessible()
    page.get_by_role("link", name="For the board").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete the run").click()
    page.wait_for_url(re.compile("/runs$"))
    visit.go("/runs?search=board")
    expect(page.get_by_text("No run is like that.")).to_be_visible()


def test_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    visit.upload(CASES / "tiny-108.xlsx")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_label("as it stands").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Solve")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/runs/"))
    visit.settle()
    expect(page.get_by_role("heading", name="The answer")).to_be_visible()


TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] : [
  ...document.querySelectorAll("body *")
].filter(one => one.getBoundingClientRect().right > window.innerWidth && !one.parentElement.closest(".scroll")).map(
  one => `${one.tagName.toLowerCase()}#${one.id}.${one.className}: ${Math.round(one.getBoundingClientRect().right)} px`
)"""
"""The elements that reach beyond the window, where the page is wider than it: whatever fonts are installed."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_width_in_light_and_dark(browser: Browser, server: Server, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, has_touch=True)
    visit = Visit(context, server)
    # A plan for a nation: long sums of money, many futures behind a figure, many decisions.
    scenario = server.upload(CASES / "medium-303.xlsx")["id"]
    run = server.solve(scenario, options={"gap": 0.05})["id"]
    pages = ("", "/charts", "/tables", "/tables/orders")
    for path in ("/", "/runs", "/scenarios", f"/scenarios/{scenario}", *(f"/runs/{run}{page}" for page in pages)):
        visit.go(path)
        # Wide tables scroll in their own frame; the page itself does not.
        assert visit.page.evaluate(TOO_WIDE) == [], path
        visit.accessible()
    context.close()
    assert visit.complaints == []


def test_paper(visit: Visit, tmp_path: Path) -> None:
    run = visit.server.client.get("/api/runs", params={"state": "done", "most": 1}).json()["runs"][0]["id"]
    visit.go(f"/runs/{run}")
    visit.page.emulate_media(media="print")
    for hidden in (".top", "footer", ".tabs", ".actions"):
        expect(visit.page.locator(hidden).first).to_be_hidden()
    expect(visit.page.get_by_role("heading", name="The answer")).to_be_visible()
    visit.page.emulate_media(media="screen")
    paper = visit.page.pdf(path=tmp_path / "plan.pdf", format="A4")
    assert len(paper) > 20_000


def test_api_page_needs_no_other_machine(visit: Visit) -> None:
    visit.go("/api/docs")
    expect(visit.page.get_by_role("heading", name="Magnet planner")).to_be_visible()
    expect(visit.page.get_by_text("/api/runs/{identifier}/what-if")).to_be_visible()


def test_what_is_gone_is_said(visit: Visit) -> None:
    visit.go("/runs/0123456789abcdef")
    expect(visit.page.get_by_role("heading", name="Not found")).to_be_visible()
    expect(visit.page.get_by_text("There is no such run: it was deleted, or has expired.")).to_be_visible()
    visit.accessible()
    visit.complaints.clear()  # the browser tells of the 404 itself

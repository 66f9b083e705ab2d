"""The REST API of a real server: from an upload to answers, with files opened again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.plan.tables import PLAN_TABLES
from planner.reading import load
from tests.serving import CASES, Server, served
from tests.workbooks import SHEETS, make


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def scenario(server: Server) -> dict[str, Any]:
    return server.upload(CASES / "tiny-108.xlsx", who="Asha")


@pytest.fixture(scope="module")
def run(server: Server, scenario: dict[str, Any]) -> dict[str, Any]:
    return server.solve(scenario["id"], strategy="averse", label="first")


def workbook(server: Server, path: str) -> Any:
    answer = server.client.get(path)
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


# --- scenarios --------------------------------------------------------------------------------------


def test_good_workbook(server: Server, scenario: dict[str, Any]) -> None:
    assert (scenario["state"], scenario["problems"], scenario["warnings"]) == ("good", 0, 11)
    assert (scenario["title"], scenario["currency"], scenario["who"]) == ("random 108", "INR", "Asha")
    assert scenario["strategies"] == ["no-china", "averse"]
    check = scenario["check"]
    assert [chart["name"] for chart in check["charts"]] == ["demand", "offers", "licence-1", "licence-2"]
    assert check["contents"]["Offers"] == "14 of 4 suppliers in 3 countries"
    given = load(CASES / "tiny-108.xlsx").scenario
    demand = check["charts"][0]
    told = {series["name"]: series["values"] for series in demand["series"]}
    assert told == {name: [by[t] for t in given.calendar.all] for name, by in given.units.items()}
    offers = check["charts"][1]["table"]
    assert len(offers) == 1 + len(given.offers)
    answer = server.client.get(f"/api/scenarios/{scenario['id']}/workbook.xlsx")
    assert answer.content == (CASES / "tiny-108.xlsx").read_bytes()


def test_broken_workbook(server: Server, tmp_path: Path) -> None:
    offers = [row[:] for row in SHEETS["offers"]]
    offers[1][3], offers[2][1] = "12,50", "Baotu"
    found = server.upload(make(tmp_path / "broken.xlsx", offers=offers))
    assert (found["state"], found["problems"]) == ("broken", 2)
    told = [(one["sheet"], one["at"], one["message"], one["fix"]) for one in found["check"]["problems"]]
    assert told == [
        (
            "offers",
            "D2",
            "price_per_kg of offer O1: '12,50' is text where a number belongs.",
            "Type 12.5, with a point before the decimals.",
        ),
        ("offers", "B3", "supplier of offer O2: 'Baotu' is not in suppliers.", "Did you mean 'Baotou'?"),
    ]
    book = workbook(server, f"/api/scenarios/{found['id']}/annotated.xlsx")
    assert book.sheetnames[0] == "problems"
    assert "12,50" in book["offers"]["D2"].comment.text
    refused = server.solve(found["id"])
    assert (refused["state"], refused["message"]) == ("invalid", "The scenario has problems; its page tells them.")


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("[Content_Types].xml", "<Types>" + " " * (120 * 2**20) + "</Types>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bomb, "'evil.xlsx' is not read: it unpacks to far more than its size."),
        (lambda: b"\x7fELF" + b"\0" * 100, "'evil.xlsx' is not an Excel workbook, whatever its name."),
        (lambda: b"", "'evil.xlsx' is empty: it has no content at all."),
    ],
)
def test_hostile_files(server: Server, tmp_path: Path, content: Any, message: str) -> None:
    path = tmp_path / "evil.xlsx"
    path.write_bytes(content())
    found = server.upload(path)
    assert found["state"] == "broken"
    assert [one["message"] for one in found["check"]["problems"]] == [message]
    assert server.client.get(f"/api/scenarios/{found['id']}/annotated.xlsx").status_code == 404


def test_bundled_scenarios_and_the_template(server: Server, tmp_path: Path) -> None:
    listed = server.client.get("/api/bundled").json()
    assert "e3w-maker" in [one["name"] for one in listed]
    opened = server.client.post("/api/bundled/e3w-maker").json()
    assert server.checked(opened["id"])["state"] == "good"
    assert server.client.post("/api/bundled/e3w-maker").json()["id"] == opened["id"]
    missing = server.client.post("/api/bundled/nowhere")
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no bundled scenario 'nowhere'.")
    for name in ("template", "starter"):
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(server.client.get(f"/api/{name}.xlsx").content)
        assert server.upload(path)["state"] == "good"


# --- runs -------------------------------------------------------------------------------------------


def test_answer_and_files(server: Server, scenario: dict[str, Any], run: dict[str, Any]) -> None:
    assert (run["state"], run["status"], run["message"]) == ("done", "optimal", "")
    path = f"/api/runs/{run['id']}"
    plan = server.client.get(f"{path}/plan.json").json()
    assert plan["objective"] == pytest.approx(913501079.2533801, rel=1e-4)
    assert run["figures"]["expected_cost"] == plan["expected_cost"]
    assert plan["provenance"]["sha256"] == scenario["sha256"]
    answer = server.client.get(f"{path}/answer").json()
    assert answer["sentences"][0] == "Sign now O7, O10, O11 and O14."
    assert [one["name"] for one in answer["tables"]] == [table.name for table in PLAN_TABLES]
    book = workbook(server, f"{path}/report.xlsx")
    assert book.sheetnames[0] == "Summary"
    disposition = server.client.get(f"{path}/report.xlsx").headers["content-disposition"]
    assert disposition == "attachment; filename*=utf-8''tiny-108%20averse%20plan.xlsx"
    zipped = zipfile.ZipFile(io.BytesIO(server.client.get(f"{path}/charts.zip").content))
    assert "charts.html" in zipped.namelist()
    assert zipped.testzip() is None


def test_charts_show_the_plan(server: Server, run: dict[str, Any]) -> None:
    path = f"/api/runs/{run['id']}"
    charts = {one["name"]: one for one in server.client.get(f"{path}/charts").json()}
    plan = server.client.get(f"{path}/plan.json").json()
    costs = charts["cost-by-future"]
    sums = [sum(one["values"][place] for one in costs["series"] if not one["line"]) for place in range(len(costs["x"]))]
    expected = {one["future"]: one["cost"] / 1e7 for one in plan["futures"]}
    assert dict(zip(costs["x"], sums, strict=True)) == pytest.approx(expected)
    assert costs["unit"] == "₹ crore"
    makeup = sum(charts["cost-makeup"]["series"][0]["values"])
    assert makeup * 1e7 == pytest.approx(plan["expected_cost"])
    missing = charts["shortage-by-line"]
    assert all(0 <= value <= 1 for one in missing["series"] for value in one["values"])
    assert {source.partition("|")[2] for source, _, _ in charts["flows"]["links"]} >= {"Vietnam", "China", "Australia"}
    for one in charts.values():
        assert len(one["table"]) > 1


def test_tables_are_those_of_the_report(server: Server, run: dict[str, Any]) -> None:
    book = workbook(server, f"/api/runs/{run['id']}/report.xlsx")
    for name, title in (("orders", "Orders"), ("futures", "Futures")):
        table = server.client.get(f"/api/runs/{run['id']}/tables/{name}").json()
        assert table["title"] == title
        headings = [column["heading"] for column in table["columns"]]
        rows = [[cell.value for cell in row] for row in book[title].iter_rows()]
        (at,) = [place for place, row in enumerate(rows) if row[: len(headings)] == headings]
        assert len(table["rows"]) > 0
        assert rows[at + 1][0] == table["rows"][0][0]
    assert server.client.get(f"/api/runs/{run['id']}/tables/nothing").status_code == 404


def test_infeasible_scenario_and_its_repair(server: Server) -> None:
    scenario = server.upload(CASES / "tiny-101.xlsx")
    run = server.solve(scenario["id"])
    assert (run["state"], run["status"]) == ("infeasible", "infeasible")
    told = server.client.get(f"/api/runs/{run['id']}/explanation").json()
    assert [one["heading"] for one in told["conflicts"]] == ["These cannot all hold:"]
    change = told["repairs"][0]["changes"][0]
    assert (change["cell"], change["old"], change["new"]) == ("limits!H3", "0.02", "0")
    assert workbook(server, f"/api/runs/{run['id']}/report.xlsx").sheetnames[0] == "No plan"
    made = server.client.post(f"/api/runs/{run['id']}/repairs/1").json()
    assert (made["base"], made["label"]) == (run["id"], "Repair 1")
    assert server.ended(made["id"])["state"] == "done"
    repaired = server.checked(made["scenario"])
    assert repaired["parent"] == scenario["id"]
    assert repaired["changes"] == [{"table": "limits", "key": "Home floor", "field": "min_share", "value": "0"}]
    book = workbook(server, f"/api/scenarios/{repaired['id']}/workbook.xlsx")
    assert float(book["limits"]["H3"].value) == 0
    missing = server.client.post(f"/api/runs/{run['id']}/repairs/9")
    assert missing.status_code == 404
    assert missing.json()["detail"].startswith("There is no repair 9: ")


def test_what_if(server: Server, run: dict[str, Any]) -> None:
    changes = [
        {"table": "offers", "key": "O10", "field": "price_per_kg", "value": "9000"},
        {"table": "demand", "key": "e-3W 0", "field": "demand factor", "value": "1.5"},
    ]
    made = server.client.post(f"/api/runs/{run['id']}/what-if", json={"changes": changes, "label": "dearer"}).json()
    ended = server.ended(made["id"])
    assert (ended["state"], ended["base"]) == ("done", run["id"])
    scenario = server.checked(made["scenario"])
    assert (scenario["strategy"], scenario["parent"]) == ("averse", run["scenario"])
    before = load(CASES / "tiny-108.xlsx", "averse").scenario
    path = server.data / "scenarios" / scenario["id"] / "workbook.xlsx"
    after = load(path).scenario
    assert after.offer["O10"].price_per_kg == 9000
    assert after.units["e-3W 0"] == {t: 1.5 * units for t, units in before.units["e-3W 0"].items()}
    assert after.settings.risk_weight == before.settings.risk_weight
    differences = server.client.get("/api/differences", params={"a": run["id"], "b": made["id"]}).json()
    what, _, values = differences[0].partition(": ")
    assert what == "figures objective, value"
    was, became = (float(value) for value in values.split(" -> "))
    assert was == pytest.approx(913_501_079, rel=1e-4)  # the gap that was asked for
    assert was < became


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"table": "offers", "key": "O10", "field": "price_per_kg", "value": "cheap"},
            "price_per_kg of offer O10: 'cheap' is text where a number belongs.",
        ),
        (
            {"table": "offers", "key": "O99", "field": "price_per_kg", "value": "5"},
            "offers has no row 'O99', and for a new one the strategy does not give supplier, material, max_kg_per_period.",
        ),
        (
            {"table": "demand", "key": "e-3W 0", "field": "demand factor", "value": "twice"},
            "'twice' is not a factor for the demand for e-3W 0.",
        ),
    ],
)
def test_what_if_that_cannot_be(server: Server, run: dict[str, Any], change: dict[str, str], message: str) -> None:
    made = server.client.post(f"/api/runs/{run['id']}/what-if", json={"changes": [change]}).json()
    assert server.ended(made["id"])["state"] == "invalid"
    told = server.checked(made["scenario"])["check"]["problems"]
    assert [one["message"] for one in told] == [message]


def test_comparison(server: Server, scenario: dict[str, Any]) -> None:
    wanted = {"scenarios": [scenario["id"]], "label": "strategies"}
    made = server.client.post("/api/comparisons", json=wanted).json()
    assert [cell["strategy"] for cell in made["cells"]] == [None, "no-china", "averse"]
    ended = [server.ended(cell["id"]) for cell in made["cells"]]
    assert [(run["state"], run["message"]) for run in ended] == [("done", "")] * 3
    page = server.client.get(f"/comparisons/{made['id']}").text
    assert "costs least" in page
    assert "Rank in its scenario" in page
    listed = server.client.get("/api/comparisons").json()
    assert listed[0]["label"] == "strategies"


def test_stop_label_and_delete(server: Server) -> None:
    scenario = server.upload(CASES / "tiny-104.xlsx")
    runs = [server.client.post("/api/runs", json={"scenario": scenario["id"]}).json()["id"] for _ in range(3)]
    stopped = server.client.post(f"/api/runs/{runs[2]}/stop").json()
    assert (stopped["state"], stopped["message"]) == ("stopped", "Stopped before it was started.")
    again = server.client.post(f"/api/runs/{runs[2]}/stop")
    assert (again.status_code, again.json()["detail"]) == (409, "This run has ended already.")
    for run in runs[:2]:
        server.ended(run)
    renamed = server.client.patch(f"/api/runs/{runs[0]}", json={"label": "autumn"}).json()
    assert renamed["label"] == "autumn"
    assert [one["id"] for one in server.client.get("/api/runs", params={"search": "autumn"}).json()["runs"]] == [
        runs[0]
    ]
    assert server.client.delete(f"/api/runs/{runs[0]}").status_code == 204
    gone = server.client.get(f"/api/runs/{runs[0]}")
    assert gone.json() == {"detail": "There is no such run: it was deleted, or has expired."}
    assert server.client.delete(f"/api/scenarios/{scenario['id']}").status_code == 204
    assert server.client.get(f"/api/runs/{runs[1]}").status_code == 404
    assert not (server.data / "runs" / runs[1]).exists()

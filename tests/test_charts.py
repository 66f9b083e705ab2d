"""The page of charts and its PNG files: whole, on their own, and with the figures of the plan."""

from __future__ import annotations

import base64
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from planner.charts.page import write_charts
from planner.cli import main
from planner.errors import OutputError
from planner.present.flows import COUNTRY, FEEDSTOCK, LEFT, MAGNET, OPENING, SUPPLIER, USE, flows
from planner.present.series import cost_by_kind, limits_by_year, shares_by_year
from planner.scenario.load import from_rows
from tests.handmade import SCENARIO, handmade_plan
from tests.reports import whole_plan

CASE = Path(__file__).with_name("cases") / "tiny-108.xlsx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The charts of the plan by hand."""
    made = tmp_path_factory.mktemp("charts") / "charts"
    files = write_charts(from_rows(SCENARIO), whole_plan(), made)
    assert sorted(files) == sorted(made.iterdir())
    assert files[0] == made / "charts.html"
    return made


def page(folder: Path) -> str:
    return (folder / "charts.html").read_text(encoding="utf-8")


def test_a_png_file_a_chart(folder: Path) -> None:
    names = sorted(path.name for path in folder.glob("*.png"))
    assert names == [
        "cost-by-future.png", "cost-makeup.png", "demand.png", "flows.png", "share-all-magnets.png",
        "share-heavy.png", "sourcing.png",
    ]  # fmt: skip
    for path in folder.glob("*.png"):
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG")
        assert min(struct.unpack(">II", data[16:24])) >= 600


def test_page_needs_nothing_else(folder: Path) -> None:
    """No script, and no address but those within it."""
    text = page(folder)
    assert re.findall(r"<script|<link|@import|url\(", text) == []
    assert {source[:26] for source in re.findall(r'src="([^"]+)"', text)} == {"data:image/svg+xml;base64,"}
    assert "http" not in re.sub(r'src="[^"]+"', "", text)


def test_each_chart_is_there_on_light_and_dark_ground(folder: Path) -> None:
    found = re.findall(r'<img class="(light|dark)" alt="[^"]+" src="data:image/svg\+xml;base64,([^"]+)"', page(folder))
    assert [ground for ground, _ in found] == ["light", "dark"] * 7
    for ground, data in found:
        svg = base64.b64decode(data).decode()
        ElementTree.fromstring(svg)
        assert ("#16181d" in svg) == (ground == "dark")


def test_page_shows_the_answer_and_the_figures(folder: Path) -> None:
    text = page(folder)
    assert "<h1>By hand</h1>" in text
    assert "It is expected to cost ₹6,328, discounted; the worst 50 % of the futures cost ₹8,146" in text
    assert "<tr><td class='text'>landed price of what arrives</td><td>2,460</td></tr>" in text


def test_same_plan_same_files(folder: Path, tmp_path: Path) -> None:
    again = write_charts(from_rows(SCENARIO), whole_plan(), tmp_path / "again")
    assert [path.read_bytes() for path in again] == [(folder / path.name).read_bytes() for path in again]


def test_text_of_the_input_is_no_markup(tmp_path: Path) -> None:
    rows = SCENARIO | {"settings": SCENARIO["settings"] | {"title": "<script>alert('x')</script> & more"}}
    text = write_charts(from_rows(rows), whole_plan(), tmp_path)[0].read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<h1>&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; more</h1>" in text


def test_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "charts").write_text("mine")
    with pytest.raises(OutputError) as error:
        write_charts(from_rows(SCENARIO), whole_plan(), tmp_path / "charts")
    assert str(error.value) == f"'{tmp_path / 'charts'}' is a file. Name a folder for the charts."


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", str(CASE), "--charts", str(tmp_path / "c")]) == 0
    said = f"The charts are on the page {tmp_path / 'c' / 'charts.html'}, and as PNG files beside it."
    assert said in capsys.readouterr().out.splitlines()


# --- what they show ---------------------------------------------------------------------------------


def test_flows() -> None:
    found = flows(from_rows(SCENARIO).scenario, handmade_plan())
    links = {tuple(row[:-1]): row[-1] for row in found.itertuples(index=False, name=None)}
    assert links == {
        (COUNTRY, "China", SUPPLIER, "Baotou"): 42.5,
        (SUPPLIER, "Baotou", MAGNET, "NdFeB"): 42.5,
        (COUNTRY, "Japan", SUPPLIER, "Hitachi"): 45,
        (SUPPLIER, "Hitachi", MAGNET, "NdFeB"): 45,
        (COUNTRY, "India", SUPPLIER, "IREL"): 45,
        (SUPPLIER, "IREL", FEEDSTOCK, "oxide"): 45,
        (SUPPLIER, OPENING, MAGNET, "NdFeB"): 10,
        (FEEDSTOCK, "oxide", MAGNET, "NdFeB"): 45,
        (MAGNET, "NdFeB", USE, "fan"): 61.5,
        (MAGNET, "NdFeB", USE, "export"): 40,
        (MAGNET, "NdFeB", USE, LEFT): 18.5,
    }


def test_cost_by_kind_adds_up_to_the_expected_cost() -> None:
    found = cost_by_kind(handmade_plan())
    assert found["cost"].sum() == pytest.approx(6328)
    assert found.iloc[0].tolist() == ["purchase", "landed price of what arrives", 1884 + 0.8 * (1026 + 413) / 2]
    assert found.iloc[-1]["kind"] == "salvage"


def test_shares_and_limits_by_year() -> None:
    scenario = from_rows(
        SCENARIO
        | {
            "limits": [
                {"limit": "few", "scope": "country", "target": "India", "class": "heavy", "per": "year",
                 "from": "2027-04", "min_share": 0.1, "max_share": 0.4},
                {"limit": "other", "scope": "supplier", "target": "IREL", "class": "heavy", "max_share": 0.5},
            ]
        }
    ).scenario  # fmt: skip
    shares = shares_by_year(scenario, handmade_plan(), "heavy")
    assert list(shares.columns) == ["year", "India", "Japan", "China"]
    assert shares.iloc[0].tolist() == ["FY27", 17 / 77, 40 / 77, 20 / 77]
    limits = limits_by_year(scenario, handmade_plan(), "heavy")
    assert list(limits.columns) == ["year", "India at most 40 % (few)", "India at least 10 % (few)"]
    assert limits.iloc[1].tolist() == ["FY28", 0.4, 0.1]
    assert limits.iloc[0, 1:].isna().all()
    assert limits_by_year(scenario, handmade_plan(), "light").empty or pd.notna(limits.iloc[0, 0])

"""What really came, read from what ERPs give: SAP-like and Odoo-like exports mapped, and every bad cell named."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import from_rows
from planner.errors import InputError, MappingNeeded
from planner.rolling.contradictions import contradictions
from planner.rolling.mapping import Answer, Mapping, of_answers, read_mapping, write_mapping
from planner.rolling.pasted import Pasted
from planner.rolling.reading import interpret, read_actuals
from planner.scenario.scenario import Scenario

TO = 4
"""The new scenario begins in 2026-07, its fourth month."""


def scenario() -> Scenario:
    """Two magnets: one from China under a certificate or from Japan free; motors are counted in pieces."""
    return from_rows(
        {
            "settings": {"title": "T", "start": "2026-04", "periods": 12, "period_months": 1},
            "materials": [
                {"material": "N38SH", "class": "heavy"},
                {"material": "ferrite", "class": "ferrite"},
                {"material": "motor", "class": "assembly"},
            ],
            "undertakings": [{"undertaking": "EUC", "barred_markets": "US"}],
            "licences": [
                {"licence": "MOFCOM", "undertaking": "EUC", "unreleased": "waits", "per_order": "yes"},
                {"licence": "other", "unreleased": "waits"},
            ],
            "suppliers": [
                {"supplier": "Ningbo", "country": "China"},
                {"supplier": "Nagoya", "country": "Japan"},
                {"supplier": "Pune", "country": "India"},
            ],
            "offers": [
                offer("CN spot", "Ningbo", "N38SH", licence="MOFCOM"),
                offer("CN frame", "Ningbo", "N38SH", licence="MOFCOM"),
                offer("JP", "Nagoya", "N38SH"),
                offer("FE", "Pune", "ferrite"),
                offer("MO", "Pune", "motor"),
                offer("L2", "Ningbo", "ferrite", licence="other"),
            ],
            "segments": [{"segment": "e-3W", "market": "India", "shortage_cost_per_unit": 9}],
            "demand": [{"segment": "e-3W"} | {f"{2026 + m // 12}-{m % 12 + 1:02d}": 1 for m in range(3, 15)}],
            "designs": [{"design": "D", "segment": "e-3W"}],
            "design_materials": [
                {"design": "D", "material": name, "kg_per_unit": 1} for name in ("N38SH", "ferrite", "motor")
            ],
            "futures": [{"future": "calm", "probability": 0.5}, {"future": "freeze", "probability": 0.5}],
        }
    ).scenario


def offer(name: str, supplier: str, material: str, **more: Any) -> dict[str, Any]:
    return {
        "offer": name,
        "supplier": supplier,
        "material": material,
        "price_per_kg": 1,
        "max_kg_per_period": 1e6,
    } | more


SCENARIO = scenario()


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def answer_all(path: Path, **ours: str) -> list[tuple[str, str]]:
    """Fill in a mapping as a planner would: each proposal, and by name what has none. Gives what was asked."""
    book = openpyxl.load_workbook(path)
    asked = []
    for row in book.active.iter_rows(min_row=2):
        what, _, theirs, own, proposal, _ = (cell.value or "" for cell in row)
        if not own:
            asked.append((what, theirs))
            row[3].value = ours.get(theirs, proposal)
    book.save(path)
    return asked


def said(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


# --- SAP ------------------------------------------------------------------------------------------

MB51 = """\
Materialbelegliste;;;;;;;;;
;;;;;;;;;
Buchungsdatum;Materialbeleg;Materialbelegposition;Bewegungsart;Material;Lieferant;Menge;Mengeneinheit;Einkaufsbeleg;Charge
06.04.2026;5000001;1;101;4711;100200;1.200,5;KG;4500001;C1
20.05.2026;5000002;1;101;4711;100200;0,3;TO;4500002;C2
21.05.2026;5000003;1;102;4711;100200;50,000-;KG;4500002;C2
22.05.2026;5000004;1;101;4712;100300;4.000;ST;4500003;
23.05.2026;5000005;1;201;4711;;10,000-;KG;;C1
23.05.2026;5000006;1;101;9999;100300;5;KG;4500009;
*;;;;;;1.500,8;;;
"""
MB52 = [
    ["Material", "Storage Location", "Batch", "Base Unit of Measure", "Unrestricted", "In Quality Insp.", "Blocked"],
    ["4711", "0001", "C1", "KG", 100, 7, 3],
    ["4711", "0001", "C2", "G", 40000, None, None],
    ["4711", "0001", "C9", "KG", 6, None, None],
    ["4711", "0009", "C1", "KG", 11, None, None],
    ["4712", "0001", None, "ST", 400, None, None],
]
ME2M = [
    ["Purchasing Document", "Material", "Vendor/supplying plant", "Still to be delivered (qty)", "Order Unit",
     "Delivery Date"],
    ["4500010", "4711", "100200", 500, "KG", dt.datetime(2026, 8, 14)],
    ["4500011", "4711", "100400  Nagoya Magnets", 30, "KG", dt.datetime(2026, 6, 30)],
    ["4500012", "4711", "100200", 0, "KG", dt.datetime(2026, 6, 30)],
]  # fmt: skip
SAP_ANSWERS = {
    "4711": "N38SH", "4712": "ferrite", "9999": "ignore", "100200": "Ningbo", "100300": "Pune",
    "100400  Nagoya Magnets": "JP", "100200 / 4711": "CN frame", "100200 / N38SH": "CN frame", "ST / ferrite": "0.125",
    "0001": "free", "0009": "at a job worker", "N38SH / C9": "free", "4500001": "CN spot",
}  # fmt: skip


def sap(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "MB51_2026-06.csv").write_bytes(MB51.encode("cp1252"))
    workbook(folder / "stock and orders.xlsx", MB52=MB52, ME2M=ME2M)
    return folder


def test_a_sap_export_is_mapped_once(tmp_path: Path) -> None:
    export, mapping = sap(tmp_path / "sap"), tmp_path / "my.mapping.xlsx"
    with pytest.raises(MappingNeeded) as needed:
        read_actuals(export, SCENARIO, TO, mapping)
    assert f"Fill in 'ours' in the row 'material, 4711' of the mapping {mapping}." in "\n".join(said(needed))
    asked = answer_all(mapping, **SAP_ANSWERS)
    assert ("sheet", "MB51") in asked  # without its date, so that next month's file asks nothing
    assert {("material", "4711"), ("vendor", "100200"), ("place", "0009")} <= set(asked)
    with pytest.raises(MappingNeeded) as needed:  # what hangs on the answers is asked next
        read_actuals(export, SCENARIO, TO, mapping)
    more = answer_all(mapping, **SAP_ANSWERS)
    assert set(more) == {("offer", "100200 / N38SH"), ("unit", "ST / ferrite"), ("batch", "N38SH / C9")}
    assert set(more).isdisjoint(asked)
    actuals = read_actuals(export, SCENARIO, TO, mapping)
    # 1200.5 kg in April; 0.3 t less 50 kg in May; 4000 ferrites of 0.125 kg.
    assert {key: kg for key, (kg, _) in actuals.received().items()} == {
        ("CN frame", "2026-04"): 1200.5,
        ("CN frame", "2026-05"): 250,
        ("FE", "2026-05"): 500,
    }
    # C1 and C2 were received under the certificate: 100 + 40 kg; C9 the mapping says is free; 400 ferrites weigh 50.
    assert {key: kg for key, (kg, _) in actuals.stock_free().items()} == {
        ("N38SH", "EUC"): 140,
        ("N38SH", None): 6,
        ("ferrite", None): 50,
    }
    assert {key: kg for key, (kg, _) in actuals.stock_apart().items()} == {
        ("blocked", "N38SH", None): 10,
        ("at a job worker", "N38SH", None): 11,
    }
    assert [(row.offer, row.month, row.kg, row.reference) for row in actuals.orders] == [
        ("CN frame", "2026-08", 500, "4500010"),
        ("JP", "2026-06", 30, "4500011"),
    ]
    assert actuals.given == {"receipts", "stock", "orders"}
    assert [str(note) for note in actuals.notes] == [
        "MB51_2026-06.csv line 8: Left out: 1 of receipts, as the mapping leaves out the movement 201.",
        "MB51_2026-06.csv line 9: Left out: 1 of receipts, as the mapping leaves out the material 9999.",
        "ME2M!A4: Left out: 1 of orders, as they have arrived in full.",
        "MB52!F2, MB52!G2: 10 kg of N38SH are blocked: they are not taken as stock.",
        "MB52!E5: 11 kg of N38SH are at a job worker: they are not taken as stock.",
        "ME2M!D3: 30 kg of JP were due in 2026-06: they are expected in 2026-07.",
    ]


# --- Odoo -----------------------------------------------------------------------------------------

ODOO = {
    "Stock Moves": [
        ["Date", "Reference", "Product", "Done", "Unit of Measure", "Source Document", "Lot/Serial Number",
         "Operation Type"],
        ["2026-04-06 10:33:00", "WH/IN/00012", "[N38] N38SH block", "1200.5", "kg", "P00041", "L1", "Receipts"],
        ["2026-05-20 09:00:00", "WH/IN/00013", "[N38] N38SH block", "300000", "g", "P00042", "L2", "Receipts"],
        ["2026-06-02 09:00:00", "WH/OUT/0007", "[N38] N38SH block", "20.5", "kg", "P00042", "L2", "Returns"],
        ["2026-06-05 09:00:00", "WH/MO/0007", "[N38] N38SH block", "9", "kg", "MO7", "L2", "Manufacturing"],
    ],
    "On Hand": [
        ["Product", "Location", "Lot/Serial Number", "On Hand", "Unit of Measure"],
        ["[N38] N38SH block", "WH/Stock", "L1", 90, "kg"],
        ["[N38] N38SH block", "WH/Quality", "L2", 8, "kg"],
        ["[N38] N38SH block", "Inter-warehouse transit", "L2", 4, "kg"],
    ],
    "Purchase": [
        ["Order Reference", "Vendor", "Product", "Quantity", "Received", "Unit of Measure", "Expected Arrival"],
        ["P00042", "Ningbo Magnetics Co., Ltd.", "[N38] N38SH block", "1,300.0", "300.0", "kg", "08/14/2026"],
    ],
    "Manufacturing": [
        ["Product", "End Date", "Quantity Produced"],
        ["E-3W motor 2 kW", "2026-05-31", 40],
        ["E-3W motor 2 kW", "2026-05-31 12:00:00", 2.5],
    ],
}  # fmt: skip
ODOO_ANSWERS = {
    "material: [N38] N38SH block": "N38SH", "order: P00041": "JP", "order: P00042": "CN spot",
    "place: WH/Stock": "free", "place: WH/Quality": "blocked", "place: Inter-warehouse transit": "in transit",
    "vendor: Ningbo Magnetics Co., Ltd.": "CN spot", "segment: E-3W motor 2 kW": "e-3W",
    "movement: Manufacturing": "ignore",
}  # fmt: skip


def test_an_odoo_export_is_mapped_once(tmp_path: Path) -> None:
    export, mapping = workbook(tmp_path / "odoo.xlsx", **ODOO), tmp_path / "mapping.csv"
    with pytest.raises(MappingNeeded):
        read_actuals(export, SCENARIO, TO, mapping)
    _answer_csv(mapping)
    actuals = read_actuals(export, SCENARIO, TO, mapping)
    assert {key: kg for key, (kg, _) in actuals.received().items()} == {
        ("JP", "2026-04"): 1200.5,
        ("CN spot", "2026-05"): 279.5,
    }
    assert {key: kg for key, (kg, _) in actuals.stock_free().items()} == {("N38SH", None): 90}
    assert {key: kg for key, (kg, _) in actuals.stock_apart().items()} == {
        ("blocked", "N38SH", None): 8,
        ("in transit", "N38SH", None): 4,
    }
    assert [(row.offer, row.month, row.kg) for row in actuals.orders] == [("CN spot", "2026-08", 1000)]
    assert {key: units for key, (units, _) in actuals.built().items()} == {("e-3W", "2026-05"): 42.5}


def _answer_csv(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["ours"] = row["ours"] or ODOO_ANSWERS.get(f"{row['what']}: {row['theirs']}", row["proposal"])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


# --- bad input ------------------------------------------------------------------------------------

RECEIPTS = ["offer", "month", "kg", "document", "reference"]
STOCK = ["material", "undertaking", "state", "kg"]
ORDERS = ["offer", "month", "kg", "cleared", "reference"]
LETTERS = ["reference", "licence", "result", "kg", "rules_out"]

BAD: dict[str, tuple[dict[str, list[list[Any]]], list[str]]] = {
    "negative stock": (
        {"stock": [STOCK, ["ferrite", None, None, -3]]},
        ["stock!D2: -3 of ferrite: stock cannot be below 0. Correct it; in the ERP a receipt or an issue has been "
         "booked late or twice."],
    ),
    "double receipt": (
        {"receipts": [RECEIPTS, ["JP", "2026-04", 5, "500", "P1"], ["JP", "2026-05", 6, "501", "P1"],
                      ["JP", "2026-04", 5, "500", "P1"]]},
        ["receipts!A4: Goods receipt 500 stands here a second time, after receipts!A2. Delete one of the two rows; or, "
         "if both came, give each its number of the goods receipt."],
    ),
    "months outside": (
        {"receipts": [RECEIPTS, ["JP", "2026-07", 5, "1", None]], "builds": [["segment", "month", "units"],
                                                                             ["e-3W", "2026-03", 4]],
         "orders": [ORDERS, ["JP", "2027-04", 4, None, None]]},
        ["receipts!C2: This receipt is of 2026-07, but the plan is followed from 2026-04 until 2026-07 begins. Correct "
         "the month; or leave the row out: what came later belongs to the next roll.",
         "builds!C2: This build is of 2026-03, but the plan is followed from 2026-04 until 2026-07 begins. Correct the "
         "month; or leave the row out: what came later belongs to the next roll.",
         "orders!C2: This order is due in 2027-04, after the last period, 2027-03. Correct the month, or leave the row "
         "out."],
    ),
    "more received than ordered": (
        {"orders": [["reference", "offer", "month", "ordered", "received"], ["P1", "JP", "2026-08", 10, 12]]},
        ["orders!E2: 12 were received of 10 that were ordered. Correct one of the two; or put what came in addition in "
         "an order of its own."],
    ),
    "more sent back than came": (
        {"receipts": [RECEIPTS, ["JP", "2026-04", 5, "500", "P1"], ["JP", "2026-05", -8, "501", "P1"]]},
        ["receipts!C3: 3 kg more went back than had come under JP. Add the receipt that they belong to, or leave this "
         "row out."],
    ),
    "a letter about nothing": (
        {"letters": [LETTERS, ["P9", None, "granted", 5, None]]},
        ["letters!A2: The letter's order 'P9' is none of the open orders, and it names no licence. Fill in licence (or "
         "offer), or the order's number as the open orders have it."],
    ),
    "a future ruled out that is none": (
        {"letters": [LETTERS, [None, "MOFCOM", "refused", 5, "freez"]]},
        ["letters!A2: 'freez' is no future of the scenario. Did you mean 'freeze'?"],
    ),
    "cells that are not what they should be": (
        {"receipts": [RECEIPTS, ["JP", "soon", 5, "1", None], ["JP", "2026-04", "a few", "2", None],
                      ["JP", None, 3, "3", None], [None, "2026-05", None, "Total", None]],
         "orders": [ORDERS, ["JP", "2026-08", 4, "perhaps", None]]},
        ["receipts!B2: month: 'soon' is not a month. Type year and month, such as 2026-04.",
         "receipts!C3: kg: 'a few' is text where a number belongs. Type a number.",
         "receipts!A4: month is blank. Fill it in; where the row is a total, delete it.",
         "receipts!A5: kg is blank. Fill it in; where the row is a total, delete it.",
         "orders!D2: cleared: 'perhaps' is not one of the choices. Use one of: no, yes."],
    ),
    "an offer that sells another material": (
        {"receipts": [[*RECEIPTS, "material"], ["JP", "2026-04", 5, "1", None, "ferrite"]]},
        ["receipts!A2: ferrite cannot come under the offer JP, which sells N38SH. Correct one of the two."],
    ),
    "one field in two columns": (
        {"stock": [["material", "kg", "kg"], ["ferrite", 1, 2]]},
        ["stock!C1: Two columns are kg: this one, and stock!B1. Have the mapping say ignore for one of them."],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_cells_are_named(name: str, tmp_path: Path) -> None:
    sheets, texts = BAD[name]
    with pytest.raises(InputError) as error:
        read_actuals(workbook(tmp_path / "a.xlsx", **sheets), SCENARIO, TO)
    assert said(error) == texts


def test_unknown_names_are_asked_for(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", stock=[STOCK, ["N38SG", None, None, 3], ["N38SH", None, None, 4]])
    with pytest.raises(MappingNeeded) as error:
        read_actuals(path, SCENARIO, TO, tmp_path / "m.xlsx")
    assert said(error) == [
        "stock!A2: 'N38SG' is no material of the scenario. Which one is it? One of N38SH, ferrite, motor; or ignore. "
        f"Probably: N38SH. Fill in 'ours' in the row 'material, N38SG' of the mapping {tmp_path / 'm.xlsx'}.",
        "stock!D2: Under which undertaking was stock without batch or order of N38SH bought? One of EUC, free; or "
        f"ignore. Fill in 'ours' in the row 'batch, N38SH / (blank)' of the mapping {tmp_path / 'm.xlsx'}.",
    ]


def test_against_the_plan() -> None:
    sheets = [
        Pasted("receipts", ((1, ("offer", "month", "kg")), (2, ("JP", "2026-04", 8)), (3, ("JP", "2026-05", 3)))),
        Pasted("letters", ((1, ("licence", "result")), (2, ("other", "granted")))),
    ]
    actuals = interpret(sheets, SCENARIO, TO, Mapping(), "a.xlsx").actuals
    found = contradictions(actuals, SCENARIO, TO, ordered={"JP": 10}, applied={"MOFCOM"})
    assert [str(problem) for problem in found] == [
        "receipts!C2: 11 kg were received under JP, but 10 kg were ordered. Correct the receipts or the offer that the "
        "mapping gives them; or enter what else was ordered in the table open_orders of the scenario, and solve it "
        "again.",
        "letters!A2: The letter is about other, which the plan has not applied for. Correct the licence; or, if it was "
        "applied for, enter that in the scenario's open_applications.",
    ]
    assert contradictions(actuals, SCENARIO, TO, ordered={"JP": 11}, applied={"other"}) == []  # less is no error


def test_more_received_than_licensed_is_reported() -> None:
    sheets = [
        Pasted("receipts", ((1, ("offer", "month", "kg")), (2, ("CN spot", "2026-04", 800)))),
        Pasted("letters", ((1, ("licence", "result", "kg")), (2, ("MOFCOM", "granted", 500)))),
    ]
    found = interpret(sheets, SCENARIO, TO, Mapping(), "a.xlsx")
    assert not found.problems
    assert [str(note) for note in found.actuals.notes] == [
        "800 kg were received under MOFCOM, more than the 500 kg granted."
    ]


# --- mappings, numbers, dates -----------------------------------------------------------------------


def test_an_answer_that_is_no_choice_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", stock=[STOCK, ["4711", None, None, 3]])
    mapping = workbook(tmp_path / "m.xlsx", mapping=[["what", "theirs", "ours"], ["material", 4711, "N38S"]])
    with pytest.raises(InputError) as error:
        read_actuals(path, SCENARIO, TO, mapping)
    assert said(error) == ["mapping!C2: 'N38S' cannot stand for the material '4711'. Did you mean 'N38SH'?"]


def test_two_answers_to_one_question_are_refused(tmp_path: Path) -> None:
    rows = [["what", "theirs", "ours"], ["material", "4711", "N38SH"], ["material", "4711", "ferrite"]]
    with pytest.raises(InputError) as error:
        read_mapping(workbook(tmp_path / "m.xlsx", mapping=rows))
    assert said(error) == [
        "mapping!C3: The material '4711' is 'ferrite' here and 'N38SH' in mapping!C2. Keep one of the two rows."
    ]


@pytest.mark.parametrize("name", ["m.xlsx", "m.csv"])
def test_a_mapping_is_kept_as_it_is(name: str, tmp_path: Path) -> None:
    answers = [Answer("material", "", "4711", "N38SH"), Answer("column", "receipts", "Menge; netto", "kg")]
    write_mapping(of_answers(answers), tmp_path / name)
    kept = read_mapping(tmp_path / name)
    assert [(a.what, a.sheet, a.theirs, a.ours) for a in kept.answers.values()] == [
        (a.what, a.sheet, a.theirs, a.ours) for a in answers
    ]


def questions(sheet: Pasted) -> list[tuple[str, str]]:
    mapping = Mapping()
    interpret([sheet], SCENARIO, TO, mapping, "a.xlsx")
    return [(q.what, q.text) for q in mapping.questions.values()]


def test_numbers_and_dates_that_can_be_read_in_two_ways_are_asked_for() -> None:
    head = ("offer", "month", "kg", "document")
    sheet = Pasted("receipts", ((1, head), (2, ("JP", "04/05/2026", "1.200", "1"))))
    assert questions(sheet) == [
        ("numbers", "How does the sheet receipts write numbers, such as 1.200? 1.234,5 or 1,234.5."),
        ("dates", "How does the sheet receipts write dates, such as 04/05/2026? day first or month first."),
    ]
    # One cell that can be read in one way alone settles its sheet.
    more = Pasted("receipts", (*sheet.lines, (3, ("JP", "13/05/2026", "0,5", "2"))))
    found = interpret([more], SCENARIO, TO, mapping := Mapping(), "a.xlsx").actuals
    assert not mapping.questions
    assert [(row.month, row.kg) for row in found.receipts] == [("2026-05", 1200), ("2026-05", 0.5)]


@given(st.lists(st.tuples(st.integers(1, 10**6), st.sampled_from(["kg", "g", "t", "lb"])), min_size=1, max_size=30))
def test_adding_up_and_units_lose_no_kg(rows: list[tuple[int, str]]) -> None:
    per = {"kg": 1.0, "g": 0.001, "t": 1000.0, "lb": 0.45359237}
    head = (1, ("offer", "month", "kg", "unit", "document"))
    lines = [(i, ("FE", "2026-05", kg, unit, str(i))) for i, (kg, unit) in enumerate(rows, 2)]
    found = interpret([Pasted("receipts", (head, *lines))], SCENARIO, TO, mapping := Mapping(), "a.xlsx")
    assert (found.problems, mapping.questions) == ([], {})
    kg, cells = found.actuals.received()["FE", "2026-05"]
    assert kg == pytest.approx(sum(kg * per[unit] for kg, unit in rows), rel=1e-12)
    assert cells.count("receipts!") == len(rows)

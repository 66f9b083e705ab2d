"""Larger scenarios out of a given one: so many times its futures, periods, segments and offers.

    python benchmarks/sizes.py SCENARIO OUT.xlsx --futures 2 --periods 2 --segments 2 --offers 2
    python benchmarks/sizes.py --many-futures 5000 OUT.xlsx

What is multiplied stays meaningful and, as far as the scenario has room, feasible. A future splits in mid-horizon
into courses of like probability, with prices and demand of their own. The horizon goes round again with its demand,
events and budgets. A segment is parted into smaller ones, each with demand of its own in time, designs and cost of
shortage; an offer into smaller ones at prices of their own, so that neither total demand nor supply grows.

`--many-futures` writes small tables of its own: one segment, two periods, six offers and so many futures, in each of
which the second period's prices, releases and demand are different.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import planner
from planner.excel.workbook import write_workbook
from planner.scenario.fields import to_month, to_text
from planner.scenario.load import Loaded, raw_from_rows
from planner.scenario.scenario import Calendar

Row = dict[str, Any]
Rows = dict[str, list[Row]]

KINDS = ("futures", "periods", "segments", "offers")


def rows_of(loaded: Loaded) -> Rows:
    """The tables of a scenario as rows, without comments and without strategies."""
    raw = loaded.raw
    found = {name: [dict(row.cells) for row in table.data_rows()] for name, table in raw.tables.items()}
    return {name: rows for name, rows in found.items() if name != "strategies"}


def multiplied(rows: Rows, calendar: Calendar, kind: str, times: int) -> Rows:
    """The tables with so many times the futures, periods, segments or offers."""
    change: Callable[[Rows, Calendar, int], Rows] = {
        "futures": more_futures, "periods": more_periods, "segments": more_segments, "offers": more_offers
    }[kind]  # fmt: skip
    return change(rows, calendar, times) if times > 1 else rows


def sized(source: str | Path, **times: int) -> Rows:
    """The tables of a scenario, multiplied by kind."""
    loaded = planner.load(source)
    rows, calendar = rows_of(loaded), loaded.scenario.calendar
    for kind in KINDS:
        rows = multiplied(rows, calendar, kind, times.get(kind, 1))
    return rows


def write(rows: Rows, out: Path) -> None:
    """Write tables as a workbook."""
    write_workbook(raw_from_rows(rows, out.stem), out)


def _copies(name: str, times: int) -> Iterator[tuple[int, str]]:
    return ((copy, f"{name} ({copy + 1})" if copy else name) for copy in range(times))


def _shares(times: int) -> list[float]:
    """How large the parts of one thing are: each next one four fifths of the one before."""
    sizes = [0.8**copy for copy in range(times)]
    return [size / sum(sizes) for size in sizes]


def _scaled(row: Row, share: float, fields: Sequence[str]) -> Row:
    return row | {name: row[name] * share for name in fields if name in row}


def _retargeted(events: list[Row], scope: str, times: int) -> list[Row]:
    """The events of a scope once for each part of their target."""
    return [
        event | {"event": f"{event['event']}{f' ({copy + 1})' if copy else ''}", "target": target}
        for event in events
        if event["scope"] == scope
        for copy, target in _copies(event["target"], times)
    ] + [event for event in events if event["scope"] != scope]


# --- futures ----------------------------------------------------------------------------------------


def more_futures(rows: Rows, calendar: Calendar, times: int) -> Rows:
    """Each future split in mid-horizon: from there on each course has prices and demand a little lower than the last.

    Only lower ones: whatever could be planned before still can.
    """
    futures = rows.get("futures") or [{"future": "as expected", "probability": 1}]
    middle = calendar.month(calendar.periods // 2 + 1)
    split = [
        row | {"future": name, "probability": row["probability"] / times}
        for row in futures
        for _, name in _copies(row["future"], times)
    ]
    events: list[Row] = []
    for event in rows.get("events", []):
        parts = 1 if event["future"] == "*" else times
        for copy, name in _copies(event["future"], parts):
            events.append(event | {"event": _copy_name(event["event"], copy), "future": name})
    for row in futures:
        for copy, name in list(_copies(row["future"], times))[1:]:
            for kind, step in (("price", 0.03), ("demand", 0.04)):
                value = round((1 - step) ** copy, 6)
                what = {"event": f"{kind} of {name}", "future": name, "kind": kind, "scope": "all"}
                events.append(what | {"from": middle, "value": value})
    return rows | {"futures": split, "events": events}


def _copy_name(name: Any, copy: int) -> str:
    return f"{name} ({copy + 1})" if copy else str(name)


# --- periods ----------------------------------------------------------------------------------------


def more_periods(rows: Rows, calendar: Calendar, times: int) -> Rows:
    """The horizon so many times: demand, events and budgets come round again, what ends ends later."""
    old = calendar.periods

    def later(month: Any, laps: int) -> str:
        return calendar.month(calendar.period(to_month(month)) + laps * old)

    def ends_later(table: str) -> list[Row]:
        return [row | {"until": later(row["until"], times - 1)} if "until" in row else row for row in rows[table]]

    new: Rows = {name: ends_later(name) for name in ("offers", "conversions", "expansions", "limits") if name in rows}
    new["settings"] = [row | {"value": old * times} if row["name"] == "periods" else row for row in rows["settings"]]
    new["demand"] = [
        {"segment": row["segment"]}
        | {later(month, lap): row[month] for lap in range(times) for month in row if month != "segment"}
        for row in rows["demand"]
    ]
    # In each lap an event ends where the lap does, so that the next one begins as the first did.
    new["events"] = [
        event
        | {
            "event": _copy_name(event["event"], lap),
            "from": later(event.get("from") or calendar.start, lap),
            "until": later(event.get("until") or calendar.month(old), lap),
        }
        for lap in range(times)
        for event in rows.get("events", [])
    ]
    years, rest = divmod(old * calendar.months, 12)
    known = {to_text(row["year"]) for row in rows.get("budgets", [])}
    new["budgets"] = [*rows.get("budgets", [])]
    for lap in range(1, times) if rest == 0 else ():
        for row in rows.get("budgets", []):
            year = f"FY{int(to_text(row['year'])[2:]) + lap * years:02d}"
            new["budgets"] += [row | {"year": year}] if year not in known else []
    return rows | {name: table for name, table in new.items() if table}


# --- segments and offers ----------------------------------------------------------------------------


def more_segments(rows: Rows, calendar: Calendar, times: int) -> Rows:
    """Each segment in parts, with demand of their own in time, designs, margins and costs of qualification."""
    new: Rows = {name: [] for name in ("segments", "demand", "designs", "design_materials")}
    months = [calendar.month(period) for period in calendar.all]
    demand = {row["segment"]: row for row in rows["demand"]}
    for row in rows["segments"]:
        asked = [demand[row["segment"]].get(month, 0) for month in months]
        for copy, name in _copies(row["segment"], times):
            share = _shares(times)[copy]
            part = _scaled(row | {"segment": name}, share, ("max_units_per_period",))
            new["segments"].append(_scaled(part, 1 + 0.03 * copy, ("shortage_cost_per_unit",)))
            turned = asked[copy:] + asked[:copy]
            new["demand"].append(
                {"segment": name} | {m: share * units for m, units in zip(months, turned, strict=True)}
            )
    for row in rows["designs"]:
        for copy, name in _copies(row["design"], times):
            part = row | {"design": name, "segment": _copy_name(row["segment"], copy)}
            new["designs"].append(_scaled(part, 1 - 0.1 * copy / times, ("qualification_cost",)))
    for row in rows.get("design_materials", []):
        new["design_materials"] += [row | {"design": name} for _, name in _copies(row["design"], times)]
    return rows | new | {"events": _retargeted(rows.get("events", []), "segment", times)}


def more_offers(rows: Rows, calendar: Calendar, times: int) -> Rows:
    """Each offer in parts that share its capacity, minimum, commitment and fee, each at a little more than the last."""
    parted = ("max_kg_per_period", "min_order_kg", "commit_kg_per_period", "signing_fee")
    new = []
    for row in rows["offers"]:
        for copy, name in _copies(row["offer"], times):
            part = _scaled(row | {"offer": name}, _shares(times)[copy], parted)
            group = {"group": _copy_name(row["group"], copy)} if "group" in row else {}
            new.append(_scaled(part | group, 1 + 0.01 * copy, ("price_per_kg",)))
    return rows | {"offers": new, "events": _retargeted(rows.get("events", []), "offer", times)}


# --- many futures -----------------------------------------------------------------------------------


MINIMUMS = {"VN spot": 800, "CN spot": 1500, "VN contract": 1000}
"""Minimum orders of the scenario of many futures, kg."""


def many_futures(count: int, seed: int = 1, minimums: int = len(MINIMUMS)) -> Rows:
    """One segment, two periods, six offers and so many futures, each seen for what it is in the second period.

    So many of the offers have a minimum order.
    """
    dice = random.Random(seed)
    second = "2026-07"
    china = {"supplier": "Baotou", "licence": "CN EUC", "deposit_share": 0.3, "lead_periods": 0}
    offers: list[Row] = [
        china | {"offer": "CN contract", "price_per_kg": 5200, "signing_fee": 500000, "commit_kg_per_period": 1000,
                 "max_kg_per_period": 9000},
        china | {"offer": "CN spot", "price_per_kg": 5600, "max_kg_per_period": 8000},
        {"offer": "VN spot", "supplier": "Hanoi", "price_per_kg": 7400, "max_kg_per_period": 4000},
        {"offer": "VN contract", "supplier": "Hanoi", "price_per_kg": 6900, "signing_fee": 300000,
         "max_kg_per_period": 5000},
        {"offer": "IN spot", "supplier": "Pune", "price_per_kg": 8800, "max_kg_per_period": 6000},
        {"offer": "IN reserve", "supplier": "Pune", "price_per_kg": 7900, "max_kg_per_period": 5000,
         "reservation_fee_per_kg": 150},
    ]  # fmt: skip
    with_minimum = dict(list(MINIMUMS.items())[:minimums])
    for offer in offers:
        if offer["offer"] in with_minimum:
            offer["min_order_kg"] = with_minimum[offer["offer"]]
    events: list[Row] = []
    for number in range(count):
        values = {
            ("clearance", "licence", "CN EUC"): round(dice.random(), 4),
            ("price", "all", None): round(dice.uniform(0.9, 1.4), 4),
            ("demand", "all", None): round(dice.uniform(0.8, 1.2), 4),
        }
        for (kind, scope, target), value in values.items():
            place = {"event": f"{kind} {number}", "future": f"F{number}", "kind": kind, "scope": scope}
            events.append(place | {"target": target, "from": second, "value": value})
    return {
        "settings": [
            {"name": name, "value": value}
            for name, value in {
                "title": f"{count} futures", "start": "2026-04", "periods": 2, "period_months": 3,
                "discount_rate": 0.1, "risk_weight": 0.3, "risk_tail": 0.9, "salvage_share": 0.4,
            }.items()
        ],
        "segments": [{"segment": "e-bus", "market": "India", "shortage_cost_per_unit": 400000,
                      "efficiency_cost_per_pp": 3000}],
        "demand": [{"segment": "e-bus", "2026-04": 1200, second: 1400}],
        "designs": [
            {"design": "SH motor", "segment": "e-bus"},
            {"design": "Ferrite motor", "segment": "e-bus", "efficiency_loss_pp": 2, "extra_cost_per_unit": 60000,
             "max_share": 0.4, "qualified": "no", "qualification_cost": 4000000, "qualification_periods": 1},
        ],
        "design_materials": [{"design": "SH motor", "material": "NdFeB-SH", "kg_per_unit": 9}],
        "materials": [{"material": "NdFeB-SH", "class": "heavy", "value_per_kg": 6500, "holding_cost_per_kg": 130}],
        "stock": [{"material": "NdFeB-SH", "kg": 1500}],
        "suppliers": [{"supplier": "Baotou", "country": "China"}, {"supplier": "Hanoi", "country": "Vietnam"},
                      {"supplier": "Pune", "country": "India"}],
        "licences": [{"licence": "CN EUC", "application_fee": 200000, "clearance": 0.9}],
        "offers": [{"material": "NdFeB-SH"} | offer for offer in offers],
        "futures": [{"future": f"F{number}", "probability": 1 / count} for number in range(count)],
        "events": events,
    }  # fmt: skip


def main() -> None:
    """Write the workbook asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", help="a scenario as planner solve takes it")
    parser.add_argument("out", type=Path, help="the workbook to write")
    parser.add_argument("--many-futures", type=int, metavar="N", help="tables of its own with so many futures")
    parser.add_argument("--minimum-orders", type=int, default=len(MINIMUMS), metavar="N", help="of how many offers")
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=int, default=1, metavar="N", help=f"so many times the {kind}")
    wanted = parser.parse_args()
    if (wanted.scenario is None) != (wanted.many_futures is not None):
        parser.error("give a scenario or --many-futures, one of them")
    if wanted.scenario is None:
        write(many_futures(wanted.many_futures, minimums=wanted.minimum_orders), wanted.out)
    else:
        write(sized(wanted.scenario, **{kind: getattr(wanted, kind) for kind in KINDS}), wanted.out)


if __name__ == "__main__":
    main()

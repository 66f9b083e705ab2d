"""Random small scenarios with licences that wait, decisions later than now, and a position at the start."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from planner.scenario.scenario import Calendar
from tests.generated import COUNTRY, MAGNETS, Draw, Rows, of, scenarios, some

OFTEN_NOT = (False, False, True)


@st.composite
def staged(draw: Draw, least_futures: int = 1, tiny: bool = True) -> Rows:
    """A scenario as of `scenarios`, with fields of licences, orders, designs, rules and positions filled in."""
    rows = draw(scenarios(least_futures=least_futures, tiny=tiny))
    settings = {row["name"]: row["value"] for row in rows["settings"]}
    calendar = Calendar(settings["start"], settings["periods"], settings["period_months"], 4)
    months = [calendar.month(t) for t in calendar.all]
    _licences(draw, rows, months)
    for offer in rows["offers"]:
        _offer(draw, rows, months, offer)
    _orders(draw, rows, calendar)
    _steps(draw, rows, months)
    for segment in rows["segments"]:
        _segment(draw, rows, months, segment)
    _designs(draw, rows, months)
    _rules(draw, rows, months)
    return rows


def waits(rows: Rows, offer: dict[str, Any]) -> dict[str, Any] | None:
    """The licence of an offer, where what is not released waits."""
    found = [row for row in rows["licences"] if row["licence"] == offer["licence"] and row.get("unreleased") == "waits"]
    return found[0] if found else None


def _licences(draw: Draw, rows: Rows, months: list[str]) -> None:
    if not rows["licences"]:
        rows["licences"] = [{"licence": "L", "clearance": of(draw, 0.5, 1, 0), "application_fee": of(draw, 50, 0)}]
        rows["offers"][0]["licence"] = "L"
    rows["open_applications"] = []
    for row in rows["licences"]:
        if draw(st.booleans()) and row is not rows["licences"][0]:
            continue
        row["unreleased"] = "waits"
        row["processing_periods"] = of(draw, 0, 1)
        row["normal_kg_per_period"] = of(draw, None, None, 9)
        if of(draw, "no", "yes") == "yes":
            row["per_order"] = "yes"
            continue
        row["apply_from"] = of(draw, None, None, months[0], months[1])
        row["apply_until"] = of(draw, None, months[-1], months[0]) if row["apply_from"] in (None, months[0]) else None
        row["valid_periods"] = of(draw, None, 1, 2)
        row["max_kg_per_application"] = of(draw, None, 12, 30)
        if of(draw, *OFTEN_NOT):
            window = {"from": of(draw, None, months[1]), "until": of(draw, None, months[1])}
            kg = of(draw, None, 8, 0)
            rows["open_applications"].append(
                {"application": f"A{row['licence']}", "licence": row["licence"], "kg": kg} | window
            )


def _offer(draw: Draw, rows: Rows, months: list[str], offer: dict[str, Any]) -> None:
    licence, reserved = waits(rows, offer), offer["reservation_fee_per_kg"] is not None
    opened = {row["licence"] for row in rows["open_applications"]}
    offer["order_fee"] = of(draw, 0, 0, 12)
    offer["signed"] = of(draw, "no", "no", "yes")
    if reserved and licence and licence.get("apply_from") and licence["licence"] not in opened:
        offer["signed"] = "yes"
    if reserved and offer["signed"] == "yes":
        offer["kept_kg"] = of(draw, 0, 5)
    if not reserved:
        offer["sign_until"] = of(draw, None, None, months[-1], months[0])
    if licence:
        offer["take_or_pay"] = of(draw, "no", "no", "yes")
        if licence.get("per_order") == "yes" and licence["normal_kg_per_period"] is None:
            offer["firm"] = of(draw, "no", "yes")


def _orders(draw: Draw, rows: Rows, calendar: Calendar) -> None:
    for row in rows["open_orders"]:
        row["cleared"] = of(draw, "no", "no", "yes")
    rows["fixed_orders"] = []
    for offer in rows["offers"]:
        licence = waits(rows, offer)
        per_order = licence is not None and licence.get("per_order") == "yes"
        lead = max(offer["lead_periods"], licence["processing_periods"] if licence and per_order else 0)
        periods = [t for t in calendar.within(offer["from"], offer["until"]) if t + lead <= calendar.periods]
        if periods and of(draw, *OFTEN_NOT):
            month = calendar.month(of(draw, *periods))
            rows["fixed_orders"].append({"offer": offer["offer"], "period": month, "kg": of(draw, 6, 15)})


def _steps(draw: Draw, rows: Rows, months: list[str]) -> None:
    rows["open_expansions"] = [
        {"expansion": row["expansion"], "period": of(draw, *months), "steps": of(draw, 1, 2)}
        for row in rows["expansions"]
        if of(draw, *OFTEN_NOT)
    ]


def _segment(draw: Draw, rows: Rows, months: list[str], segment: dict[str, Any]) -> None:
    if segment["delay_cost_per_unit"] is not None:
        segment["backlog_units"] = of(draw, 0, 4)
    segment["before_units"] = of(draw, 0, 10)
    segment["before_lost_units"] = min(segment["before_units"], of(draw, 0, 2))
    if of(draw, *OFTEN_NOT):
        share = of(draw, 0.2, 0.5)
        rows.setdefault("promises", []).append({"segment": segment["segment"], "from": months[1], "share": share})


def _designs(draw: Draw, rows: Rows, months: list[str]) -> None:
    segments = {row["segment"]: row for row in rows["segments"]}
    for row in rows["designs"]:
        segment = segments[row["segment"]]
        if row["max_share"] < 1 and segment["delay_cost_per_unit"] is not None:
            row["eligible_units"] = of(draw, None, 0, segment["backlog_units"])
        if row["qualified"] == "no":
            row["qualified_from"] = of(draw, None, months[0], months[1])
        if of(draw, *OFTEN_NOT):
            event = {"event": f"ban {row['design']}", "future": "*", "kind": "capacity", "scope": "design"}
            value, future = of(draw, 0, 0.5), of(draw, "*", rows["futures"][0]["future"])
            rows["events"].append(
                event | {"target": row["design"], "from": months[1], "value": value, "future": future}
            )
    if of(draw, *OFTEN_NOT):
        rows["undertakings"][0]["only_segments"] = rows["segments"][0]["segment"]


def _rules(draw: Draw, rows: Rows, months: list[str]) -> None:
    for row in rows["limits"]:
        row["min_kg"], row["max_kg"] = of(draw, 0, 0, 3), of(draw, None, None, 25)
        row["before_kg"], row["before_all_kg"] = of(draw, (0, 0), (0, 6), (4, 6))
    if of(draw, *OFTEN_NOT):
        rows["budgets"].append({"year": of(draw, *months), "max_spend": of(draw, 1500, 500)})
    rows["panels"] = []
    for number in some(draw, 0, 1):
        panel: dict[str, Any] = {"panel": f"P{number}", "max_suppliers": of(draw, None, 1, 2)}
        panel["material"] = of(draw, None, *MAGNETS)
        if len(COUNTRY) > 1 and of(draw, *OFTEN_NOT):
            panel |= {"max_suppliers": None, "min_suppliers": of(draw, 1, 2), "min_share_each": of(draw, 0.2, 0.4)}
        rows["panels"].append(panel)

"""What was planned for the periods that have passed against what really came, month by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import pandas as pd

from planner.present.charts import Chart
from planner.present.words import Wording
from planner.rolling.actuals import Actuals
from planner.rolling.position import Past, Position

PLANNED, ACTUAL = "Planned", "Actual"

_By = dict[int, float]


def planned_against_actual(
    past: Past, reached: Position, merged: Position, actuals: Actuals
) -> dict[str, pd.DataFrame]:
    """By what is compared: columns month, Planned and, where the actuals give it, Actual.

    arrivals: kg by offers; orders: kg on the way when the new period begins, by the month they are due; units: built;
    service: built of what was asked for, a share of the month; cost: cash, base currency.
    """
    calendar, periods = past.calendar, range(1, past.period)
    asked = _sum(past, "shortage", "demand")
    built = _sum(past, "shortage", "built")
    came: _By | None = None
    made: _By | None = None
    if "receipts" in actuals.given:
        came = _by_period((calendar.period(row.month), row.kg) for row in actuals.receipts)
    if "builds" in actuals.given:
        made = _by_period((calendar.period(row.month), row.units) for row in actuals.builds)
    cash = merged.cash if "receipts" in actuals.given else None
    due = _due(past, merged) if actuals.given & {"orders", "letters"} else None
    ahead = range(past.period, calendar.periods + 1)
    return {
        "arrivals": _table(past, periods, _sum(past, "arrivals", "released_kg"), came),
        "orders": _table(past, ahead, _due(past, reached), due),
        "units": _table(past, periods, built, made),
        "service": _table(past, periods, _share(built, asked), None if made is None else _share(made, asked)),
        "cost": _table(past, periods, reached.cash, cash),
    }


def _sum(past: Past, table: str, amount: str) -> _By:
    return _by_period((row["period"], float(row[amount])) for row in past.rows(table))


def _by_period(found: Iterable[tuple[int, float]]) -> _By:
    total: _By = defaultdict(float)
    for period, amount in found:
        total[period] += amount
    return dict(total)


def _share(part: _By, whole: _By) -> _By:
    return {period: part.get(period, 0.0) / asked for period, asked in whole.items() if asked > 0}


def _due(past: Past, position: Position) -> _By:
    return _by_period((past.calendar.period(row.month), row.kg) for row in position.orders)


def _table(past: Past, periods: Iterable[int], planned: Mapping[int, float], actual: _By | None) -> pd.DataFrame:
    months = list(periods)
    columns = {"month": [past.calendar.month(period) for period in months]}
    figures = {PLANNED: [planned.get(period, 0.0) for period in months]}
    if actual is not None:
        figures[ACTUAL] = [actual.get(period, 0.0) for period in months]
    return pd.DataFrame(columns | figures)


_TITLES = {
    "arrivals": ("Arrivals from offers by month, planned against actual", "kg"),
    "orders": ("Orders on the way by the month they are due, planned against actual", "kg"),
    "units": ("Units built by month, planned against actual", "units"),
    "service": ("Share of the month's demand built, planned against actual", "share"),
    "cost": ("Cash spent by month, planned against actual", ""),
}


def charts(found: Mapping[str, pd.DataFrame], wording: Wording) -> list[Chart]:
    """A chart each of what the actuals give: what came as columns, what was planned as a line."""
    return [_chart(name, rows, wording) for name, rows in found.items() if ACTUAL in rows.columns]


def _chart(name: str, rows: pd.DataFrame, wording: Wording) -> Chart:
    title, unit = _TITLES[name]
    shown, decimals = rows[["month", ACTUAL, PLANNED]].rename(columns={"month": "Month"}), 0
    if name == "cost":
        scale = wording.scale(float(shown[[ACTUAL, PLANNED]].abs().to_numpy().max(initial=0.0)))
        shown = shown.assign(**{column: shown[column] / scale.size for column in (ACTUAL, PLANNED)})
        unit, decimals = scale.name, scale.decimals
    return Chart(f"planned-{name}", title, "columns", shown, unit, "month", decimals, (PLANNED,))

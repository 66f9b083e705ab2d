"""What is ruled: limits, panels, budgets, and strategies."""

from __future__ import annotations

from typing import Any

from planner.scenario.fields import (
    Amount,
    Count,
    LimitScope,
    Mass,
    MaterialClass,
    Month,
    Name,
    PositiveShare,
    Share,
    SpendPeriod,
    Steps,
    Window,
    column,
)
from planner.scenario.rows.base import Row


class Limit(Row):
    """Shares of all arrivals, or kg, that a country or supplier must or may have."""

    limit: Name = column("a limit", key=True)
    scope: LimitScope = column("what the target is: a country or a supplier")
    target: Name = column("the country or supplier", ref="scope")
    class_: MaterialClass | None = column(
        "the material class whose arrivals it counts",
        default=None,
        blank="(all but feedstock and assembly)",
        alias="class",
    )
    per: Window = column("the window in which shares are taken; year: the financial year", default="horizon")
    from_: Month | None = column("arrivals before it do not count", default=None, blank="first period", alias="from")
    until: Month | None = column("arrivals after it do not count", default=None, blank="last period")
    min_share: Share = column("least share of arrivals", unit="share of kg", default=0.0)
    max_share: Share = column("largest share of arrivals", unit="share of kg", default=1.0)
    min_kg: Mass = column(
        "least that arrives from the target in a window; not asked of a financial year that the horizon's end cuts off",
        unit="kg",
        default=0.0,
    )
    max_kg: Mass | None = column(
        "most that arrives from the target in a window (a quota)", unit="kg", default=None, blank="unlimited"
    )
    before_kg: Mass = column(
        "what arrived from the target before the horizon in the window that is running", unit="kg", default=0.0
    )
    before_all_kg: Mass = column(
        "what arrived of the class before the horizon in the window that is running", unit="kg", default=0.0
    )


class Panel(Row):
    """Rules on how many suppliers are bought from."""

    panel: Name = column("a rule on how many suppliers are bought from", key=True)
    class_: MaterialClass | None = column(
        "the material class it speaks of", default=None, blank="(all but feedstock and assembly)", alias="class"
    )
    material: Name | None = column(
        "the one material it speaks of", ref="materials", default=None, blank="(all of the class)"
    )
    max_suppliers: Steps | None = column(
        "most suppliers that anything is ordered from", unit="suppliers", default=None, blank="unlimited"
    )
    min_suppliers: Count = column("least suppliers that count, each with min_share_each", unit="suppliers", default=0)
    min_share_each: PositiveShare | None = column(
        "least share of the horizon's arrivals by offers that a supplier must have to count, on average over the "
        "futures; to be given with min_suppliers",
        unit="share of kg",
        default=None,
        blank="(none)",
    )


class Budget(Row):
    """Cash that may be spent in a financial year or in a period, in every future."""

    year: SpendPeriod = column(
        "the financial year that ends in March 2027 is FY27; a period (2026-07) for a budget of that period alone",
        unit="financial year (FY27) or period",
        key=True,
    )
    max_spend: Amount = column("cash spent in the year or period, in every future", unit="base currency")


class Strategy(Row):
    """Named sets of changes to the scenario's cells, to solve with: planner solve my.xlsx --strategy NAME."""

    strategy: Name = column("a named set of changes", key=True)
    table: Name = column("the table that it changes", key=True)
    key: Name = column("the row: its key; parts of a compound key joined by /", key=True)
    field: Name = column("the field that it changes", key=True)
    value: Any = column("what it is set to", default=None, blank="(blank)")

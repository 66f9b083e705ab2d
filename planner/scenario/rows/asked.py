"""What is asked for: settings, product lines, their demand and how they can be built."""

from __future__ import annotations

from typing import ClassVar

from planner.scenario.fields import (
    Amount,
    Count,
    Decision,
    Integer,
    Month,
    MonthNumber,
    Name,
    PeriodMonths,
    Periods,
    Positive,
    Rate,
    Share,
    Steps,
    Tail,
    YesNo,
    column,
)
from planner.scenario.rows.base import Record, Row


class Settings(Record):
    """What is asked: one row a setting, its name and its value."""

    required_table: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True

    title: Name = column("what the scenario is")
    based_on: Name | None = column(
        "a named scenario whose rows this one changes row by row (folders only)", default=None, blank="(none)"
    )
    currency: Name = column("base currency", unit="ISO 4217", default="INR")
    start: Month = column("first month of the first period", unit="YYYY-MM")
    periods: Periods = column("number of periods")
    period_months: PeriodMonths = column("length of a period: 1, 3, 6 or 12", unit="months", default=3)
    year_start_month: MonthNumber = column("first month of the financial year, 1 to 12", default=4)
    discount_rate: Rate = column("rate at which later costs count less", unit="share/year", default=0.0)
    risk_weight: Share = column("lambda: weight of the CVaR against the expected cost", default=0.0)
    risk_tail: Tail = column("alpha, up to 0.999: CVaR is the mean of the worst 1 - alpha", default=0.9)
    salvage_share: Share = column("credit for stock at the horizon's end", unit="share of value", default=0.0)
    futures: Count = column("0: the table futures; above 0: that many futures made from the climates", default=0)
    courses: Steps = column(
        "paths sampled from the climates before they are reduced to that many futures", default=1000
    )
    seed: Integer = column("of the sampling", default=1)


class Segment(Row):
    """Product lines, each sold to one market: what magnets are needed for."""

    required_table: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True

    segment: Name = column("a product line sold to one market", key=True)
    sector: Name | None = column("the sector it belongs to", default=None, blank="(none)")
    market: Name = column("where its products are sold")
    end_use: Name = column("what they are for: civil, defence, …; what undertakings bar", default="civil")
    shortage_cost_per_unit: Amount = column("margin lost for a unit not built", unit="base currency/unit")
    delay_cost_per_unit: Amount | None = column(
        "a unit not built in its period may wait at this cost a period; blank: it is lost",
        unit="base currency/unit/period",
        default=None,
        blank="(no backlog)",
    )
    max_units_per_period: Amount | None = column(
        "assembly capacity", unit="units/period", default=None, blank="unlimited"
    )
    min_service: Share = column(
        "least share of the horizon's demand built by its end, in every future", unit="share", default=0.0
    )
    efficiency_cost_per_pp: Amount = column(
        "what a percentage point of motor efficiency lost costs per unit (battery, energy, warranty)",
        unit="base currency/unit/percentage point",
        default=0.0,
    )
    max_efficiency_loss_pp: Amount | None = column(
        "largest average loss over the units built in a period",
        unit="percentage points",
        default=None,
        blank="unlimited",
    )
    backlog_units: Amount = column("units that wait at the start; with a delay cost only", unit="units", default=0.0)
    before_units: Amount = column(
        "units built or lost before the start that min_service counts", unit="units", default=0.0
    )
    before_lost_units: Amount = column("those of them that were lost", unit="units", default=0.0)


class Demand(Row):
    """Units asked for: one column a period, each named by the period's first month."""

    required_table: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True
    period_columns: ClassVar[str | None] = "units"

    segment: Name = column("the product line", key=True, ref="segments")
    units: dict[Month, Amount] = column("units asked for in the period", unit="units")


class Promise(Row):
    """Shares of each period's demand that must be built in the period, in every future."""

    segment: Name = column("the product line", key=True, ref="segments")
    from_: Month | None = column(
        "first period in which it is promised", key=True, default=None, blank="first period", alias="from"
    )
    until: Month | None = column("last period in which it is promised", default=None, blank="last period")
    share: Share = column("what must be built in the period", unit="share of the period's demand")


class Design(Row):
    """Ways to build a segment's product: which magnets, how many, at what loss of efficiency."""

    required_table: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True

    design: Name = column("a way to build a segment's product", key=True)
    segment: Name = column("the product line", ref="segments")
    efficiency_loss_pp: Amount = column("against the segment's best design", unit="percentage points", default=0.0)
    extra_cost_per_unit: Amount = column("cost above the best design's", unit="base currency/unit", default=0.0)
    max_share: Share = column(
        "most of the period's demand that it can serve; of units that wait the same share",
        unit="share of demand",
        default=1.0,
    )
    qualified: YesNo = column("yes: can be built from the first period on", default="yes")
    qualification_cost: Amount = column("paid in the period of the decision", unit="base currency", default=0.0)
    qualification_periods: Count = column("from decision to first unit", unit="periods", default=0)
    qualified_from: Month | None = column(
        "first period in which it is qualified by what was begun before the horizon; with qualified no; "
        "decision must then asks nothing more",
        default=None,
        blank="(none)",
    )
    eligible_units: Amount | None = column(
        "units waiting at the start that it may serve, at most backlog_units; "
        "with max_share below 1 and where units may wait only",
        unit="units",
        default=None,
        blank="(max_share of backlog_units)",
    )
    decision: Decision = column(
        "must: its qualification begins in the first period; never: not built at all", default="free"
    )


class DesignMaterial(Row):
    """Magnets of a design; a design with no row here needs no magnet."""

    design: Name = column("the design", key=True, ref="designs")
    material: Name = column("a magnet in it", key=True, ref="materials")
    kg_per_unit: Positive = column("how much of it", unit="kg/unit")

"""A checked scenario: typed tables, the calendar of its periods, and look-ups by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from planner.scenario import tables as t


@dataclass(frozen=True)
class Calendar:
    """The periods of a scenario: T of them, numbered 1..T, each `months` long from month `start` on."""

    start: str
    periods: int
    months: int
    year_start_month: int

    def period(self, month: str) -> int:
        """The number of the period that holds `month` ('YYYY-MM'); below 1 or above T when outside."""
        return (_ordinal(month) - _ordinal(self.start)) // self.months + 1

    def month(self, period: int) -> str:
        """The first month of a period, as 'YYYY-MM'."""
        year, month = divmod(_ordinal(self.start) + (period - 1) * self.months, 12)
        return f"{year:04d}-{month + 1:02d}"

    def year(self, period: int) -> str:
        """The financial year of a period's first month: the one that ends in March 2027 is 'FY27'."""
        ordinal = _ordinal(self.month(period))
        # Shift so that the financial year's last month is December of the year that names it.
        ending = (ordinal + (13 - self.year_start_month) % 12) // 12
        return f"FY{ending % 100:02d}"

    def spent_in(self, year: str) -> list[int]:
        """The periods in which a budget counts: those of a financial year (FY27), or the one that holds a month."""
        if year.startswith("FY"):
            return [period for period in self.all if self.year(period) == year]
        return [period for period in self.all if period == self.period(year)]

    @cached_property
    def all(self) -> tuple[int, ...]:
        """1..T."""
        return tuple(range(1, self.periods + 1))

    def within(self, from_: str | None, until: str | None) -> range:
        """The periods of a window given as months; a blank side is open."""
        first = max(1, self.period(from_)) if from_ else 1
        last = min(self.periods, self.period(until)) if until else self.periods
        return range(first, last + 1)


def _ordinal(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1


NO_MAGNETS = ("feedstock", "assembly")
"""Classes that are no magnets: what magnets are made of, and bought-in motors, rotors and modules."""


class Scenario(BaseModel):
    """One planning question, checked: rows are typed, names resolve, months lie inside the horizon.

    Masses are kg, money is base currency unless a field says otherwise, shares are 0..1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    name: str
    settings: t.Settings
    currencies: tuple[t.Currency, ...] = ()
    materials: tuple[t.Material, ...] = ()
    stock: tuple[t.Stock, ...] = ()
    undertakings: tuple[t.Undertaking, ...] = ()
    licences: tuple[t.Licence, ...] = ()
    open_applications: tuple[t.OpenApplication, ...] = ()
    suppliers: tuple[t.Supplier, ...] = ()
    offers: tuple[t.Offer, ...] = ()
    open_orders: tuple[t.OpenOrder, ...] = ()
    fixed_orders: tuple[t.FixedOrder, ...] = ()
    conversions: tuple[t.Conversion, ...] = ()
    conversion_inputs: tuple[t.ConversionInput, ...] = ()
    expansions: tuple[t.Expansion, ...] = ()
    open_expansions: tuple[t.OpenExpansion, ...] = ()
    segments: tuple[t.Segment, ...] = ()
    demand: tuple[t.Demand, ...] = ()
    promises: tuple[t.Promise, ...] = ()
    designs: tuple[t.Design, ...] = ()
    design_materials: tuple[t.DesignMaterial, ...] = ()
    futures: tuple[t.Future, ...] = ()
    events: tuple[t.Event, ...] = ()
    climates: tuple[t.Climate, ...] = ()
    climate_moves: tuple[t.ClimateMove, ...] = ()
    climate_effects: tuple[t.ClimateEffect, ...] = ()
    limits: tuple[t.Limit, ...] = ()
    panels: tuple[t.Panel, ...] = ()
    budgets: tuple[t.Budget, ...] = ()
    strategies: tuple[t.Strategy, ...] = ()

    @cached_property
    def calendar(self) -> Calendar:
        """The periods."""
        s = self.settings
        return Calendar(s.start, s.periods, s.period_months, s.year_start_month)

    @cached_property
    def supplier(self) -> dict[str, t.Supplier]:
        """Suppliers by name."""
        return {row.supplier: row for row in self.suppliers}

    @cached_property
    def offer(self) -> dict[str, t.Offer]:
        """Offers by name."""
        return {row.offer: row for row in self.offers}

    @cached_property
    def material(self) -> dict[str, t.Material]:
        """Materials by name."""
        return {row.material: row for row in self.materials}

    @cached_property
    def licence(self) -> dict[str, t.Licence]:
        """Licences by name."""
        return {row.licence: row for row in self.licences}

    @cached_property
    def segment(self) -> dict[str, t.Segment]:
        """Segments by name."""
        return {row.segment: row for row in self.segments}

    @cached_property
    def conversion(self) -> dict[str, t.Conversion]:
        """Conversions by name."""
        return {row.conversion: row for row in self.conversions}

    @cached_property
    def rate(self) -> dict[str, float]:
        """Base currency per unit of each currency; the base currency is 1."""
        return {row.currency: row.rate for row in self.currencies} | {self.settings.currency: 1.0}

    @cached_property
    def units(self) -> dict[str, dict[int, float]]:
        """Demand in units by segment and period, before any event's factor."""
        return {
            row.segment: {self.calendar.period(month): units for month, units in row.units.items()}
            for row in self.demand
        }

    def pool(self, offer: t.Offer) -> str:
        """The pool that an offer's arrivals go to: its own undertaking, else its licence's, else '' (free)."""
        if offer.undertaking:
            return offer.undertaking
        return (self.licence[offer.licence].undertaking or "") if offer.licence else ""

    def counts(self, limit: t.Limit, material: str) -> bool:
        """Whether arrivals of a material count in a limit: those of its class, else all but feedstock and assembly."""
        return self.is_of_class(limit.class_, material)

    def is_of_class(self, class_: str | None, material: str) -> bool:
        """Whether a material is of a class; None: of any but feedstock and assembly."""
        own = self.material[material].class_
        return own == class_ if class_ else own not in NO_MAGNETS

    @cached_property
    def counted(self) -> frozenset[str]:
        """Materials counted in pieces, not in kg: bought-in assemblies."""
        return frozenset(row.material for row in self.materials if row.class_ == "assembly")

    def speaks_of(self, panel: t.Panel, material: str) -> bool:
        """Whether a panel speaks of a material: the one that it names, else all of its class."""
        return material == panel.material if panel.material else self.is_of_class(panel.class_, material)

    def is_target(self, limit: t.Limit, supplier: str) -> bool:
        """Whether what comes from a supplier comes from a limit's target."""
        return limit.target == (self.supplier[supplier].country if limit.scope == "country" else supplier)

"""The picture of a scenario: demand over time, offers by country with capacity and price, licence courses by future."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from planner.futures.tree import grow
from planner.present.assumptions import EVERY, assumptions
from planner.present.words import Wording
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Offer
from planner.serve.charts import Chart, along, heat

_MOST_SEGMENTS = 8
_MOST_COURSES = 40


def pictures(scenario: Scenario) -> list[Chart]:
    """The charts of a scenario that there are figures for."""
    return [*_demand(scenario), *_offers(scenario), *_courses(scenario)]


def contents(scenario: Scenario) -> dict[str, str]:
    """What a scenario holds, as labels and words."""
    calendar, settings = scenario.calendar, scenario.settings
    periods = {1: "months", 3: "quarters", 6: "half-years", 12: "years"}[settings.period_months]
    countries = len({row.country for row in scenario.suppliers})
    assumed = assumptions(scenario)[EVERY]
    found = {
        "Horizon": f"{calendar.month(1)} to {calendar.month(calendar.periods)}, {calendar.periods} {periods}",
        "Product lines": f"{len(scenario.segments):,} with {len(scenario.designs):,} designs",
        "Offers": f"{len(scenario.offers):,} of {len(scenario.suppliers):,} suppliers in {countries} countries",
        "Licences": ", ".join(row.licence for row in scenario.licences) or "none",
        "Futures": f"{max(len(scenario.futures), 1):,}",
        "Currency": settings.currency,
    }
    return found | ({"In every future": assumed} if assumed else {})


def size(scenario: Scenario) -> int:
    """Tree nodes × (offers + designs): how long a solve is likely to take."""
    return len(grow(scenario).parent) * (len(scenario.offers) + len(scenario.designs))


def futures(scenario: Scenario) -> list[dict[str, object]]:
    """Each future, how probable it is and what it assumes."""
    assumed = assumptions(scenario)
    return [
        {"future": row.future, "probability": row.probability, "assumes": assumed[row.future]}
        for row in scenario.futures
    ]


def _demand(scenario: Scenario) -> Iterator[Chart]:
    """Units asked for, a series a product line; of many the smaller ones are one."""
    calendar = scenario.calendar
    months = [calendar.month(period) for period in calendar.all]
    units = {name: [by.get(period, 0.0) for period in calendar.all] for name, by in scenario.units.items()}
    table = pd.DataFrame(units, index=months)
    order = table.sum().sort_values(ascending=False, kind="stable").index.tolist()
    named = order if len(order) <= _MOST_SEGMENTS else order[: _MOST_SEGMENTS - 1]
    shown = table[named]
    if len(named) < len(order):
        shown = shown.assign(**{f"{len(order) - len(named)} others": table[order[len(named) :]].sum(axis=1)})
    rows = shown.rename_axis("month").reset_index()
    yield along("demand", "Demand by product line", rows, unit="units", kind="areas", along="period")


def _offers(scenario: Scenario) -> Iterator[Chart]:
    """Landed price against country, a bubble an offer as large as its capacity."""
    if not scenario.offers:
        return
    country = {row.supplier: row.country for row in scenario.suppliers}
    wording = Wording(scenario.settings.currency)
    found: list[tuple[Offer, str, str, float]] = [
        (row, country[row.supplier], scenario.material[row.material].class_, _landed(scenario, row))
        for row in scenario.offers
    ]
    capacity: dict[str, float] = {}
    for row, where, _, _ in found:
        capacity[where] = capacity.get(where, 0.0) + row.max_kg_per_period
    countries = sorted(capacity, key=lambda name: capacity[name])
    points = [
        (row.offer, class_, price, float(countries.index(where)), row.max_kg_per_period)
        for row, where, class_, price in found
    ]
    unit = f"{wording.symbol}/kg"
    heads = ["Offer", "Country", "Supplier", "Material", "Class", f"Landed price [{unit}]", "Capacity [kg/period]"]
    body = [
        [row.offer, where, row.supplier, row.material, class_, price, row.max_kg_per_period]
        for row, where, class_, price in sorted(found, key=lambda one: (-capacity[one[1]], one[3]))
    ]
    title = "Offers by country: landed price, and capacity as the size of the bubble"
    yield Chart("offers", title, "bubbles", unit, 0, "landed price", x=countries, points=points, table=[heads, *body])


def _landed(scenario: Scenario, row: Offer) -> float:
    """Price with freight, duty and currency, base currency per kg."""
    rate = scenario.rate[row.currency or scenario.settings.currency]
    return (row.price_per_kg + row.freight_per_kg) * (1 + row.duty_rate) * rate


def _courses(scenario: Scenario) -> Iterator[Chart]:
    """For each licence the share that is released in each future and month."""
    tree, calendar = grow(scenario), scenario.calendar
    months = [calendar.month(period) for period in calendar.all]
    for place, licence in enumerate(scenario.licences, start=1):
        released = tree.clearance[licence.licence][tree.node_of[:_MOST_COURSES, 1:]]
        rows = pd.DataFrame(released, index=list(tree.futures[:_MOST_COURSES]), columns=months)
        title = f"Licence {licence.licence}: share of an order that is released on arrival"
        yield heat(f"licence-{place}", title, rows, unit="share", heading="Future", largest=1.0)

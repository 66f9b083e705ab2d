"""The tables of docs/scenarios/india-magnets.md, from a plan: `python -m benchmarks.national PLAN.json`.

`planner solve india-magnets --gap 1e-3 --json PLAN.json` makes it. Tonnes are those that arrive in the financial
year 2026-27, on average over the futures. What is not in the scenario, and assumed here, stands in the constants below.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.measure import table
from planner.reading import load
from planner.scenario.scenario import Scenario

YEAR = ("2026-04", "2027-03")
DY_TB = {"NdFeB-heavy": 0.035, "NdFeB-GBD": 0.0175}
"""Dysprosium and terbium in a kilogram of magnet: half in a diffusion grade."""
FREE_FEED = 0.15
"""Share of Japan's and Vietnam's magnets that Lynas's oxides can feed: the rest is fed by China."""
HEAVY = tuple(DY_TB)
LIGHT = ("NdFeB-light",)


class National:
    """A plan's tables, weighed over the futures, within the year."""

    def __init__(self, document: dict[str, Any], scenario: Scenario) -> None:
        self.scenario = scenario
        self.tables = {name: pd.DataFrame(rows) for name, rows in document["tables"].items()}
        self.probability = self.tables["nodes"].set_index("node")["probability"]

    def expected(self, name: str, column: str) -> pd.DataFrame:
        """A table by node within the year, `column` weighed with the probability of its node."""
        rows = self.tables[name]
        rows = rows[(rows["month"] >= YEAR[0]) & (rows["month"] <= YEAR[1])]
        return rows.assign(**{column: rows[column] * rows["node"].map(self.probability)})

    @property
    def arrived(self) -> pd.DataFrame:
        """Tonnes of magnets that arrive by material and country: bought, and made in India."""
        bought = self.expected("arrivals", "released_kg").rename(columns={"released_kg": "kg"})
        both = pd.concat([bought, self.expected("conversion", "kg").assign(country="India")])
        return both.groupby(["material", "country"])["kg"].sum().unstack(fill_value=0) / 1e3

    @property
    def first_designs(self) -> dict[str, str]:
        """Each line's first design: that of FY25."""
        return {design.segment: design.design for design in reversed(self.scenario.designs)}

    @property
    def need(self) -> float:
        """Tonnes of heavy magnets that the year's demand takes with the designs of FY25."""
        demand = self.expected("shortage", "demand").groupby("segment")["demand"].sum()
        return sum(kg * float(demand[segment]) for segment, kg in self._heavy_kg().items()) / 1e3

    @property
    def inside(self) -> float:
        """Tonnes of heavy magnets inside bought motors and modules: as much as the line's own motor of FY25 holds."""
        heavy, line = self._heavy_kg(), {design.design: design.segment for design in self.scenario.designs}
        holds = {row.material: heavy.get(line[row.design], 0.0) for row in self.scenario.design_materials}
        assemblies = [row.material for row in self.scenario.materials if row.class_ == "assembly"]
        arrived = self.expected("arrivals", "released_kg")
        pieces = arrived[arrived["material"].isin(assemblies)]
        return float((pieces["released_kg"] * pieces["material"].map(holds)).sum()) / 1e3

    def _heavy_kg(self) -> dict[str, float]:
        takes = {(row.design, row.material): row.kg_per_unit for row in self.scenario.design_materials}
        found = {segment: takes.get((design, "NdFeB-heavy"), 0.0) for segment, design in self.first_designs.items()}
        return {segment: kg for segment, kg in found.items() if kg}


def dysprosium(found: National) -> str:
    """The need, and where it is met: tonnes of heavy magnets, and of Dy and Tb in them."""
    rare, usual = pd.Series(DY_TB), DY_TB["NdFeB-heavy"]
    china, japan = (found.arrived[country].reindex(HEAVY, fill_value=0.0) for country in ("China", "Japan"))
    whole = (found.need, found.need * usual)
    met: dict[str, tuple[float, float]] = {
        "under Chinese licences": (float(china.sum()), float((china * rare).sum())),
        "inside bought motors and modules": (found.inside, found.inside * usual),
        "Japan": (float(japan.sum()), float((japan * rare).sum())),
    }
    left = (whole[0] - sum(each for each, _ in met.values()), whole[1] - sum(each for _, each in met.values()))
    rows = {"need with the designs of FY25": whole} | met | {"replaced, or waiting": left}
    said = [[name, f"{tonnes:,.0f}", f"{part:.1f}"] for name, (tonnes, part) in rows.items()]
    return table(("heavy magnets, FY27", "t", "Dy and Tb, t"), said, markdown=True)


def chinas_share(found: National) -> str:
    """China's share of what arrives, with what is inside motors, and with the feed of others' magnets."""
    rows = [["heavy", *_shares(found, HEAVY, found.inside)], ["light", *_shares(found, LIGHT, 0.0)]]
    return table(("class", "magnets", "with motors", "with feed"), rows, markdown=True)


def _shares(found: National, materials: Sequence[str], inside: float) -> list[str]:
    arrived = found.arrived[found.arrived.index.isin(materials)].sum()
    china, whole = float(arrived["China"]), float(arrived.sum())
    fed = (1 - FREE_FEED) * float(arrived.reindex(["Japan", "Vietnam"], fill_value=0.0).sum())
    return [
        f"{share:.0%}" for share in (china / whole, *((china + inside + more) / (whole + inside) for more in (0, fed)))
    ]


def main() -> None:
    """Read a plan, print the tables."""
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    found = National(document, load("india-magnets").scenario)
    print(dysprosium(found), chinas_share(found), sep="\n\n")


if __name__ == "__main__":
    main()

"""What decisions of the state are worth in india-magnets: `python -m benchmarks.state [NAME …] [--json OUT]`.

Each is an optimum less another one, with the interval that both proven bounds leave (docs/worth.md). A decision is
cells set otherwise; what it is worth in other circumstances is asked with cells that both optima have. Duty that is
paid comes back to the state: it is shown beside what buyers pay, by expected value. All in crore of rupees, discounted.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

from benchmarks.measure import Record, arguments, headline, machine, table, write_json
from planner.model.cost import discount
from planner.pipeline import Prepared, plan_of
from planner.reading import load
from planner.scenario.load import Loaded
from planner.solver.outcome import Options
from planner.valuation.desk import Desk, Solved
from planner.valuation.interval import difference
from planner.valuation.question import Cell, Question, overlaid

SCENARIO = "india-magnets"
CRORE = 1e7
GAP = 5e-4

METAL = ("NdFeB-heavy", "NdFeB-GBD", "NdFeB-light", "SmCo")
"""What duty on metal magnets is paid on; ferrite has a heading of its own."""


def _event(name: str, kind: str, scope: str, target: str, value: float, since: str, until: str | None) -> list[Cell]:
    cells = {"future": "*", "kind": kind, "scope": scope, "target": target, "value": value, "from": since}
    return [("events", name, field, given) for field, given in (cells | ({"until": until} if until else {})).items()]


def _duty(loaded: Loaded, rate: float) -> list[Cell]:
    offers = loaded.scenario.offers
    return [("offers", o.offer, "duty_rate", rate) for o in offers if o.duty_rate and o.material in METAL]


def _strategy(loaded: Loaded, name: str) -> list[Cell]:
    rows = [row.cells for row in loaded.raw.tables["strategies"].data_rows() if row.cells["strategy"] == name]
    return [(row["table"], row["key"], row["field"], row.get("value")) for row in rows]


def _bus_motor(rupees: float) -> list[Cell]:
    """What a bought bus motor costs above an Indian one under the relief, and ₹900,000 more without it."""
    return [("offers", "CN bus motor, relief", "price_per_kg", rupees),
            ("offers", "CN bus motor", "price_per_kg", rupees + 900_000)]  # fmt: skip


NO_PLANTS = _event("no award", "capacity", "supplier", "IN scheme plants", 0.0, "2029-01", None)
HEAVY_PAID: list[Cell] = [("conversions", "scheme heavy", "cost_per_kg", 3588 - 2150)]
"""Its cost less the incentive of ₹2,150 a kg, which light magnets have."""
A_YEAR_LATER = _event("award later", "capacity", "supplier", "IN scheme plants", 0.0, "2029-01", "2029-12")


@dataclass(frozen=True)
class Decision:
    """What the state decides, the circumstances in which it is asked, and what its worth is known to lie between.

    What allows more can cost nothing, what allows less can save nothing.
    """

    name: str
    cells: list[Cell]
    beside: tuple[Cell, ...] = ()
    least: float = -math.inf
    most: float = math.inf


def decisions(loaded: Loaded) -> list[Decision]:
    """All that are asked about."""
    halted, duty = _strategy(loaded, "exports-halted"), _duty(loaded, 0.18)
    domestic = _strategy(loaded, "domestic-first")
    relief = _strategy(loaded, "relief-prolonged")
    return [
        Decision("exports halted", halted, least=0),
        Decision("award: none", NO_PLANTS, most=0),
        Decision("award: a year later", A_YEAR_LATER, most=0),
        Decision("award: for heavy magnets too", HEAVY_PAID, least=0),
        Decision("duty of 18 %", duty, most=0),
        Decision("exports halted, duty of 18 %", halted, tuple(duty), least=0),
        Decision("award: none, duty of 18 %", NO_PLANTS, tuple(duty), most=0),
        Decision("relief prolonged", relief, least=0),
        Decision("duty of 0 %", _duty(loaded, 0.0), least=0),
        Decision("duty of 25 %", _duty(loaded, 0.25), most=0),
        Decision("exports halted, 12 % of light magnets from India", halted, tuple(domestic), least=0),
        Decision("relief prolonged, a motor ₹55,000 above", relief, tuple(_bus_motor(55_000)), least=0),
        Decision("relief prolonged, a motor ₹255,000 above", relief, tuple(_bus_motor(255_000)), least=0),
    ]


class Asked:
    """A scenario's optima, each solved once, from the plan of the scenario as it stands."""

    def __init__(self, loaded: Loaded, options: Options) -> None:
        self.loaded, self.options = loaded, options
        self.desk = Desk(loaded, None)
        self.solved: dict[str, Solved] = {}
        self.desk = Desk(loaded, self.of(()).outcome)

    def of(self, cells: tuple[Cell, ...]) -> Solved:
        """The optimum with these cells set."""
        if repr(cells) not in self.solved:
            program = self.desk.program(Question(cells))
            found = self.desk.solve(program, self.options, lambda _: None, threading.Event())
            self.solved[repr(cells)] = found
        return self.solved[repr(cells)]

    def worth(self, decision: Decision) -> Record:
        """What a decision saves, with its interval, and what more of duty it brings in."""
        before, after = decision.beside, (*decision.beside, *decision.cells)
        found = difference(self.of(before).found, self.of(after).found, decision.least, decision.most)
        more = self.duty(after) - self.duty(before)
        crore = {name: (value or 0.0) / CRORE for name, value in found.document.items()}
        return {"decision": decision.name} | crore | {"duty": more / CRORE}

    def duty(self, cells: tuple[Cell, ...]) -> float:
        """Duty on metal magnets that an optimum pays: expected, discounted, in base currency.

        A kilogram lands at price x (1 + duty) + freight, by `docs/model.md`.
        """
        solved, loaded = self.of(cells), overlaid(self.loaded, cells)
        plan = plan_of(Prepared(loaded, solved.path.tree, solved.path, solved.instance), solved.outcome)
        nodes = plan.tables["nodes"].set_index("node")
        weight = nodes["probability"] * [discount(solved.path, period) for period in nodes["period"]]
        rates = {rate.currency: rate.rate for rate in loaded.scenario.currencies} | {None: 1.0}
        paid = 0.0
        for offer in (o for o in loaded.scenario.offers if o.duty_rate and o.material in METAL):
            arrived = plan.tables["arrivals"].query("offer == @offer.offer")
            freight = offer.freight_per_kg * rates.get(offer.currency, 1.0)
            with_duty = arrived["purchase_cost"] - freight * arrived["released_kg"]
            share = offer.duty_rate / (1 + offer.duty_rate)
            paid += share * float((with_duty * weight[arrived["node"]].to_numpy()).sum())
        return paid


def said(found: list[Record], markdown: bool = False) -> str:
    """The table, in crore."""
    head = ("decision", "worth to buyers", "from", "to", "duty", "worth and duty")
    rows = [
        [r["decision"], *(f"{r[name]:.1f}" for name in ("value", "low", "high", "duty", "both"))]
        for r in ({"both": r["value"] + r["duty"]} | r for r in found)
    ]
    return table(head, rows, markdown)


def main() -> None:
    """Ask, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("names", nargs="*", help="decisions whose names begin so (default: all)")
    parser.add_argument("--scenario", default=SCENARIO, help="one of India's (default: %(default)s)")
    parser.add_argument("--gap", type=float, default=GAP)
    parser.add_argument(
        "--time-limit", type=float, help="seconds an optimum; what is not closed by then is a wider interval"
    )
    options = parser.parse_args()
    asked = Asked(load(options.scenario), Options(gap=options.gap, time_limit=options.time_limit))
    wanted = [d for d in decisions(asked.loaded) if not options.names or d.name.startswith(tuple(options.names))]
    print(headline(machine()))
    found = [asked.worth(decision) for decision in wanted]
    print(said(found, options.markdown))
    write_json(options.json, {"state": found})


if __name__ == "__main__":
    main()

"""What things are worth, solved by hand: EVPI, VSS, notice, licences, undertakings, decisions, prices, break-even."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner.errors import Infeasible, UsageError
from planner.scenario.load import Loaded
from planner.valuation.bracket import Search, Side, Trial
from planner.valuation.cell import CellSearch, named_cell, named_decision
from planner.valuation.decisions import FIXED, NO_PLAN, NONE_KEPT
from planner.valuation.interval import Found, Interval, difference
from planner.valuation.prices import NEVER
from planner.valuation.worth import PARTS, Worth, worth
from tests.scenarios import P1, P2, TWO_FUTURES, Y2, YEARLY, near, tiny

Y3 = "2028-04"

LATE: dict[str, Any] = {
    "units": (0, 0, 10),
    "settings": YEARLY,
    "licences": {"application_fee": 20},
    "suppliers": [{}, {"supplier": "T", "country": "Japan"}],
    "offers": [
        {"licence": "L", "lead_periods": 1, "from": Y2, "deposit_share": 0.2, "max_kg_per_period": 1000},
        {"offer": "J", "supplier": "T", "price_per_kg": 30, "lead_periods": 2},
        {"offer": "K", "supplier": "T", "price_per_kg": 40, "lead_periods": 1},
    ],
    "futures": TWO_FUTURES,
    "events": {"future": "b", "kind": "clearance", "scope": "licence", "target": "L", "from": Y3, "value": 0},
}
"""10 units in the third year, 1 kg each; a unit not built costs 1000. O (10 a kg) needs licence L (20), which is cleared
in future a and not in b, as is seen in the third year, when 2 a kg are lost; it is ordered a year before, as is K
(40), and J (30) two years before.

RP: whatever may fail must be covered, so that J serves all: 300. K would cost 400, O beside J or K its price on top.
"""


def valued(given: dict[str, Any], *parts: str, **how: Any) -> Worth:
    return worth(tiny(**given), parts, workers=1, **how)


def value(found: Interval | None) -> float:
    """The value of an interval that the bounds close."""
    assert found is not None
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-6 <= found.value <= found.high + 1e-6
    assert found.width <= 2e-3
    return found.value


# --- information -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def late() -> Worth:
    return valued(LATE, *PARTS)


def test_evpi(late: Worth) -> None:
    """Hindsight: in a O for 20 + 100 = 120, in b J for 300: 210 on average, 90 below 300."""
    assert late.rp == Found(near(300), near(300))
    assert value(late.evpi) == near(90)


def test_evpi_weighs_as_the_scenario_does() -> None:
    """All weight on the worst half: hindsight costs 300 in b, RP 300 in both."""
    given = LATE | {"settings": YEARLY | {"risk_weight": 1, "risk_tail": 0.5}}
    assert value(valued(given, "information").evpi) == near(0)


def test_notice(late: Worth) -> None:
    """Known in the second year: 20 for L, then O (100) or K (400): 270. In the first: O (100) or J (300): 220.

    `now` stays blind, so that L is applied for in b as well: 10 less than EVPI.
    """
    worths = {(row.licence, row.periods): value(row.worth) for row in late.notices}
    assert worths == {("L", 1): near(30), ("L", 2): near(80), (None, 1): near(30), (None, 2): near(80)}


def test_notice_of_another_licence_is_worth_nothing() -> None:
    given = LATE | {"licences": [{"application_fee": 20}, {"licence": "other"}]}
    worths = {(row.licence, row.periods): row.worth for row in valued(given, "information").notices}
    assert worths["other", 2] == Interval(0, 0, 0)
    assert value(worths["L", 2]) == near(80)


def test_vss(late: Worth) -> None:
    """On average half is cleared: 20 kg of O cost 100 for what arrives, 20 for what does not, 20 for L: 140.

    So L is applied for; J serves all the same: 320, 20 above RP.
    """
    assert late.average is not None
    decided = late.average.decisions
    assert decided is not None
    assert (decided["apply"], decided["sign"], decided["keep"]) == (["L"], ["O"], {})
    assert value(late.average.vss) == near(20)


def test_vss_of_a_plan_that_cannot_be_carried_out() -> None:
    """On average 10 of 20 kg are cleared, so that no Japanese offer is signed (100); without it all is lost in b."""
    offers = [
        {"licence": "L", "lead_periods": 1, "from": Y2},
        {"offer": "J", "supplier": "T", "price_per_kg": 30, "lead_periods": 1, "signing_fee": 100},
    ]
    given = LATE | {"offers": offers, "segments": {"min_service": 1}}
    average = valued(given, "information").average
    assert average is not None
    assert average.vss is None
    assert average.infinite.startswith("The plan for the average future cannot be carried out in every future: ")
    assert "J" in average.infinite
    assert "min_service" in average.infinite
    document = valued(given, "information").document
    assert document["vss"] == {"infinite": average.infinite}


FARM: dict[str, Any] = {
    "wheat": {"yield": 3.0, "planting": 150, "feed": (200, 238), "markets": [(1500, 170)]},
    "corn": {"yield": 3.6, "planting": 230, "feed": (240, 210), "markets": [(1800, 150)]},
    "beets": {"yield": 24.0, "planting": 260, "feed": None, "markets": [(6000, 36), (12000, 10)]},
}
"""Per crop: tons an acre in a good year, cost of planting an acre, tons needed and what they cost to buy, and tons that
can be sold at a price."""


def farm() -> tuple[Loaded, float]:
    """The farmer problem of Birge and Louveaux, 'Introduction to Stochastic Programming' (1997), 1.1, as a scenario.

    Acres are capacity that is kept now; what grows on one is cleared in full in a good year, by 1/1.2 in an average and
    by 0.8/1.2 in a bad one; the land is what the supplier can take. What is not fed or sold is lost at its price, so
    that costs are the published ones plus what all markets together pay: the second value.
    """
    lines, offers, materials, designs, magnets = [], [], [], [], []
    demand: dict[str, tuple[float, ...]] = {}
    most = 0.0
    for crop, row in FARM.items():
        materials.append({"material": crop, "class": "heavy"})
        offers.append(
            {"offer": crop, "material": crop, "licence": "L", "price_per_kg": 0, "max_kg_per_period": 500,
             "lead_periods": 1, "until": P1, "reservation_fee_per_kg": row["planting"]}
        )  # fmt: skip
        uses = [("feed", *row["feed"])] if row["feed"] else []
        uses += [(f"market {n}", tons, price) for n, (tons, price) in enumerate(row["markets"])]
        most += sum(tons * price for tons, price in row["markets"])
        for use, tons, price in uses:
            name = f"{crop} {use}"
            lines.append({"segment": name, "shortage_cost_per_unit": price})
            designs.append({"design": name, "segment": name})
            magnets.append({"design": name, "material": crop, "kg_per_unit": 1 / row["yield"]})
            demand[name] = (0, tons)
    events = [
        {"future": future, "kind": "clearance", "scope": "licence", "target": "L", "from": P2, "value": share / 1.2}
        for future, share in {"average": 1.0, "bad": 0.8}.items()
    ]
    loaded = tiny(
        demand,
        materials=materials,
        offers=offers,
        segments=lines,
        designs=designs,
        design_materials=magnets,
        licences={},
        suppliers={"max_kg_per_period": 500},
        futures=[{"future": name, "probability": 1 / 3} for name in ("good", "average", "bad")],
        events=events,
    )
    return loaded, most


def test_farmer() -> None:
    """Birge and Louveaux (1997), 1.1: RP −108,390, wait and see −115,405.56, EVPI 7,015.56, VSS 1,150."""
    loaded, most = farm()
    found = worth(loaded, ("information",), workers=1)
    assert found.rp.objective - most == pytest.approx(-108_390, abs=0.5)
    assert value(found.evpi) == pytest.approx(7_015.56, abs=0.01)
    assert found.average is not None
    assert value(found.average.vss) == pytest.approx(1_150, abs=0.01)
    kept = found.average.decisions["keep"] if found.average.decisions else {}
    assert kept == {"wheat": near(120), "corn": near(80), "beets": near(300)}


# --- licences and undertakings -----------------------------------------------------------------------


def test_licence(late: Worth) -> None:
    """Cleared throughout, O serves all for 20 + 100: 180 less. As things are it is not used: its option is worth 0."""
    (licence,) = late.licences
    assert value(licence.certain) == near(180)
    assert value(licence.option) == near(0)


def test_licence_by_clearance(late: Worth) -> None:
    """Cleared by c throughout, 10 / c kg are ordered: 20 + 100 + 2 · (10 / c − 10), against 300 without it.

    That is 300 at c = 0.1, from where on it pays.
    """
    (licence,) = late.licences
    assert {share: value(found) for share, found in licence.band} == {
        0.0: near(0),
        0.25: near(300 - 180),
        0.5: near(300 - 140),
        0.75: near(300 - 120 - 20 / 3),
        1.0: near(300 - 120),
    }
    assert licence.pays_from is not None
    low, high = licence.pays_from
    assert low <= 0.1 <= high
    assert high - low <= 1e-3 + 1e-9


BARRED: dict[str, Any] = {
    "units": {"bus": (10,), "fan": (10,)},
    "undertakings": {"barred_markets": "US"},
    "licences": {"application_fee": 20, "undertaking": "U"},
    "suppliers": [{}, {"supplier": "T", "country": "Japan"}],
    "offers": [{"licence": "L"}, {"offer": "J", "supplier": "T", "price_per_kg": 30}],
    "segments": [{}, {"segment": "fan", "market": "US"}],
    "designs": [{}, {"design": "F", "segment": "fan"}],
    "design_materials": [{}, {"design": "F"}],
}
"""10 buses for India and 10 fans for the US. O (10 a kg, licence 20) may not go to the US, J (30) may.

RP: 20 + 100 for buses, 300 for fans: 420.
"""


def test_undertaking() -> None:
    """Without it J serves all: 600, 180 more. Barring nothing, O would: 20 + 200 = 220, 200 less."""
    found = valued(BARRED, "licences")
    (undertaking,) = found.undertakings
    assert (value(undertaking.option), value(undertaking.promise)) == (near(180), near(200))
    (licence,) = found.licences
    assert (value(licence.option), value(licence.certain)) == (near(180), near(0))


WAITS: dict[str, Any] = {
    "units": {"bus": (0, 10, 0), "fan": (0, 5, 0)},
    "settings": YEARLY,
    "undertakings": {"barred_markets": "US"},
    "licences": {"application_fee": 20, "undertaking": "U", "unreleased": "waits", "apply_until": "2026-04"},
    "suppliers": [{}, {"supplier": "T", "country": "Japan"}],
    "offers": [
        {"licence": "L", "lead_periods": 1, "until": "2026-04"},
        {"offer": "J", "supplier": "T", "price_per_kg": 16, "from": Y2},
    ],
    "segments": [{"delay_cost_per_unit": 8}, {"segment": "fan", "market": "US"}],
    "designs": [{}, {"design": "F", "segment": "fan"}],
    "design_materials": [{}, {"design": "F"}],
    "futures": TWO_FUTURES,
    "events": {
        "future": "b", "kind": "clearance", "scope": "licence", "target": "L", "from": Y2, "until": Y2, "value": 0,
    },
}  # fmt: skip
"""10 buses and 5 fans for the US in the second year; a bus may wait a year for 8. O (10 a kg, licence 20) is ordered in
the first year and waits for its licence: released in the second year in future a, in the third in b. What is never
released is not paid. J (16) is there at once.

RP: 20 for L and 80 for the fans; buses cost 100 in a; in b J costs 160, waiting for O 80 + 100. 20 + 80 + ½ · 260 = 230.
"""


def test_licence_that_waits() -> None:
    """Without it J serves all: 240, 10 more. Cleared throughout: 20 + 80 + 100 = 200, 30 less.

    Cleared by c throughout, up to 100 c kg are released in the second year, each 6 below J: it pays from 20 / 600 on.
    """
    found = valued(WAITS, "licences", "information")
    assert found.rp.objective == near(230)
    (licence,) = found.licences
    assert (value(licence.option), value(licence.certain)) == (near(10), near(30))
    assert {share: value(worth) for share, worth in licence.band} == {
        0.0: near(0), 0.25: near(40), 0.5: near(40), 0.75: near(40), 1.0: near(40),
    }  # fmt: skip
    assert within(licence.pays_from, 1 / 30, 1e-3 + 1e-9)


def test_undertaking_of_a_licence_that_waits() -> None:
    """Barring nothing, O serves fans, too, in a: 20 + ½ · (150 + 240) = 215, 15 less. Without it: as without L."""
    (undertaking,) = valued(WAITS, "licences").undertakings
    assert (value(undertaking.option), value(undertaking.promise)) == (near(10), near(15))


def test_notice_of_a_licence_that_waits() -> None:
    """Known a year earlier L is applied for in a alone: 80 + ½ · (120 + 160) = 220, 10 less, as with all known.

    For the average future half of what waits is released: L is applied for, as in the plan itself.
    """
    found = valued(WAITS, "information")
    assert {(row.licence, row.periods): value(row.worth) for row in found.notices} == {
        ("L", 1): near(10), ("L", 2): near(10), (None, 1): near(10), (None, 2): near(10),
    }  # fmt: skip
    assert value(found.evpi) == near(10)
    assert found.average is not None
    assert value(found.average.vss) == near(0)


def test_what_must_be_has_no_option() -> None:
    licence = {"application_fee": 20, "undertaking": "U", "decision": "must"}
    found = valued(BARRED | {"licences": licence}, "licences")
    assert found.undertakings[0].option is None
    assert found.licences[0].option is None
    assert found.licences[0].band == ()
    assert value(found.undertakings[0].promise) == near(200)


def test_what_cannot_be_done_without_has_no_option() -> None:
    """Without O there is nothing to build buses from, all of which must be built."""
    given = BARRED | {"offers": {"licence": "L"}, "segments": [{"min_service": 1}, {"segment": "fan", "market": "US"}]}
    found = valued(given, "licences", "decisions")
    assert found.licences[0].option is None
    assert {(row.item, row.note) for row in found.decisions} == {("L", NO_PLAN), ("O", NO_PLAN)}


# --- decisions ---------------------------------------------------------------------------------------


def test_opposite_of_each_decision(late: Worth) -> None:
    """L would cost its fee; O cannot be signed without it."""
    said = {(row.kind, row.item): (row.taken, value(row.opposite)) for row in late.decisions}
    assert said == {("apply", "L"): (False, near(20)), ("sign", "O"): (False, near(20))}


def test_either_way() -> None:
    """A licence without a fee for an offer that nobody needs: applied for or not, nothing changes."""
    given = BARRED | {
        "licences": {"undertaking": "U"},
        "offers": [{"licence": "L", "price_per_kg": 31}, {"offer": "J"}],
    }
    rows = valued(given, "decisions").document["decisions"]
    assert {row["item"]: row["either_way"] for row in rows} == {"L": True, "O": True}


def test_capacity_kept() -> None:
    """10 kg are kept at 2 a kg: with O at 10 that is 120; without it J serves all for 300. Of K none is kept."""
    offers = [
        {"reservation_fee_per_kg": 2},
        {"offer": "J", "supplier": "T", "price_per_kg": 30},
        {"offer": "K", "supplier": "T", "price_per_kg": 50, "reservation_fee_per_kg": 2},
        {"offer": "M", "supplier": "T", "price_per_kg": 50, "decision": "must"},
    ]
    rows = valued({"suppliers": LATE["suppliers"], "offers": offers}, "decisions").decisions
    said = {(row.kind, row.item): row for row in rows}
    assert value(said["keep", "O"].opposite) == near(180)
    assert (said["keep", "K"].opposite, said["keep", "K"].note) == (None, NONE_KEPT)
    assert (said["sign", "M"].opposite, said["sign", "M"].note) == (None, FIXED)


# --- prices ------------------------------------------------------------------------------------------


def within(edges: tuple[float, float] | None, expected: float, apart: float) -> bool:
    return edges is not None and edges[0] <= expected <= edges[1] and edges[1] - edges[0] <= apart


def test_negotiation(late: Worth) -> None:
    """J against K at 40: it is dropped above 40. K is taken below 30. O is of no use even for nothing."""
    prices = {row.offer: row for row in late.prices}
    assert within(prices["J"].break_even, 40, 0.2)
    assert prices["J"].taken
    assert within(prices["K"].break_even, 30, 0.2)
    assert not prices["K"].taken
    assert (prices["O"].break_even, prices["O"].note) == (None, NEVER)


def test_negotiation_beside_a_fee() -> None:
    """20 for L, 10 p for buses: as much as 300 for J at p = 28."""
    prices = {row.offer: row for row in valued(BARRED, "prices").prices}
    assert within(prices["O"].break_even, 28, 0.05)


def test_other_terms() -> None:
    """O is ordered as 10 kg or at least its minimum m at 10 a kg: 10 m against 300 for J, m = 30. With a lead: never."""
    given = {"suppliers": LATE["suppliers"], "offers": [{"min_order_kg": 12}, {"offer": "J", "price_per_kg": 30}]}
    terms = {(row.offer, row.field): row for row in valued(given, "prices", terms=("min_order_kg",)).prices}
    assert within(terms["O", "min_order_kg"].break_even, 30, 0.11)


# --- break-even of any cell --------------------------------------------------------------------------


def test_break_even_of_a_fee() -> None:
    """L is worth 180 beside its fee of 20: it pays up to a fee of 200."""
    loaded = tiny(**BARRED)
    cell = CellSearch(named_cell(loaded, "licences/L/application_fee"), (0, 400))
    found = worth(loaded, (), cell=cell, decision=named_decision(loaded, "apply/L"), workers=1).break_even
    assert found is not None
    assert within(found.between, 200, 0.41)
    assert found.document["now"] == 20


def test_break_even_that_the_range_does_not_hold() -> None:
    loaded = tiny(**BARRED)
    cell = CellSearch(named_cell(loaded, "licences/L/application_fee"))
    found = worth(loaded, (), cell=cell, decision=named_decision(loaded, "sign/O"), workers=1).break_even
    assert found is not None
    assert (found.ends, found.between) == ((0, 80), None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("offers/O", "'offers/O' does not name a cell: type TABLE/KEY/FIELD, such as offers/O1/price_per_kg."),
        ("ofers/O/price_per_kg", "'ofers' is not a table. Did you mean 'offers'?"),
        ("offers/O/prize_per_kg", "'prize_per_kg' is not a field of offers. Did you mean 'price_per_kg'?"),
        ("offers/X/price_per_kg", "offers has no row 'X'."),
        ("offers/O/offer", "offer is part of the key of offers: it cannot be changed."),
        ("settings/risk_tale/value", "'risk_tale' is not a setting. Did you mean 'risk_tail'?"),
    ],
)
def test_cells_that_are_none(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        named_cell(tiny(**BARRED), text)
    assert str(raised.value).startswith(said)


# --- intervals, searches and errors ------------------------------------------------------------------


def test_interval_of_a_difference() -> None:
    """[99, 100] less [80, 90] lies between 9 and 20; by the plans found it is 10."""
    assert difference(Found(100, 99), Found(90, 80)) == Interval(10, 9, 20)


def test_interval_is_held_to_what_is_known() -> None:
    assert difference(Found(100, 90), Found(101, 80), 0.0) == Interval(0, 0, 20)


@pytest.mark.parametrize(("root", "start"), [(37.0, 50.0), (62.0, 50.0), (0.2, 50.0)])
def test_search_by_slope(root: float, start: float) -> None:
    search = Search(lambda v: Trial(v, Side.PAYS if v < root else Side.NOT, 3 * (root - v), 3.0), (0, 100), 0.1)
    edges = search.run(start)
    assert within(edges, root, 0.1 + 1e-9)
    assert len(search.trials) <= 5


def test_search_closes_in_on_what_the_bounds_leave_open() -> None:
    def at(value: float) -> Trial:
        return Trial(value, Side.PAYS if value > 0.7 else Side.NOT if value < 0.4 else Side.OPEN)

    edges = Search(at, (0, 1), 1e-3).run(0.5)
    assert edges is not None
    assert edges == (pytest.approx(0.4, abs=2e-3), pytest.approx(0.7, abs=2e-3))


def test_scenario_without_a_plan() -> None:
    with pytest.raises(Infeasible):
        valued({"segments": {"min_service": 1}, "offers": {"max_kg_per_period": 1}}, "information")


def test_part_that_is_none() -> None:
    with pytest.raises(UsageError, match=r"'luck' is not one of information, licences, decisions, prices\."):
        planner.worth(tiny(), ("luck",))

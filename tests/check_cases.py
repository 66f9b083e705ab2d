"""What is reported of licences that wait, of decisions that are made already, of panels, and of rows that change nothing.

Changes to the smallest scenario by name, and the problems or notes that they bring.
"""

from __future__ import annotations

from typing import Any

from minimal import MINIMAL

OFFER = MINIMAL["offers"][0]
LICENCE = {"licence": "L"}
WAITS = LICENCE | {"unreleased": "waits"}
PER_ORDER = WAITS | {"per_order": "yes"}
TWO = [{"supplier": "Baotou", "country": "China"}, {"supplier": "Hitachi", "country": "Japan"}]
BACKLOG = {"delay_cost_per_unit": 5, "backlog_units": 4}


def under(licence: dict[str, Any], **offer: Any) -> dict[str, Any]:
    """The smallest scenario's offer under a licence."""
    return {"licences": [licence], "offers": {"licence": "L", "deposit_share": 0.3, **offer}}


def of_two(**tables: Any) -> dict[str, Any]:
    """Two suppliers with an offer each."""
    return {"suppliers": TWO, "offers": [OFFER, OFFER | {"offer": "O2", "supplier": "Hitachi"}], **tables}


def event(**cells: Any) -> dict[str, Any]:
    """A row of the table events."""
    return {"event": "E1", "future": "*", "scope": "all", "value": 0.5} | cells


def limit(**cells: Any) -> dict[str, Any]:
    """A row of the table limits."""
    return {"limit": "X", "scope": "supplier", "target": "Baotou"} | cells


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown segment": (
        {"undertakings": [{"undertaking": "U", "only_segments": "bus; lorry"}]},
        [
            "undertakings row 1, only_segments: only_segments of undertaking U: 'lorry' is not in segments. Add it there, or use one of: bus."
        ],
    ),
    "waiting fields where it is lost": (
        under(
            LICENCE
            | {
                "per_order": "yes",
                "processing_periods": 1,
                "normal_kg_per_period": 40,
                "apply_from": "2026-07",
                "apply_until": "2026-10",
                "valid_periods": 2,
                "max_kg_per_application": 90,
            }
        ),
        [
            "licences row 1, per_order: per_order of licence L: yes stands here, but this is for a licence whose unreleased is waits. Leave it blank, or set unreleased to waits.",
            "licences row 1, processing_periods: processing_periods of licence L: 1 stands here, but this is for a licence whose unreleased is waits. Leave it blank, or set unreleased to waits.",
            "licences row 1, normal_kg_per_period: normal_kg_per_period of licence L: 40 stands here, but this is for a licence whose unreleased is waits. Leave it blank, or set unreleased to waits.",
            "licences row 1, apply_from: apply_from of licence L: 2026-07 stands here, but this is for a licence whose unreleased is waits and per_order no. Leave it blank, or change unreleased or per_order.",
            "licences row 1, apply_until: apply_until of licence L: 2026-10 stands here, but this is for a licence whose unreleased is waits and per_order no. Leave it blank, or change unreleased or per_order.",
            "licences row 1, valid_periods: valid_periods of licence L: 2 stands here, but this is for a licence whose unreleased is waits and per_order no. Leave it blank, or change unreleased or per_order.",
            "licences row 1, max_kg_per_application: max_kg_per_application of licence L: 90 stands here, but this is for a licence whose unreleased is waits and per_order no. Leave it blank, or change unreleased or per_order.",
        ],
    ),
    "standing fields where it is per order": (
        under(PER_ORDER | {"apply_from": "2026-07", "valid_periods": 2}),
        [
            "licences row 1, apply_from: apply_from of licence L: 2026-07 stands here, but this is for a licence whose unreleased is waits and per_order no. Leave it blank, or change unreleased or per_order.",
            "licences row 1, valid_periods: valid_periods of licence L: 2 stands here, but this is for a licence whose unreleased is waits and per_order no. Leave it blank, or change unreleased or per_order.",
        ],
    ),
    "application under a licence per order": (
        under(PER_ORDER) | {"open_applications": [{"application": "A", "licence": "L", "kg": 5}]},
        [
            "open_applications row 1, licence: licence of application A: L stands here, but this is for a licence whose unreleased is waits and per_order no. Where each order has its own application, enter the order in open_orders; else correct the licence."
        ],
    ),
    "firm without a licence": (
        {"offers": {"firm": "yes"}},
        [
            "offers row 1, firm: firm of offer O1: yes stands here, but this is for an offer whose licence is per order and has no normal_kg_per_period. Leave it blank, or correct the licence."
        ],
    ),
    "firm with a normal quantity": (
        under(PER_ORDER | {"normal_kg_per_period": 9}, firm="yes"),
        [
            "offers row 1, firm: firm of offer O1: yes stands here, but this is for an offer whose licence is per order and has no normal_kg_per_period. Leave it blank, or correct the licence."
        ],
    ),
    "take or pay without a licence": (
        {"offers": {"take_or_pay": "yes"}},
        [
            "offers row 1, take_or_pay: take_or_pay of offer O1: yes stands here, but this is for an offer under a licence whose unreleased is waits. Leave it blank: elsewhere the deposit says what is lost; or correct the licence."
        ],
    ),
    "signed later with capacity kept": (
        {"offers": {"reservation_fee_per_kg": 1, "sign_until": "2026-10"}},
        [
            "offers row 1, sign_until: sign_until of offer O1: 2026-10 stands here, but this is for an offer without a reservation fee, as capacity is kept now only. Leave it blank, or delete the reservation fee."
        ],
    ),
    "kept without a signature": (
        {"offers": {"reservation_fee_per_kg": 1, "kept_kg": 5}},
        [
            "offers row 1, kept_kg: kept_kg of offer O1: 5 stands here, but this is for an offer with a reservation fee and signed yes. Leave it blank, or fill in those two."
        ],
    ),
    "kept without a fee": (
        {"offers": {"signed": "yes", "kept_kg": 5}},
        [
            "offers row 1, kept_kg: kept_kg of offer O1: 5 stands here, but this is for an offer with a reservation fee and signed yes. Leave it blank, or fill in those two."
        ],
    ),
    "more kept than there is": (
        {"offers": {"reservation_fee_per_kg": 1, "signed": "yes", "kept_kg": 60}},
        ["offers row 1, kept_kg: kept_kg of offer O1: 60 is above max_kg_per_period, 50. Correct one of the two."],
    ),
    "capacity kept before its licence": (
        under(WAITS | {"apply_from": "2026-07"}, reservation_fee_per_kg=1),
        [
            "offers row 1, reservation_fee_per_kg: reservation_fee_per_kg of offer O1: capacity is kept now, but its licence L can be applied for later only. Delete the fee, or the licence's apply_from; or enter an application that is open."
        ],
    ),
    "must under a licence that is never": (
        under(LICENCE | {"decision": "never"}, decision="must"),
        [
            "offers row 1, decision: decision of offer O1: must, but its licence L is never applied for. Change the decision, or what stands against it."
        ],
    ),
    "must under a licence per order that is never": (
        under(PER_ORDER | {"decision": "never"}, decision="must"),
        [
            "offers row 1, decision: decision of offer O1: must, but its licence L is never applied for. Change the decision, or what stands against it."
        ],
    ),
    "must before its licence": (
        under(WAITS | {"apply_from": "2026-10"}, decision="must", sign_until="2026-07"),
        [
            "offers row 1, decision: decision of offer O1: must, but its licence L can be applied for from 2026-10 on, and it can be signed until 2026-07. Change the decision, or what stands against it."
        ],
    ),
    "fixed order of an offer that is never": (
        {"offers": {"decision": "never"}, "fixed_orders": [{"offer": "O1", "period": "2026-07", "kg": 5}]},
        [
            "fixed_orders row 1, offer: offer O1, period 2026-07: O1 is never signed. Change its decision, or delete this order."
        ],
    ),
    "fixed order under a licence that is never": (
        under(PER_ORDER | {"decision": "never"}) | {"fixed_orders": [{"offer": "O1", "period": "2026-07", "kg": 5}]},
        [
            "fixed_orders row 1, offer: offer O1, period 2026-07: its licence L is never applied for. Change the licence's decision, or delete this order."
        ],
    ),
    "fixed order outside its window": (
        {"offers": {"from": "2026-10"}, "fixed_orders": [{"offer": "O1", "period": "2026-07", "kg": 5}]},
        [
            "fixed_orders row 1, period: offer O1, period 2026-07: 2026-07 is outside the from..until of offer O1. Correct one of the two."
        ],
    ),
    "fixed order that arrives after the horizon": (
        under(PER_ORDER | {"processing_periods": 3})
        | {"fixed_orders": [{"offer": "O1", "period": "2026-07", "kg": 5}]},
        [
            "fixed_orders row 1, period: offer O1, period 2026-07: ordered in 2026-07 it would arrive after the horizon, 3 periods later. Correct the period or the lead time, or delete this order."
        ],
    ),
    "fixed order outside the horizon": (
        {"fixed_orders": [{"offer": "O1", "period": "2026-01", "kg": 5}]},
        [
            "fixed_orders row 1, period: offer O1, period 2026-01: 2026-01 is before the horizon, whose periods run from 2026-04 to 2027-01. Type a month within it."
        ],
    ),
    "backlog where nothing waits": (
        {"segments": {"backlog_units": 4}},
        [
            "segments row 1, backlog_units: backlog_units of segment bus: 4 stands here, but this is for a segment with a delay cost: elsewhere nothing waits. Leave it blank, or fill in delay_cost_per_unit."
        ],
    ),
    "qualified twice": (
        {"designs": {"qualified_from": "2026-07"}},
        [
            "designs row 1, qualified_from: qualified_from of design D1: 2026-07 stands here, but this is for a design that is not qualified yet. Leave it blank, or set qualified to no."
        ],
    ),
    "eligible although it may serve all": (
        {"segments": BACKLOG, "designs": {"eligible_units": 2}},
        [
            "designs row 1, eligible_units: eligible_units of design D1: 2 stands here, but this is for a design with max_share below 1 of a segment with a delay cost. Leave it blank."
        ],
    ),
    "eligible where nothing waits": (
        {"designs": {"max_share": 0.5, "eligible_units": 2}},
        [
            "designs row 1, eligible_units: eligible_units of design D1: 2 stands here, but this is for a design with max_share below 1 of a segment with a delay cost. Leave it blank.",
            "designs row 1, eligible_units: eligible_units of design D1: 2 is above the segment's backlog_units, 0. Correct one of the two.",
        ],
    ),
    "more eligible than wait": (
        {"segments": BACKLOG, "designs": {"max_share": 0.5, "eligible_units": 5}},
        [
            "designs row 1, eligible_units: eligible_units of design D1: 5 is above the segment's backlog_units, 4. Correct one of the two."
        ],
    ),
    "more lost before than there were": (
        {"segments": {"before_units": 5, "before_lost_units": 6}},
        [
            "segments row 1, before_lost_units: before_lost_units of segment bus: 6 is above before_units, 5, which hold them. Correct one of the two."
        ],
    ),
    "panel without a share": (
        of_two(panels=[{"panel": "P", "min_suppliers": 2}]),
        [
            "panels row 1, min_share_each: min_share_each of panel P is blank. It is required with min_suppliers: the least share of arrivals with which a supplier counts."
        ],
    ),
}
"""What cannot be solved."""

DOUBTFUL: dict[str, tuple[dict[str, Any], list[str]]] = {
    "window before": (
        {"offers": {"until": "2026-01"}},
        [
            "offers row 1, until: until of offer O1: 2026-01 is before the horizon, whose periods run from 2026-04 to 2027-01: the row changes nothing. Correct the month, unless the row is kept for another horizon."
        ],
    ),
    "window after": (
        {"offers": {"from": "2027-04"}},
        [
            "offers row 1, from: from of offer O1: 2027-04 is after the horizon, whose periods run from 2026-04 to 2027-01: the row changes nothing. Correct the month, unless the row is kept for another horizon."
        ],
    ),
    "budget of a period": (
        {"budgets": [{"year": "2027-04", "max_spend": 5}]},
        [
            "budgets row 1, year: year 2027-04: 2027-04 is no period of the horizon, so that this budget limits nothing. The horizon, whose periods run from 2026-04 to 2027-01, has the financial years FY27."
        ],
    ),
    "clearance of a licence that nothing needs": (
        {
            "licences": [LICENCE],
            "events": [event(kind="clearance", scope="licence", target="L", **{"from": "2026-07"})],
        },
        [
            "events row 1, target: target of event E1: no offer needs licence L: the row changes nothing. Delete it, or name what it is meant to change.",
            "licences row 1, licence: licence L: no offer needs it: the row changes nothing. Name it in the offers that need it, or delete it.",
        ],
    ),
    "clearance that is so already": (
        under(LICENCE) | {"events": [event(kind="clearance", value=1)]},
        [
            "events row 1, value: value of event E1: the clearance is 1 already: the row changes nothing. Delete it, or correct it."
        ],
    ),
    "factor of 1": (
        {"events": [event(kind="price", value=1)]},
        ["events row 1, value: value of event E1: a factor of 1: the row changes nothing. Delete it, or correct it."],
    ),
    "capacity of a design above 1": (
        {"events": [event(kind="capacity", scope="design", target="D1", value=1.5)]},
        [
            "events row 1, value: value of event E1: a design's capacity is a limit only below 1: the row changes nothing. Delete it, or correct it."
        ],
    ),
    "price where nothing is bought": (
        {"suppliers": TWO, "events": [event(kind="price", scope="country", target="Japan")]},
        [
            "events row 1, target: target of event E1: nothing comes from Japan: the row changes nothing. Delete it, or name what it is meant to change."
        ],
    ),
    "price of what no offer is of": (
        {
            "materials": [*MINIMAL["materials"], {"material": "SmCo", "class": "samarium"}],
            "events": [event(kind="price", scope="material", target="SmCo")],
        },
        [
            "events row 1, target: target of event E1: no offer is of SmCo: the row changes nothing. Delete it, or name what it is meant to change."
        ],
    ),
    "undertaking that binds nothing": (
        {"undertakings": [{"undertaking": "U", "barred_markets": "US"}]},
        [
            "undertakings row 1, undertaking: undertaking U: no licence, offer or stock is bound by it: the row changes nothing. Name it in what it binds, or delete it."
        ],
    ),
    "undertaking that bars nothing": (
        under(LICENCE | {"undertaking": "U"}) | {"undertakings": [{"undertaking": "U"}]},
        [
            "undertakings row 1, undertaking: undertaking U: it bars nothing: what it binds may go anywhere. Fill in barred_markets, barred_end_uses or only_segments."
        ],
    ),
    "design without magnets": (
        {"design_materials": []},
        [
            "designs row 1, design: design D1 has no row in design_materials: it needs no magnet. Add its magnets; where it truly needs none, say so in its note."
        ],
    ),
    "order after the horizon": (
        {"offers": {"lead_periods": 4}},
        [
            "offers row 1, lead_periods: lead_periods of offer O1: ordered in 2026-04 at the earliest, it would arrive after the horizon. Correct the lead time, the processing or from; or set decision to never."
        ],
    ),
    "processing longer than the horizon": (
        under(PER_ORDER | {"processing_periods": 4}),
        [
            "offers row 1, lead_periods: lead_periods of offer O1: ordered in 2026-04 at the earliest, it would arrive after the horizon, as licence L takes 4 periods. Correct the lead time, the processing or from; or set decision to never."
        ],
    ),
    "signed before its licence": (
        under(WAITS | {"apply_from": "2026-10"}, sign_until="2026-07"),
        [
            "offers row 1, sign_until: sign_until of offer O1: it can be signed until 2026-07, before licence L can be applied for. Correct it, or the licence's apply_from."
        ],
    ),
    "licence after its last order": (
        under(WAITS | {"apply_from": "2026-10"}, until="2026-07"),
        [
            "offers row 1, licence: licence of offer O1: licence L can be applied for after its last order that arrives, in 2026-07. Correct the licence's apply_from, or the offer's until or lead time."
        ],
    ),
    "validity": (
        under(WAITS | {"processing_periods": 2, "valid_periods": 1}),
        [
            "licences row 1, valid_periods: valid_periods of licence L: 1 is shorter than processing_periods, 2. Check both: to stay in force, each application has to be filed before the one before it is granted."
        ],
    ),
    "applied for too late": (
        under(WAITS | {"apply_from": "2027-01", "processing_periods": 1}),
        [
            "licences row 1, apply_from: apply_from of licence L: applied for in 2027-01, it would be in force after the horizon only: it releases nothing. Correct apply_from or processing_periods, or set decision to never."
        ],
    ),
    "processed too long": (
        under(WAITS | {"processing_periods": 4}),
        [
            "licences row 1, processing_periods: processing_periods of licence L: applied for in 2026-04, it would be in force after the horizon only: it releases nothing. Correct apply_from or processing_periods, or set decision to never."
        ],
    ),
    "quota below an order": (
        under(WAITS | {"max_kg_per_application": 10}, min_order_kg=20),
        [
            "licences row 1, max_kg_per_application: max_kg_per_application of licence L: 10 is below the least order of offer O1, 20. Check both: no such order is ever released at once."
        ],
    ),
    "limit below an order": (
        {"offers": {"min_order_kg": 20}, "limits": [limit(max_kg=10)]},
        [
            "limits row 1, max_kg: max_kg of limit X: 10 is below the least order from Baotou, 20. Check both: as they stand, nothing can be ordered there."
        ],
    ),
    "no deposit": (
        under(WAITS, deposit_share=0),
        [
            "offers row 1, deposit_share: deposit_share of offer O1: 0 under licence L, whose orders wait: what nobody needs costs nothing to order. Type the share of the price that the supplier asks for in advance, if there is any."
        ],
    ),
    "a single order": (
        under(LICENCE | {"clearance": 0.4}, **{"from": "2026-07", "until": "2026-07"}),
        [
            "licences row 1, clearance: clearance of licence L: 0.4, but under licence L there is one order only: all or nothing is released. Two futures, one with 0 and one with 1, say that better."
        ],
    ),
    "a single open order": (
        under(LICENCE, max_kg_per_period=0)
        | {
            "open_orders": [{"offer": "O1", "period": "2026-07", "kg": 5}],
            "events": [event(kind="clearance", scope="licence", target="L")],
        },
        [
            "events row 1, value: value of event E1: 0.5, but under licence L there is one order only: all or nothing is released. Two futures, one with 0 and one with 1, say that better."
        ],
    ),
    "panel of another class": (
        of_two(panels=[{"panel": "P", "class": "light", "material": "NdFeB"}]),
        ["panels row 1, material: material of panel P: NdFeB is not of the class light. Correct one of the two."],
    ),
    "panel that asks for more than it allows": (
        of_two(panels=[{"panel": "P", "max_suppliers": 1, "min_suppliers": 2, "min_share_each": 0.2}]),
        ["panels row 1, min_suppliers: min_suppliers of panel P: 2 is above max_suppliers, 1. Correct one of the two."],
    ),
    "panel with shares above the whole": (
        of_two(panels=[{"panel": "P", "min_suppliers": 2, "min_share_each": 0.6}]),
        [
            "panels row 1, min_share_each: min_share_each of panel P: 2 suppliers with 60 % each are more than the whole. Correct one of the two."
        ],
    ),
    "panel with too few suppliers": (
        {"panels": [{"panel": "P", "min_suppliers": 2, "min_share_each": 0.2}]},
        [
            "panels row 1, min_suppliers: min_suppliers of panel P: 2 are asked for, but 1 offer what it speaks of. Correct one of the two."
        ],
    ),
    "panel against a limit": (
        of_two(panels=[{"panel": "P", "min_suppliers": 2, "min_share_each": 0.3}], limits=[limit(max_share=0.1)]),
        [
            "panels row 1, min_suppliers: min_suppliers of panel P: 2 must have 0.3 each, but limits keep Baotou below. Correct one of the two."
        ],
    ),
    "panel against what limits ask for": (
        of_two(
            panels=[{"panel": "P", "max_suppliers": 1}],
            limits=[limit(min_share=0.3), limit(limit="Y", target="Hitachi", min_kg=5)],
        ),
        [
            "panels row 1, max_suppliers: max_suppliers of panel P: 1, but limits ask for arrivals from Baotou, Hitachi. Correct one of the two."
        ],
    ),
    "least kg above most": (
        {"limits": [limit(min_kg=9, max_kg=5)]},
        ["limits row 1, min_kg: min_kg of limit X: 9 is above max_kg, 5. Correct one of the two."],
    ),
    "least kg of nothing": (
        of_two(limits=[limit(min_kg=9, max_share=0)]),
        ["limits row 1, min_kg: min_kg of limit X: 9, but max_share is 0. Correct one of the two."],
    ),
    "before above all": (
        of_two(limits=[limit(max_share=0.6, before_kg=9, before_all_kg=5)]),
        [
            "limits row 1, before_kg: before_kg of limit X: 9 is above before_all_kg, 5, which holds it. Correct one of the two."
        ],
    ),
    "least shares above the whole": (
        of_two(limits=[limit(min_share=0.6), limit(limit="Y", target="Hitachi", min_share=0.6)]),
        [
            "limits row 1, min_share: min_share of limit X: the least shares of Baotou, Hitachi add up to 1.2, more than the whole. Lower one of them."
        ],
    ),
}
"""What can be solved, and asks for a second look."""

"""What may happen: futures, their events, and the climates that they can be made from."""

from __future__ import annotations

from planner.scenario.fields import (
    LARGEST_FACTOR,
    Amount,
    EventKind,
    EventScope,
    Month,
    Name,
    Probability,
    Share,
    column,
)
from planner.scenario.rows.base import Row


class Future(Row):
    """Paths that licences and markets may take."""

    future: Name = column("a path", key=True)
    probability: Probability = column("they add up to 1")


class Event(Row):
    """What happens in a future."""

    event: Name = column("what happens", key=True)
    future: Name = column("the future in which it happens; * for every future", ref="futures")
    kind: EventKind = column("what it changes")
    scope: EventScope = column(
        "clearance: licence or all; price: country, supplier, offer, material or all; "
        "capacity: country, supplier, offer, conversion, design or all (all: not designs); "
        "demand: sector, market, segment or all"
    )
    target: Name | None = column("the name within the scope", ref="scope", default=None, blank="(all)")
    from_: Month | None = column("first period in which it holds", default=None, blank="first period", alias="from")
    until: Month | None = column("last period in which it holds", default=None, blank="last period")
    value: Amount = column(
        "clearance: the released share itself (of the rows that apply, the one furthest down the table holds); "
        f"the others: a factor up to {LARGEST_FACTOR:g} (all that apply multiply); capacity of a design below 1: "
        "a limit on its share for as long (0: not built)"
    )


class Climate(Row):
    """Political climates: Markov chains whose states move licences, prices, capacities and demand together."""

    climate: Name = column("a political climate", key=True)
    state: Name = column("freeze, trickle, …", key=True)
    start_probability: Share = column("of the first period; they add up to 1 over a climate's states")


class ClimateMove(Row):
    """How climates move from period to period."""

    climate: Name = column("the climate", key=True, ref="climates")
    state: Name = column("the state it is in", key=True, ref="climates.state")
    next_state: Name = column("the state it moves to", key=True, ref="climates.state")
    probability: Share = column("they add up to 1 over the next states", unit="per period")


class ClimateEffect(Row):
    """What holds while a climate's state lasts, as if an event said so."""

    climate: Name = column("the climate", key=True, ref="climates")
    state: Name = column("the state", key=True, ref="climates.state")
    kind: EventKind = column("as in events", key=True)
    scope: EventScope = column("as in events", key=True)
    target: Name | None = column("as in events", key=True, ref="scope", default=None, blank="(all)")
    value: Amount = column("as in events")

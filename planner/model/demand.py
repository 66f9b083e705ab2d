"""What is built to serve demand: designs, their magnets and qualification, units lost and late.

Index sets: `build` where a design may be qualified and its magnets may be there, `use` where several
pools can give a magnet, `qualify` where the design can still come into use, `late` for segments whose
units may wait. Where a single pool can give a magnet, it gives what is built times kg_per_unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyomo.environ as pyo

from planner.futures.tree import Floats
from planner.model.path import Number, PathModel, total
from planner.model.reach import Reach
from planner.scenario import tables as t


def add_variables(path: PathModel, reach: Reach) -> None:
    """build, use, qualify (and `qualified`, its sum so far), lost, late, eligible."""
    m, scenario = path.model, path.scenario
    designs = {row.design: row for row in scenario.designs}
    builds = [(k, period) for k, design in designs.items() for period in reach.build_periods(design)]
    m.build = pyo.Var(builds, bounds=lambda m, k, period: (0, _most(path, designs[k], period)))
    pools_of = {k: reach.design_materials(design) for k, design in designs.items()}
    path.giving = {
        (k, i, period): [pool for pool, first in pools if first <= period]
        for k, period in builds
        for i, pools in pools_of[k].items()
    }
    chosen = [(k, i, u, period) for (k, i, period), pools in path.giving.items() if len(pools) > 1 for u in pools]
    m.use = pyo.Var(chosen, bounds=(0, None))
    m.qualify = pyo.Var(
        [(row.design, period) for row in scenario.designs for period in _qualify_periods(path, row)],
        domain=pyo.Integers,
        bounds=lambda m, k, period: path.taken_or_free(period == 1 and _must_qualify(designs[k])),
    )
    m.qualified = pyo.Expression(
        m.qualify.index_set(),
        rule=lambda m, k, period: (m.qualified[k, period - 1] if period > 1 else 0.0) + m.qualify[k, period],
    )
    m.lost = pyo.Var(list(scenario.segment), list(path.periods), bounds=(0, None))
    waiting = [d for d, row in scenario.segment.items() if row.delay_cost_per_unit is not None]
    m.late = pyo.Var(
        waiting,
        list(path.periods),
        bounds=lambda m, d, period: (0, path.node_parameter(f"backlog:{d}", period, path.backlog[d])),
    )
    m.eligible = pyo.Var(
        [
            (k, period)
            for k, row in designs.items()
            if row.max_share < 1 and row.segment in waiting and path.build_periods(k)
            for period in range(1, path.build_periods(k)[-1])
        ],
        bounds=lambda m, k, period: (
            0, None if path.elastic else path.node_parameter(f"eligible:{k}", period, _most_eligible(path, designs[k]))
        ),
    )  # fmt: skip


def _qualify_periods(path: PathModel, design: t.Design) -> list[int]:
    """Periods in which qualification may start and be of use; one that must start does so in period 1."""
    if design.qualified == "yes" or (design.decision == "never" and not path.elastic):
        return []
    begun = path.calendar.period(design.qualified_from) if design.qualified_from else path.last + 1
    return [
        period
        for period in path.periods
        if period + design.qualification_periods < begun or (period == 1 and _must_qualify(design))
    ]


def _must_qualify(design: t.Design) -> bool:
    """Whether its qualification must begin in the first period; where it is under way nothing more is asked."""
    return design.decision == "must" and design.qualified_from is None


def _waits(path: PathModel, design: t.Design) -> bool:
    """Whether units of a design's segment may wait."""
    return path.scenario.segment[design.segment].delay_cost_per_unit is not None


def _eligible_at_start(path: PathModel, design: t.Design) -> float:
    """Units waiting at the start that a design may serve."""
    if design.eligible_units is not None:
        return design.eligible_units
    return design.max_share * path.scenario.segment[design.segment].backlog_units


def _most_eligible(path: PathModel, design: t.Design) -> Floats:
    """By node, the most units that have come up for a design by then: its share of demand, and those of the start."""
    asked = path.along_path(path.demand[design.segment])
    return _eligible_at_start(path, design) + design.max_share * asked


def _most_at_nodes(path: PathModel, design: t.Design) -> Floats:
    """The most units of a design by node, of all that may be asked for by then."""
    if design.design not in path.most_built:
        waits = _waits(path, design)
        asked = path.backlog[design.segment] if waits else path.demand[design.segment]
        own = _most_eligible(path, design) if waits else design.max_share * path.demand[design.segment]
        capacity = path.tree.design_capacity[design.design]
        barred = np.where(capacity < 1, capacity * design.max_share * asked, np.inf)
        most = asked if path.elastic else np.minimum(_most_of(path, design, asked, own), barred)
        path.most_built[design.design] = most
    return path.most_built[design.design]


def _most_of(path: PathModel, design: t.Design, asked: Floats, own: Floats) -> Floats:
    """The most units of a design by node where so many are asked for, `own` of them for it at most."""
    cap = path.scenario.segment[design.segment].max_units_per_period
    assembled = asked if cap is None else np.minimum(asked, cap)
    return np.minimum(own, _efficient_share(path, design) * assembled)


def _efficient_share(path: PathModel, design: t.Design) -> float:
    """The largest share of what is built that a design may have by the limit on the average loss.

    The rest then loses as little as the segment's best design: share · loss + (1 − share) · best ≤ limit.
    """
    limit = path.scenario.segment[design.segment].max_efficiency_loss_pp
    if limit is None or design.efficiency_loss_pp <= limit:
        return 1.0
    best = min(row.efficiency_loss_pp for row in path.designs[design.segment])
    return max(limit - best, 0.0) / (design.efficiency_loss_pp - best) if best < limit else 0.0


def _most(path: PathModel, design: t.Design, period: int) -> Number:
    return path.node_parameter(f"most:{design.design}", period, _most_at_nodes(path, design))


def _demand(path: PathModel, segment: str, period: int) -> Number:
    return path.node_parameter(f"demand:{segment}", period, path.demand[segment])


def _late_before(path: PathModel, segment: str, period: int) -> Number:
    """What waits when a period begins; in the first what waits at the start."""
    if period == 1:
        return path.scenario.segment[segment].backlog_units
    return path.model.late[segment, period - 1] if (segment, period - 1) in path.model.late else 0.0


def _built(path: PathModel, segment: str, period: int) -> list[Number]:
    m = path.model
    return [m.build[row.design, period] for row in path.designs[segment] if (row.design, period) in m.build]


def magnets(path: PathModel) -> None:
    """7. Each magnet of what is built comes from a pool that may serve the segment.

    Σ use(k,i,u,n) over allowed pools = kg_per_unit · build(k,n); where there is one such pool, use stands for that
    """
    m = path.model
    per_unit = {(row.design, row.material): row.kg_per_unit for row in path.scenario.design_materials}

    def rule(m: Any, k: str, i: str, period: int) -> Any:
        uses = [m.use[k, i, u, period] for u in path.giving[k, i, period]]
        return total(uses) - per_unit[k, i] * m.build[k, period] == 0

    m.magnets = pyo.Constraint([key for key, pools in path.giving.items() if len(pools) > 1], rule=rule)


def used(path: PathModel) -> Iterator[tuple[str, str, int, Number]]:
    """What is used of which material and pool in which period, kg."""
    m = path.model
    per_unit = {(row.design, row.material): row.kg_per_unit for row in path.scenario.design_materials}
    for (k, i, period), pools in path.giving.items():
        if len(pools) == 1:
            yield i, pools[0], period, per_unit[k, i] * m.build[k, period]
        else:
            for u in pools:
                yield i, u, period, m.use[k, i, u, period]


def demand_balance(path: PathModel) -> None:
    """8. What is asked for is built, lost or waits.

    Σ build(k,n) + lost(n) + late(n) = D(n) + late(parent), where backlog_units stand for late(parent) in period 1
    """
    m = path.model

    def rule(m: Any, d: str, period: int) -> Any:
        late = m.late[d, period] if (d, period) in m.late else 0.0
        served = total(_built(path, d, period)) + m.lost[d, period] + late - _late_before(path, d, period)
        asked = _demand(path, d, period)
        return path.row(asked, served, asked)

    m.demand_balance = pyo.Constraint(m.lost.index_set(), rule=rule)


def assembly(path: PathModel) -> None:
    """8. No more is built than can be assembled.

    Σ build(k,n) ≤ max_units_per_period; of a single design the bound says it
    """
    m, segments = path.model, path.scenario.segment

    def rule(m: Any, d: str, period: int) -> Any:
        built = _built(path, d, period)
        if not built or (len(built) == 1 and not path.elastic):
            return pyo.Constraint.Skip
        slack = path.slack("segments", d, "max_units_per_period")
        return total(built) - slack <= segments[d].max_units_per_period

    limited = [d for d, row in segments.items() if row.max_units_per_period is not None]
    m.assembly = pyo.Constraint(limited, list(path.periods), rule=rule)


def promise(path: PathModel) -> None:
    """8. A promised share of each period's demand is built in the period.

    Σ build(k,n) ≥ share · D(n) at every node of the promise's periods
    """
    m = path.model
    promises = [
        (place, row.segment, period)
        for place, row in enumerate(path.scenario.promises)
        if row.share > 0
        for period in path.calendar.within(row.from_, row.until)
    ]

    def rule(m: Any, place: int, d: str, period: int) -> Any:
        row, demand = path.scenario.promises[place], _demand(path, d, period)
        slack = path.slack("promises", f"{d}/{row.from_ or ''}", "share", row.share)
        return path.row(0, total(_built(path, d, period)) - row.share * demand + demand * slack, None)

    m.promise = pyo.Constraint(promises, rule=rule)


def design_share(path: PathModel) -> None:
    """9. A design serves at most its share of what is asked for; a unit that waits keeps its chance of it.

    build(k,n) ≤ max_share · D(n); where units may wait build(k,n) + eligible(k,n) ≤ eligible(k,parent) +
    max_share · D(n), eligible_units standing for eligible(k,parent) in period 1. Without a backlog the bound says it,
    and a share of 1 says nothing.
    """
    m = path.model
    designs = {row.design: row for row in path.scenario.designs}
    shared = [(k, period) for k, row in designs.items() if row.max_share < 1 for period in path.periods]

    def rule(m: Any, k: str, period: int) -> Any:
        design, build = designs[k], m.build[k, period] if (k, period) in m.build else 0.0
        kept = m.eligible[k, period] if (k, period) in m.eligible else 0.0
        if isinstance(build, float) and isinstance(kept, float):
            return pyo.Constraint.Skip
        if not _waits(path, design) and not path.elastic:
            return pyo.Constraint.Skip
        demand = _demand(path, design.segment, period)
        most = _eligible_before(path, design, period) + design.max_share * demand
        most += demand * path.slack("designs", k, "max_share", 1 - design.max_share)
        return path.row(None, build + kept - most, 0)

    m.design_share = pyo.Constraint(shared, rule=rule)


def _eligible_before(path: PathModel, design: t.Design, period: int) -> Number:
    """Units that wait when a period begins and may be served by a design."""
    m = path.model
    if not _waits(path, design):
        return 0.0
    if period == 1:
        return _eligible_at_start(path, design)
    return m.eligible[design.design, period - 1] if (design.design, period - 1) in m.eligible else 0.0


def eligible_waits(path: PathModel) -> None:
    """9. Only units that wait keep their chance.

    eligible(k,n) ≤ late(n)
    """
    m = path.model
    segment = {row.design: row.segment for row in path.scenario.designs}

    def rule(m: Any, k: str, period: int) -> Any:
        return m.eligible[k, period] - m.late[segment[k], period] <= 0

    m.eligible_waits = pyo.Constraint(m.eligible.index_set(), rule=rule)


def barred_share(path: PathModel) -> None:
    """9. A design that is barred, in whole or in part, serves no more than that part of its share.

    build(k,n) ≤ f · max_share · (D(n) + late(parent)) where the capacity factor f of the design is below 1; where no
    units wait the bound says it
    """
    m = path.model
    designs = {row.design: row for row in path.scenario.designs}

    def rule(m: Any, k: str, period: int) -> Any:
        design, capacity = designs[k], path.tree.design_capacity[k]
        if capacity[path.tree.at[period]].min() >= 1 or not (_waits(path, design) or path.elastic):
            return pyo.Constraint.Skip
        # Where the factor is 1 or more nothing is asked: all that can wait is then more than enough.
        factor = np.where(capacity < 1, capacity * design.max_share, 1.0)
        asked = _demand(path, design.segment, period) + _late_before(path, design.segment, period)
        return path.row(None, m.build[k, period] - path.node_parameter(f"barred:{k}", period, factor) * asked, 0)

    m.barred_share = pyo.Constraint(m.build.index_set(), rule=rule)


def qualified_first(path: PathModel) -> None:
    """9. A design is built only once it is qualified.

    build(k,n) ≤ most(k,n) · Σ qualify(k,a) over a ∈ path(n) with t(a) + qualification_periods ≤ t(n),
    where most is the bound on build(k,n); from qualified_from on nothing is asked
    """
    m = path.model
    designs = {row.design: row for row in path.scenario.designs}

    def rule(m: Any, k: str, period: int) -> Any:
        design = designs[k]
        if path.is_qualified_before(design, period):
            return pyo.Constraint.Skip
        most = _most(path, design, period) * _qualified(path, design, period)
        return m.build[k, period] - most <= 0

    m.qualified_first = pyo.Constraint(m.build.index_set(), rule=rule)


def qualified_beside_backlog(path: PathModel) -> None:
    """9. What is built beyond the period's own demand serves a backlog: implied, but tighter where units may wait.

    build(k,n) ≤ own(k,n) · Σ qualify(k,a) + eligible(k,parent), where own is the bound of D(n) alone; where the limit
    on efficiency leaves a design a smaller share s than its own, s · late(parent) stands for eligible(k,parent)
    """
    m = path.model
    designs = {row.design: row for row in path.scenario.designs}

    def rule(m: Any, k: str, period: int) -> Any:
        design = designs[k]
        if path.is_qualified_before(design, period) or not _waits(path, design) or path.elastic:
            return pyo.Constraint.Skip
        efficient, demand = _efficient_share(path, design), path.demand[design.segment]
        if design.max_share < 1 and efficient >= design.max_share:
            before = _eligible_before(path, design, period)
        else:
            before = efficient * _late_before(path, design.segment, period)
        most = _most_of(path, design, demand, design.max_share * demand)
        own = path.node_parameter(f"most now:{k}", period, most) * _qualified(path, design, period)
        return path.row(None, m.build[k, period] - own - before, 0)

    m.qualified_beside_backlog = pyo.Constraint(m.build.index_set(), rule=rule)


def _qualified(path: PathModel, design: t.Design, period: int) -> Number:
    """1 where a design is qualified in a period: the starts along the path that are through by then."""
    m, start = path.model, period - design.qualification_periods
    return m.qualified[design.design, start] if (design.design, start) in m.qualified else 0.0


def qualified_once(path: PathModel) -> None:
    """9. A design is qualified at most once along a path.

    Σ qualify(k,a) over a ∈ path(n) ≤ 1; with one period to decide in, the bound says it
    """
    m = path.model

    def rule(m: Any, k: str) -> Any:
        starts = [m.qualify[k, period] for period in path.periods if (k, period) in m.qualify]
        return total(starts) <= 1 if len(starts) > 1 else pyo.Constraint.Skip

    m.qualified_once = pyo.Constraint([row.design for row in path.scenario.designs], rule=rule)


def efficiency(path: PathModel) -> None:
    """10. The average loss of efficiency over the units built stays within its limit.

    Σ loss · build(k,n) ≤ max_efficiency_loss · Σ build(k,n); left out where no design loses more
    """
    m, segments = path.model, path.scenario.segment

    def rule(m: Any, d: str, period: int) -> Any:
        limit = segments[d].max_efficiency_loss_pp or 0.0
        built = [row for row in path.designs[d] if (row.design, period) in m.build]
        if all(row.efficiency_loss_pp <= limit for row in built):
            return pyo.Constraint.Skip
        above = total((row.efficiency_loss_pp - limit) * m.build[row.design, period] for row in built)
        return above - path.slack("segments", d, "max_efficiency_loss_pp") <= 0

    limited = [d for d, row in segments.items() if row.max_efficiency_loss_pp is not None]
    m.efficiency = pyo.Constraint(limited, list(path.periods), rule=rule)


def service(path: PathModel) -> None:
    """11. In every future at least a share of the horizon's demand is built by its end.

    before_lost_units + Σ lost(a) over a ∈ path(leaf) + late(leaf)
    ≤ (1 − min_service) · (before_units + backlog_units + Σ D(a))
    """
    m, segments = path.model, path.scenario.segment

    def rule(m: Any, d: str) -> Any:
        row = segments[d]
        lost = row.before_lost_units + total(m.lost[d, period] for period in path.periods)
        late = m.late[d, path.last] if (d, path.last) in m.late else 0.0
        asked = total(_demand(path, d, period) for period in path.periods) + row.before_units + row.backlog_units
        slack = path.slack("segments", d, "min_service", row.min_service)
        return path.row(None, lost + late - (1 - row.min_service) * asked - asked * slack, 0)

    m.service = pyo.Constraint([d for d, row in segments.items() if row.min_service > 0], rule=rule)

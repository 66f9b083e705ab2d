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
from planner.model.course import Course, Number, total
from planner.model.reach import Reach
from planner.scenario import tables as t


def add_variables(course: Course, reach: Reach) -> None:
    """build, use, qualify (and `qualified`, its sum so far), lost, late."""
    m, scenario = course.model, course.scenario
    designs = {row.design: row for row in scenario.designs}
    builds = [(k, period) for k, design in designs.items() for period in reach.build_periods(design)]
    m.build = pyo.Var(builds, bounds=lambda m, k, period: (0, _most(course, designs[k], period)))
    pools_of = {k: reach.design_materials(design) for k, design in designs.items()}
    course.giving = {
        (k, i, period): [pool for pool, first in pools if first <= period]
        for k, period in builds
        for i, pools in pools_of[k].items()
    }
    chosen = [(k, i, u, period) for (k, i, period), pools in course.giving.items() if len(pools) > 1 for u in pools]
    m.use = pyo.Var(chosen, bounds=(0, None))
    m.qualify = pyo.Var(
        [(row.design, period) for row in scenario.designs for period in _qualify_periods(course, row)],
        domain=pyo.Integers,
        bounds=lambda m, k, period: course.decision(designs[k].decision if period == 1 else "free"),
    )
    m.qualified = pyo.Expression(
        m.qualify.index_set(),
        rule=lambda m, k, period: (m.qualified[k, period - 1] if period > 1 else 0.0) + m.qualify[k, period],
    )
    m.lost = pyo.Var(list(scenario.segment), list(course.periods), bounds=(0, None))
    waiting = [d for d, row in scenario.segment.items() if row.delay_cost_per_unit is not None]
    m.late = pyo.Var(
        waiting,
        list(course.periods),
        bounds=lambda m, d, period: (0, course.seen(f"backlog:{d}", period, course.backlog[d])),
    )


def _qualify_periods(course: Course, design: t.Design) -> list[int]:
    """Periods in which qualification may start and be of use; one that must start does so in period 1."""
    if design.qualified == "yes" or (design.decision == "never" and not course.elastic):
        return []
    return [
        period
        for period in course.periods
        if period + design.qualification_periods <= course.last or (period == 1 and design.decision == "must")
    ]


def _most_at_nodes(course: Course, design: t.Design) -> Floats:
    """The most units of a design by node, of all that may be asked for by then."""
    if design.design not in course.most_built:
        segment = course.scenario.segment[design.segment]
        waits = segment.delay_cost_per_unit is not None
        asked = course.backlog[segment.segment] if waits else course.demand[segment.segment]
        course.most_built[design.design] = asked if course.elastic else _most_of(course, design, asked)
    return course.most_built[design.design]


def _most_of(course: Course, design: t.Design, asked: Floats) -> Floats:
    """The most units of a design by node where so many are asked for: its shares of them and of the assembly."""
    cap = course.scenario.segment[design.segment].max_units_per_period
    assembled = asked if cap is None else np.minimum(asked, cap)
    return np.minimum(design.max_share * asked, _efficient_share(course, design) * assembled)


def _efficient_share(course: Course, design: t.Design) -> float:
    """The largest share of what is built that a design may have by the limit on the average loss.

    The rest then loses as little as the segment's best design: share · loss + (1 − share) · best ≤ limit.
    """
    limit = course.scenario.segment[design.segment].max_efficiency_loss_pp
    if limit is None or design.efficiency_loss_pp <= limit:
        return 1.0
    best = min(row.efficiency_loss_pp for row in course.designs[design.segment])
    return max(limit - best, 0.0) / (design.efficiency_loss_pp - best) if best < limit else 0.0


def _most(course: Course, design: t.Design, period: int) -> Number:
    return course.seen(f"most:{design.design}", period, _most_at_nodes(course, design))


def _demand(course: Course, segment: str, period: int) -> Number:
    return course.seen(f"demand:{segment}", period, course.demand[segment])


def _late_before(course: Course, segment: str, period: int) -> Number:
    return course.model.late[segment, period - 1] if (segment, period - 1) in course.model.late else 0.0


def _built(course: Course, segment: str, period: int) -> list[Number]:
    m = course.model
    return [m.build[row.design, period] for row in course.designs[segment] if (row.design, period) in m.build]


def magnets(course: Course) -> None:
    """7. Each magnet of what is built comes from a pool that may serve the segment.

    Σ use(k,i,u,n) over allowed pools = kg_per_unit · build(k,n); where there is one such pool, use stands for that
    """
    m = course.model
    per_unit = {(row.design, row.material): row.kg_per_unit for row in course.scenario.design_materials}

    def rule(m: Any, k: str, i: str, period: int) -> Any:
        uses = [m.use[k, i, u, period] for u in course.giving[k, i, period]]
        return total(uses) - per_unit[k, i] * m.build[k, period] == 0

    m.magnets = pyo.Constraint([key for key, pools in course.giving.items() if len(pools) > 1], rule=rule)


def used(course: Course) -> Iterator[tuple[str, str, int, Number]]:
    """What is used of which material and pool in which period, kg."""
    m = course.model
    per_unit = {(row.design, row.material): row.kg_per_unit for row in course.scenario.design_materials}
    for (k, i, period), pools in course.giving.items():
        if len(pools) == 1:
            yield i, pools[0], period, per_unit[k, i] * m.build[k, period]
        else:
            for u in pools:
                yield i, u, period, m.use[k, i, u, period]


def demand_balance(course: Course) -> None:
    """8. What is asked for is built, lost or waits.

    Σ build(k,n) + lost(n) + late(n) = D(n) + late(parent)
    """
    m = course.model

    def rule(m: Any, d: str, period: int) -> Any:
        late = m.late[d, period] if (d, period) in m.late else 0.0
        served = total(_built(course, d, period)) + m.lost[d, period] + late - _late_before(course, d, period)
        asked = _demand(course, d, period)
        return course.row(asked, served, asked)

    m.demand_balance = pyo.Constraint(m.lost.index_set(), rule=rule)


def assembly(course: Course) -> None:
    """8. No more is built than can be assembled.

    Σ build(k,n) ≤ max_units_per_period; of a single design the bound says it
    """
    m, segments = course.model, course.scenario.segment

    def rule(m: Any, d: str, period: int) -> Any:
        built = _built(course, d, period)
        if not built or (len(built) == 1 and not course.elastic):
            return pyo.Constraint.Skip
        loosened = course.loosened("segments", d, "max_units_per_period")
        return total(built) - loosened <= segments[d].max_units_per_period

    limited = [d for d, row in segments.items() if row.max_units_per_period is not None]
    m.assembly = pyo.Constraint(limited, list(course.periods), rule=rule)


def design_share(course: Course) -> None:
    """9. A design serves at most its share of what is asked for.

    build(k,n) ≤ max_share · (D(n) + late(parent)); without a backlog the bound says it, and a share of
    1 says nothing
    """
    m = course.model
    designs = {row.design: row for row in course.scenario.designs}

    def rule(m: Any, k: str, period: int) -> Any:
        design = designs[k]
        bound_says_it = (design.segment, period - 1) not in m.late and not course.elastic
        if design.max_share >= 1 or bound_says_it:
            return pyo.Constraint.Skip
        demand = _demand(course, design.segment, period)
        most = design.max_share * (demand + _late_before(course, design.segment, period))
        # A looser share counts on the period's demand alone, so that the row stays linear.
        most += demand * course.loosened("designs", k, "max_share", 1 - design.max_share)
        return course.row(None, m.build[k, period] - most, 0)

    m.design_share = pyo.Constraint(m.build.index_set(), rule=rule)


def qualified_first(course: Course) -> None:
    """9. A design is built only once it is qualified.

    build(k,n) ≤ most(k,n) · Σ qualify(k,a) over a ∈ path(n) with t(a) + qualification_periods ≤ t(n),
    where most is the bound on build(k,n)
    """
    m = course.model
    designs = {row.design: row for row in course.scenario.designs}

    def rule(m: Any, k: str, period: int) -> Any:
        design = designs[k]
        if design.qualified == "yes":
            return pyo.Constraint.Skip
        most = _most(course, design, period) * _qualified(course, design, period)
        return m.build[k, period] - most <= 0

    m.qualified_first = pyo.Constraint(m.build.index_set(), rule=rule)


def qualified_beside_backlog(course: Course) -> None:
    """9. What is built beyond the period's own demand serves a backlog: implied, but tighter where units may wait.

    build(k,n) ≤ m(k,n) · Σ qualify(k,a) + max_share · late(parent), where m is the most of D(n) alone
    """
    m = course.model
    designs = {row.design: row for row in course.scenario.designs}

    def rule(m: Any, k: str, period: int) -> Any:
        design = designs[k]
        if design.qualified == "yes" or (design.segment, period - 1) not in m.late or course.elastic:
            return pyo.Constraint.Skip
        own = course.seen(f"most now:{k}", period, _most_of(course, design, course.demand[design.segment]))
        most = own * _qualified(course, design, period)
        return m.build[k, period] - most - design.max_share * m.late[design.segment, period - 1] <= 0

    m.qualified_beside_backlog = pyo.Constraint(m.build.index_set(), rule=rule)


def _qualified(course: Course, design: t.Design, period: int) -> Number:
    """1 where a design is qualified in a period: the starts along the path that are through by then."""
    m, start = course.model, period - design.qualification_periods
    return m.qualified[design.design, start] if (design.design, start) in m.qualified else 0.0


def qualified_once(course: Course) -> None:
    """9. A design is qualified at most once along a path.

    Σ qualify(k,a) over a ∈ path(n) ≤ 1; with one period to decide in, the bound says it
    """
    m = course.model

    def rule(m: Any, k: str) -> Any:
        starts = [m.qualify[k, period] for period in course.periods if (k, period) in m.qualify]
        return total(starts) <= 1 if len(starts) > 1 else pyo.Constraint.Skip

    m.qualified_once = pyo.Constraint([row.design for row in course.scenario.designs], rule=rule)


def efficiency(course: Course) -> None:
    """10. The average loss of efficiency over the units built stays within its limit.

    Σ loss · build(k,n) ≤ max_efficiency_loss · Σ build(k,n); left out where no design loses more
    """
    m, segments = course.model, course.scenario.segment

    def rule(m: Any, d: str, period: int) -> Any:
        limit = segments[d].max_efficiency_loss_pp or 0.0
        built = [row for row in course.designs[d] if (row.design, period) in m.build]
        if all(row.efficiency_loss_pp <= limit for row in built):
            return pyo.Constraint.Skip
        above = total((row.efficiency_loss_pp - limit) * m.build[row.design, period] for row in built)
        return above - course.loosened("segments", d, "max_efficiency_loss_pp") <= 0

    limited = [d for d, row in segments.items() if row.max_efficiency_loss_pp is not None]
    m.efficiency = pyo.Constraint(limited, list(course.periods), rule=rule)


def service(course: Course) -> None:
    """11. In every future at least a share of the horizon's demand is built by its end.

    Σ lost(a) over a ∈ path(leaf) + late(leaf) ≤ (1 − min_service) · Σ D(a)
    """
    m, segments = course.model, course.scenario.segment

    def rule(m: Any, d: str) -> Any:
        lost = total(m.lost[d, period] for period in course.periods)
        late = m.late[d, course.last] if (d, course.last) in m.late else 0.0
        asked = total(_demand(course, d, period) for period in course.periods)
        loosened = course.loosened("segments", d, "min_service", segments[d].min_service)
        return course.row(None, lost + late - (1 - segments[d].min_service) * asked - asked * loosened, 0)

    m.service = pyo.Constraint([d for d, row in segments.items() if row.min_service > 0], rule=rule)

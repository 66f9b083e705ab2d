"""Audit of demand: what is built of which design with which magnets, and what waits or is lost."""

from __future__ import annotations

import numpy as np

from planner.audit.case import Case
from planner.audit.report import number
from planner.audit.tree import Array, Mask, Places


def check_demand(case: Case) -> None:
    """All rules of this file."""
    _demand(case)
    _balance(case)
    _backlog(case)
    _assembly(case)
    _promises(case)
    _max_share(case)
    _eligible(case)
    _barred_designs(case)
    _qualification(case)
    _qualified_once(case)
    _design_decisions(case)
    _efficiency(case)
    _magnets(case)
    _barred_pools(case)
    _service(case)


def _segment_of(case: Case) -> Places:
    """The segment of each design."""
    return case.places("segment", [d.segment for d in case.scenario.designs])


def _by_segment(case: Case, values: Array) -> Array:
    """Node × segment: values of its designs, summed."""
    total = np.zeros((case.tree.size, len(case.names["segment"])))
    for d, g in enumerate(_segment_of(case)):
        total[:, g] += values[:, d]
    return total


def _scale(case: Case) -> Array:
    """The largest demand of each segment in a period."""
    largest: Array = case.demand.max(axis=0)
    return largest


def _segment(case: Case, n: int, g: int) -> str:
    return f"{case.names['segment'][g]} in {case.at(n)}"


def _design(case: Case, n: int, d: int) -> str:
    return f"design {case.names['design'][d]} in {case.at(n)}: {number(case.build[n, d])} units built"


def _demand(case: Case) -> None:
    """demand = D · demand factor; built = Σ build."""
    right = {"demand": case.demand, "built": _by_segment(case, case.build)}
    columns = list(right)
    case.ledger.equal(
        "demand",
        np.stack([case.grid("shortage", column, "segment") for column in columns], axis=2),
        np.stack(list(right.values()), axis=2),
        _scale(case)[:, None],
        "units",
        lambda n, g, c: f"{_segment(case, n, g)}, {columns[c]}",
    )


def waiting(case: Case) -> Array:
    """Units that wait when a period begins: node × segment; before the first those of the scenario."""
    late = case.tree.before(case.late)
    late[case.tree.period == 1] = [g.backlog_units for g in case.scenario.segments]
    return late


def _balance(case: Case) -> None:
    """Σ build + lost + late = D + late(parent)."""
    asked = case.demand + waiting(case)
    case.ledger.equal(
        "demand_balance",
        _by_segment(case, case.build) + case.lost + case.late,
        asked,
        _scale(case),
        "units",
        lambda n, g: f"{_segment(case, n, g)}, built, lost and late together",
    )


def _backlog(case: Case) -> None:
    """late = 0 where there is no delay cost."""
    waits = np.array([g.delay_cost_per_unit is not None for g in case.scenario.segments])
    case.ledger.check(
        "backlog",
        np.where(waits, 0.0, case.late),
        _scale(case),
        "units",
        lambda n, g: f"{_segment(case, n, g)}: {number(case.late[n, g])} units wait, but it has no delay cost",
    )


def _assembly(case: Case) -> None:
    """Σ build ≤ max_units_per_period."""
    most = np.array(
        [np.inf if g.max_units_per_period is None else g.max_units_per_period for g in case.scenario.segments]
    )
    built = _by_segment(case, case.build)
    case.ledger.check(
        "assembly",
        built - most,
        np.where(np.isinf(most), 1.0, np.maximum(most, _scale(case))),
        "units",
        lambda n, g: f"{_segment(case, n, g)}: {number(built[n, g])} units built, capacity {number(most[g])} units",
    )


def _promises(case: Case) -> None:
    """Σ build ≥ share · D in the periods of a promise."""
    rows = case.scenario.promises
    of = case.places("segment", [row.segment for row in rows])
    built, asked = _by_segment(case, case.build)[:, of], case.demand[:, of]
    outside = case.outside([(row.from_, row.until) for row in rows])
    least = np.where(outside, 0.0, asked * np.array([row.share for row in rows]))
    case.ledger.check(
        "promise",
        least - built,
        _scale(case)[of],
        "units",
        lambda n, i: (
            f"{_segment(case, n, int(of[i]))}: {number(built[n, i])} units built, {number(least[n, i])} promised"
        ),
    )


def _keeps_chances(case: Case) -> Mask:
    """By design: it serves a share of demand only, of a segment whose units may wait."""
    waits = np.array([g.delay_cost_per_unit is not None for g in case.scenario.segments])[_segment_of(case)]
    partial = np.array([d.max_share < 1 for d in case.scenario.designs], dtype=bool)
    return np.asarray(partial & waits)


def _max_share(case: Case) -> None:
    """build(k,n) ≤ max_share · D(n), and where units wait what is left of chances before: eligible(k,parent)."""
    designs, of, keeps = case.scenario.designs, _segment_of(case), _keeps_chances(case)
    share = np.array([d.max_share for d in designs])
    before = case.tree.before(case.eligible)
    backlog = np.array([g.backlog_units for g in case.scenario.segments])[of]
    said = [np.nan if d.eligible_units is None else d.eligible_units for d in designs]
    before[case.tree.period == 1] = np.where(np.isnan(said), share * backlog, said)
    most = np.where(keeps, before, 0.0) + share * case.demand[:, of]
    most = np.where(keeps | (share < 1), most, np.inf)
    kept = np.where(keeps, case.eligible, 0.0)
    case.ledger.check(
        "max_share",
        case.build + kept - most,
        np.maximum(_scale(case)[of], backlog),
        "units",
        lambda n, d: f"{_design(case, n, d)}, {number(kept[n, d])} may be later, at most {number(most[n, d])} together",
    )


def _eligible(case: Case) -> None:
    """eligible(k,n) ≤ late(n): only a unit that waits keeps its chance; none of other designs."""
    of = _segment_of(case)
    most = np.where(_keeps_chances(case), case.late[:, of], 0.0)
    case.ledger.check(
        "eligible",
        case.eligible - most,
        _scale(case)[of],
        "units",
        lambda n, d: (
            f"design {case.names['design'][d]} in {case.at(n)}: {number(case.eligible[n, d])} units keep their chance "
            f"of it, at most {number(most[n, d])} wait"
        ),
    )


def _barred_designs(case: Case) -> None:
    """build(k,n) ≤ f · max_share · (D(n) + late(parent)) where the capacity factor f of the design is below 1."""
    of, factor = _segment_of(case), case.tree.of(case.signals.design_capacity)
    share = np.array([d.max_share for d in case.scenario.designs])
    asked = (case.demand + waiting(case))[:, of]
    most = np.where(factor < 1, factor * share * asked, np.inf)
    case.ledger.check(
        "design_capacity",
        case.build - most,
        np.maximum(_scale(case)[of], asked.max(axis=0)),
        "units",
        lambda n, d: f"{_design(case, n, d)}, at most {number(most[n, d])} while it is barred",
    )


def _qualified(case: Case) -> Mask:
    """Node × design: qualified from the start, or by a decision taken long enough ago."""
    designs = case.scenario.designs
    ready = case.tree.lagged(case.tree.so_far(case.qualify), [d.qualification_periods for d in designs])
    since = [case.calendar.period(d.qualified_from) if d.qualified_from else np.inf for d in designs]
    begun = case.tree.period[:, None] >= np.array(since)
    return np.asarray((ready > 0) | begun | np.array([d.qualified == "yes" for d in designs], dtype=bool))


def _qualification(case: Case) -> None:
    """build(k,n) = 0 unless qualified by then."""
    case.ledger.check(
        "qualification",
        np.where(_qualified(case), 0.0, case.build),
        _scale(case)[_segment_of(case)],
        "units",
        lambda n, d: f"{_design(case, n, d)}, but it is not qualified by then",
    )


def _qualified_once(case: Case) -> None:
    """Σ along a path ≤ 1, and 0 for a design that is qualified from the start."""
    most = np.array([0.0 if d.qualified == "yes" else 1.0 for d in case.scenario.designs])
    case.ledger.check(
        "qualified_once",
        case.tree.so_far(case.qualify) - most,
        1.0,
        "times",
        lambda n, d: f"design {case.names['design'][d]} in {case.at(n)}: qualified again",
    )


def _design_decisions(case: Case) -> None:
    """must: qualified in period 1, unless it is under way; never: not built."""
    first = case.tree.period == 1
    for d, design in enumerate(case.scenario.designs):
        asks = design.decision == "must" and design.qualified == "no" and not design.qualified_from
        if asks and not case.qualify[first, d].all():
            case.ledger.wrong("decision", f"design {design.design}: must be qualified in the first period, and is not")
    never = np.array([d.decision == "never" for d in case.scenario.designs], dtype=bool)
    case.ledger.check(
        "decision",
        np.where(never, case.build, 0.0),
        _scale(case)[_segment_of(case)],
        "units",
        lambda n, d: f"{_design(case, n, d)}, but it must never be",
    )


def _efficiency(case: Case) -> None:
    """Σ loss · build ≤ max_efficiency_loss · Σ build."""
    loss = np.array([d.efficiency_loss_pp for d in case.scenario.designs])
    most = np.array(
        [np.inf if g.max_efficiency_loss_pp is None else g.max_efficiency_loss_pp for g in case.scenario.segments]
    )
    limited = np.isfinite(most)
    allowed = np.where(limited, most, 0.0) * _by_segment(case, case.build)
    total = np.where(limited, _by_segment(case, case.build * loss), 0.0)
    case.ledger.check(
        "efficiency",
        total - allowed,
        _scale(case) * np.maximum(1.0, loss.max(initial=1.0)),
        "percentage points × units",
        lambda n, g: (
            f"{_segment(case, n, g)}: {number(total[n, g])} percentage points lost over all units, "
            f"at most {number(allowed[n, g])}"
        ),
    )


def _magnets(case: Case) -> None:
    """Σ over pools use = kg_per_unit · build, each design and material."""
    per_unit = np.zeros((len(case.names["design"]), len(case.names["material"])))
    for row in case.scenario.design_materials:
        per_unit[case.names["design"].index(row.design), case.names["material"].index(row.material)] = row.kg_per_unit
    rows = case.rows["magnets"]
    pairs = per_unit > 0
    pairs[rows.at["design"], rows.at["material"]] = True
    design, material = np.nonzero(pairs)
    column = np.zeros(pairs.shape, dtype=np.intp)
    column[design, material] = np.arange(len(design))
    used = np.zeros((case.tree.size, len(design)))
    np.add.at(used, (rows.at["node"], column[rows.at["design"], rows.at["material"]]), rows.numbers("kg"))
    needed = case.build[:, design] * per_unit[design, material]
    case.ledger.equal(
        "magnets",
        used,
        needed,
        _scale(case)[_segment_of(case)][design] * per_unit[design, material],
        "kg",
        lambda n, k: (
            f"design {case.names['design'][design[k]]} in {case.at(n)}, {case.names['material'][material[k]]} used"
        ),
    )


def _barred_pools(case: Case) -> None:
    """use = 0 where the pool's undertaking bars the segment's market or end use."""
    s = case.scenario
    barred = np.zeros((len(s.segments), len(case.names["undertaking"])), dtype=bool)
    for u, row in enumerate(s.undertakings, start=1):
        for g, segment in enumerate(s.segments):
            named = not row.only_segments or segment.segment in row.only_segments
            barred[g, u] = segment.market in row.barred_markets or segment.end_use in row.barred_end_uses or not named
    rows = case.rows["magnets"]
    kg = rows.numbers("kg")
    case.ledger.check(
        "barred_pool",
        np.where(barred[_segment_of(case)[rows.at["design"]], rows.at["undertaking"]], kg, 0.0),
        kg.max(initial=0.0),
        "kg",
        lambda i: (
            f"design {rows.frame['design'].iloc[i]} in {case.at(int(rows.at['node'][i]))}: "
            f"{number(kg[i])} kg of {rows.frame['material'].iloc[i]} bound by {rows.frame['undertaking'].iloc[i]}, "
            "which bars its market or end use, or does not name it"
        ),
    )


def _service(case: Case) -> None:
    """before_lost + Σ lost + late at the leaf ≤ (1 − min_service) · (before + backlog + Σ D), in every future."""
    segments = case.scenario.segments
    missed = case.lost[case.tree.at].sum(axis=1) + case.late[case.tree.leaf]
    missed += np.array([g.before_lost_units for g in segments])
    asked = case.demand[case.tree.at].sum(axis=1) + np.array([g.before_units + g.backlog_units for g in segments])
    most = asked * (1.0 - np.array([g.min_service for g in segments]))
    case.ledger.check(
        "service",
        missed - most,
        asked,
        "units",
        lambda w, g: (
            f"{case.names['segment'][g]} in future {case.names['future'][w]}: {number(missed[w, g])} units "
            f"not built by the horizon's end, at most {number(most[w, g])} may be"
        ),
    )

"""Audit of what is reported of the plan: now-decisions, and each future's service and first shortage."""

from __future__ import annotations

import numpy as np

from planner.audit.case import Case
from planner.audit.report import TOLERANCE
from planner.scenario.tables import Licence

LABELS = ("supplier", "material", "undertaking")
"""What stands beside a decision taken now."""


def check_said(case: Case) -> None:
    """All rules of this file."""
    _now_rows(case)
    _now_labels(case)
    _decisions(case)
    _futures(case)
    _first_shortage(case)


def _now_rows(case: Case) -> None:
    """A row for each licence, each offer that needs a signature, and each with a reservation fee; none besides."""
    s = case.scenario
    needed = {("apply", row.licence) for row in s.licences if _may_apply_now(case, row)}
    needed |= {("sign", o.offer) for o in s.offers if case.needs_signature(o.offer)}
    needed |= {("keep", o.offer) for o in s.offers if o.reservation_fee_per_kg is not None}
    allowed = needed | {("sign", o.offer) for o in s.offers if o.signed == "no"}
    allowed |= {("apply", row.licence) for row in s.licences if row.per_order == "no"}
    rows = case.rows["now_decisions"].frame
    said = set(zip(rows["decision"], rows["item"], strict=True))
    for decision, item in sorted(needed - said)[:1]:
        case.ledger.wrong("now_decisions", f"{decision} {item}: no row in table now_decisions")
    for decision, item in sorted(said - allowed)[:1]:
        case.ledger.wrong("now_decisions", f"{decision} {item}: there is no such decision")


def _may_apply_now(case: Case, licence: Licence) -> bool:
    """Whether there is something to decide now: it can be applied for, and comes into force within the horizon."""
    now = licence.per_order == "no" and licence.apply_from is None
    return now and (licence.decision == "must" or 1 + licence.processing_periods <= case.calendar.periods)


def _now_labels(case: Case) -> None:
    """Supplier, material and pool of what is decided now; a licence has its undertaking only."""
    s = case.scenario
    pools = [case.names["undertaking"][u] for u in case.bound_by]
    of_offer = {o.offer: (o.supplier, o.material, pool) for o, pool in zip(s.offers, pools, strict=True)}
    of_licence = {row.licence: ("", "", row.undertaking or "") for row in s.licences}
    rows = case.rows["now_decisions"].frame
    for decision, item, *labels in zip(*(rows[name] for name in ("decision", "item", *LABELS)), strict=True):
        right = (of_licence if decision == "apply" else of_offer).get(item, tuple(labels))
        for column, found, own in zip(LABELS, labels, right, strict=True):
            if found != own:
                case.ledger.wrong("labels", f"{decision} {item}: {column} '{found}' should be '{own}'")


def _decisions(case: Case) -> None:
    """The plan's lists of decisions are those of the table."""
    said = case.plan.decisions
    rows = case.rows["now_decisions"].frame
    for decision, found in (("apply", said.apply), ("sign", said.sign), ("keep", tuple(said.keep))):
        right = set(rows.loc[(rows["decision"] == decision) & rows["taken"], "item"])
        for item in sorted(right ^ set(found))[:1]:
            case.ledger.wrong("now_decisions", f"{decision} {item}: list and table of decisions differ")
    _later(case)
    kept = np.array([said.keep.get(name, 0.0) for name in case.names["offer"]])
    case.ledger.equal(
        "now_decisions",
        kept,
        case.keep,
        case.keep,
        "kg/period",
        lambda o: f"keep {case.names['offer'][o]}, in the list of decisions",
    )
    idle = rows["kg_per_period"].where((rows["decision"] == "keep") & ~rows["taken"], 0.0)
    case.ledger.check(
        "now_decisions", idle, 1.0, "kg/period", lambda i: f"keep {rows['item'].iloc[i]}: kg/period kept, but not taken"
    )


def _later(case: Case) -> None:
    """The list of later decisions is that of the table, and so are the suppliers of panels."""
    rows = case.rows["later_decisions"]
    names = np.array(case.names["future"], dtype=object)
    right: set[tuple[str, str, str, str]] = set()
    for node, decision, item in zip(rows.at["node"], rows.frame["decision"], rows.frame["item"], strict=True):
        t = int(case.tree.period[node])
        for future in names[case.tree.at[:, t - 1] == node]:
            right.add((decision, item, case.calendar.month(t), str(future)))
    said = case.plan.decisions
    found = {(row.kind, row.item, row.period, future) for row in said.later for future in row.futures}
    for decision, item, month, future in sorted(right ^ found)[:1]:
        text = f"{decision} {item} in {month}, future {future}: list and table of later decisions differ"
        case.ledger.wrong("now_decisions", text)
    panels = case.rows["panel_suppliers"].frame
    used = set(zip(panels.loc[panels["used"], "panel"], panels.loc[panels["used"], "supplier"], strict=True))
    listed = {(panel, supplier) for panel, suppliers in said.used.items() for supplier in suppliers}
    for panel, supplier in sorted(used ^ listed)[:1]:
        case.ledger.wrong("now_decisions", f"panel {panel}, {supplier}: list and table of suppliers used differ")


def _futures(case: Case) -> None:
    """Probability, units lost and late, and the share of demand built by the horizon's end."""
    lost = case.lost[case.tree.at].sum(axis=(1, 2))
    late = case.late[case.tree.leaf].sum(axis=1)
    asked = case.demand[case.tree.at].sum(axis=(1, 2)) + sum(g.backlog_units for g in case.scenario.segments)
    service = 1.0 - np.divide(lost + late, asked, out=np.zeros_like(asked), where=asked > 0)
    rows = case.rows["futures"]
    w = rows.at["future"]
    right = {"probability": case.probability[w], "service": service[w], "lost": lost[w], "late": late[w]}
    columns = list(right)
    one = np.ones(len(w))
    case.ledger.equal(
        "futures",
        np.stack([rows.numbers(column) for column in columns]),
        np.stack(list(right.values())),
        np.stack([one, one, asked[w], asked[w]]),
        "",
        lambda c, i: f"future {rows.frame['future'].iloc[i]}, {columns[c]}",
    )


def _first_shortage(case: Case) -> None:
    """The first period in which units of some segment are lost or wait, beyond rounding."""
    asked = np.maximum(1.0, case.demand[case.tree.at].sum(axis=1))
    short = ((case.lost + case.late)[case.tree.at] / asked[:, None, :]).max(axis=2)
    rows = case.rows["futures"]
    months = [case.calendar.month(t) for t in case.calendar.all]
    for w, said in zip(rows.at["future"], rows.frame["first_shortage"], strict=True):
        first = next((months[t] for t in np.flatnonzero(short[w] > TOLERANCE)), "")
        if said != first:
            case.ledger.wrong(
                "first_shortage",
                f"future {case.names['future'][w]}: first shortage {said or 'none'}, but it should be "
                f"{first or 'none'}",
            )

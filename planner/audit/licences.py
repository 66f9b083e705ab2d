"""Audit of licences: when they are applied for and offers signed, what waits, and what is released under them."""

from __future__ import annotations

import math

import numpy as np

from planner.audit.case import Case
from planner.audit.report import number
from planner.audit.supply import largest_order
from planner.audit.tree import Array, Mask
from planner.scenario.tables import Licence


def check_licences(case: Case) -> None:
    """All rules of this file."""
    _windows(case)
    _applied_once(case)
    _signed_with_licence(case)
    _musts(case)
    _held(case)
    _released(case)
    _normal(case)
    _under_applications(case)
    _applications(case)


def _node_or_now(case: Case, node: int | None) -> str:
    return "now" if node is None else f"in {case.at(node)}"


# --- decisions ------------------------------------------------------------------------------------------


def apply_window(case: Case, licence: Licence) -> tuple[bool, range]:
    """Whether it can be applied for now, and in which later periods."""
    if licence.per_order == "yes" or licence.decision == "never":
        return False, range(0)
    if licence.apply_from is None and licence.apply_until is None:
        return True, range(0)
    return licence.apply_from is None, case.calendar.within(licence.apply_from, licence.apply_until)


def sign_window(case: Case, offer: str) -> range:
    """The periods later than now in which an offer can be signed."""
    row = case.scenario.offer[offer]
    licence = case.licence_of(row)
    if not case.needs_signature(offer):
        return range(0)
    if row.sign_until is not None:
        return case.calendar.within(None, row.sign_until)
    if licence is not None and (licence.apply_from or licence.apply_until):
        return case.calendar.within(None, licence.apply_until)
    return range(0)


def _windows(case: Case) -> None:
    """Applications and signatures fall where they may."""
    for i, licence in enumerate(case.scenario.licences):
        now, later = apply_window(case, licence)
        if case.apply_now[i] and not now:
            case.ledger.wrong("application", f"licence {licence.licence}: applied for now, and cannot be")
        for n in np.flatnonzero(case.apply[:, i] * ~np.isin(case.tree.period, later))[:1]:
            where = case.at(int(n))
            case.ledger.wrong("application", f"licence {licence.licence} in {where}: applied for, and cannot be")
    for o, name in enumerate(case.names["offer"]):
        for n in np.flatnonzero(case.sign[:, o] * ~np.isin(case.tree.period, sign_window(case, name)))[:1]:
            case.ledger.wrong("signature_window", f"offer {name} in {case.at(int(n))}: signed, and cannot be")


def _applied_once(case: Case) -> None:
    """Of now and a node of period 1 at most one."""
    first = case.tree.period == 1
    case.ledger.check(
        "application",
        np.where(first[:, None], case.apply + case.apply_now - 1.0, 0.0),
        1.0,
        "applications",
        lambda n, i: f"licence {case.names['licence'][i]}: applied for now, and again in {case.at(n)}",
    )


def _signed_with_licence(case: Case) -> None:
    """sign(o,a) ≤ applied(licence of o, a), and not at all under a licence per order that is never."""
    applied = case.tree.so_far(case.apply) + case.apply_now
    for o, offer in enumerate(case.scenario.offers):
        licence = case.licence_of(offer)
        if licence is None or offer.signed == "yes":
            continue
        i = case.names["licence"].index(licence.licence)
        barred = licence.per_order == "yes" and licence.decision == "never"
        needed = case.needs_application(offer)
        if case.signed_now[o] and (barred or (needed and not case.apply_now[i])):
            case.ledger.wrong(
                "licence", f"offer {offer.offer}: signed, but licence {licence.licence} is not applied for"
            )
        short = case.sign[:, o] * (barred or (needed & (applied[:, i] < 0.5)))
        for n in np.flatnonzero(short)[:1]:
            text = f"signed, but licence {licence.licence} is not applied for by then"
            case.ledger.wrong("licence", f"offer {offer.offer} in {case.at(int(n))}: {text}")


def _musts(case: Case) -> None:
    """must is done, now or at every node of apply_from; never is not done."""
    for i, licence in enumerate(case.scenario.licences):
        asks = licence.decision == "must" and licence.per_order == "no" and licence.licence not in case.opened
        if asks and not _done(case, licence.apply_from, bool(case.apply_now[i]), case.apply[:, i]):
            case.ledger.wrong("decision", f"licence {licence.licence}: must be applied for, and is not")
        if licence.decision == "never" and (case.apply_now[i] or case.apply[:, i].any()):
            case.ledger.wrong("decision", f"licence {licence.licence}: must never be applied for, and is")
    for o, offer in enumerate(case.scenario.offers):
        own = case.licence_of(offer)
        from_ = own.apply_from if own is not None and case.needs_application(offer) else None
        if offer.signed == "yes":
            continue
        if offer.decision == "must" and not _done(case, from_, bool(case.signed_now[o]), case.sign[:, o]):
            case.ledger.wrong("decision", f"offer {offer.offer}: must be signed, and is not")
        if offer.decision == "never" and (case.signed_now[o] or case.sign[:, o].any()):
            case.ledger.wrong("decision", f"offer {offer.offer}: must never be signed, and is")


def _done(case: Case, from_: str | None, now: bool, later: Array) -> bool:
    if from_ is None:
        return now
    nodes = case.tree.period == max(1, case.calendar.period(from_))
    return bool(later[nodes].all())


# --- what waits -----------------------------------------------------------------------------------------


def _there(case: Case) -> Array:
    """kg that wait before anything is released: node × offer."""
    there: Array = case.tree.before(case.held) + case.due[:, :, :2].sum(axis=2)
    return there


def _scale(case: Case) -> Array:
    there = np.where(case.waits, _there(case).max(axis=0, initial=0.0), 0.0)
    scale: Array = np.maximum(largest_order(case), there)
    return scale


def _held(case: Case) -> None:
    """held(o,n) = held(o,parent) + due(o,n) − release(o,n), of offers whose licence waits; 0 of others."""
    right = {
        "due_kg": np.where(case.waits, case.due[:, :, :2].sum(axis=2), 0.0),
        "held_kg": np.where(case.waits, _there(case) - case.release, 0.0),
    }
    columns = list(right)
    found = [case.grid("waiting", "due_kg", "offer"), case.held]
    case.ledger.equal(
        "waiting",
        np.stack(found, axis=2),
        np.stack(list(right.values()), axis=2),
        _scale(case)[:, None],
        "kg",
        lambda n, o, c: f"offer {case.names['offer'][o]} in {case.at(n)}, {columns[c]}",
    )


def _released(case: Case) -> None:
    """release(o,n) ≤ κ(o,n) · (held(o,parent) + due(o,n)); = of a firm offer; 0 where nothing waits."""
    most = np.where(case.waits, case.clearance * _there(case), 0.0)
    firm = np.array([o.firm == "yes" for o in case.scenario.offers], dtype=bool)
    off = case.release - most
    case.ledger.check(
        "release",
        np.where(firm, np.abs(off), off),
        _scale(case),
        "kg",
        lambda n, o: (
            f"offer {case.names['offer'][o]} in {case.at(n)}: {number(case.release[n, o])} kg released, "
            f"{'exactly' if firm[o] else 'at most'} {number(most[n, o])} kg are cleared"
        ),
    )


def _of_licence(case: Case, licence: Licence) -> Mask:
    return np.array([o.licence == licence.licence for o in case.scenario.offers], dtype=bool)


def _normal(case: Case) -> None:
    """Σ release over a licence's offers ≤ κ · normal_kg_per_period."""
    values = case.tree.of(case.signals.clearance)
    for i, licence in enumerate(case.scenario.licences):
        if licence.normal_kg_per_period is not None and licence.unreleased == "waits":
            total, most = case.release[:, _of_licence(case, licence)].sum(axis=1), values[:, i]
            _check_normal(case, licence, total, most * licence.normal_kg_per_period)


def _check_normal(case: Case, licence: Licence, total: Array, most: Array) -> None:
    case.ledger.check(
        "normal_quantity",
        total - most,
        max(1.0, float(total.max(initial=0.0))),
        "kg",
        lambda n: (
            f"licence {licence.licence} in {case.at(n)}: {number(total[n])} kg released, at most {number(most[n])}"
        ),
    )


# --- applications ---------------------------------------------------------------------------------------


class Application:
    """An application of a plan: by node whether it has been made and is in force, and the kg that it covers."""

    def __init__(self, case: Case, licence: Licence, name: str, made: Mask, window: tuple[float, float]) -> None:
        self.licence, self.name, self.made, self.window = licence, name, made, window
        first, lapses = window
        self.in_force: Mask = made & (case.tree.period >= first) & (case.tree.period < lapses)
        self.kg = licence.max_kg_per_application


def applications(case: Case, licence: Licence) -> dict[str, Application]:
    """The applications for a licence by name: now, the month in which they are made, or as of before the horizon."""
    found: dict[str, Application] = {}
    i = case.names["licence"].index(licence.licence)
    if case.apply_now[i]:
        everywhere = np.ones(case.tree.size, dtype=bool)
        found["now"] = Application(case, licence, "now", everywhere, _in_force(licence, 1))
    for t in case.calendar.all:
        here = np.where(case.tree.period == t, case.apply[:, i], 0.0)
        if here.any():
            month, made = case.calendar.month(t), case.tree.so_far(here) > 0
            found[month] = Application(case, licence, month, made, _in_force(licence, t))
    for row in case.scenario.open_applications:
        if row.licence == licence.licence:
            window = case.calendar.within(row.from_, row.until)
            everywhere = np.ones(case.tree.size, dtype=bool)
            own = Application(case, licence, row.application, everywhere, (window.start, window.stop))
            own.kg = row.kg
            found[row.application] = own
    return found


def _in_force(licence: Licence, applied: int) -> tuple[float, float]:
    first = applied + licence.processing_periods
    return first, first + licence.valid_periods if licence.valid_periods else math.inf


def _under_applications(case: Case) -> None:
    """What is released is covered by applications in force, each up to what it covers along every path."""
    rows = case.rows["released_under"]
    kg = rows.numbers("kg")
    for i, licence in enumerate(case.scenario.licences):
        if licence.unreleased != "waits" or licence.per_order == "yes":
            for n in rows.at["node"][rows.at["licence"] == i][:1]:
                case.ledger.wrong("cover", f"licence {licence.licence} in {case.at(int(n))}: has no applications")
            continue
        known, mine = applications(case, licence), rows.at["licence"] == i
        covered, open_ended = np.zeros(case.tree.size), np.zeros(case.tree.size, dtype=bool)
        for name, own in known.items():
            use = np.zeros(case.tree.size)
            here = mine & (rows.frame["application"] == name).to_numpy()
            np.add.at(use, rows.at["node"][here], kg[here])
            covered += use
            open_ended |= own.in_force & (own.kg is None)
            _one_application(case, own, use)
        strange = mine & ~rows.frame["application"].isin(list(known)).to_numpy()
        for row in np.flatnonzero(strange)[:1]:
            name = rows.frame["application"].iloc[row]
            case.ledger.wrong("cover", f"licence {licence.licence}: no application {name} is made")
        total = case.release[:, _of_licence(case, licence)].sum(axis=1)
        _all_covered(case, licence, total, covered, open_ended)


def _one_application(case: Case, own: Application, use: Array) -> None:
    scale = max(1.0, float(case.release.max(initial=0.0)))
    total = case.tree.so_far(use)
    case.ledger.check(
        "cover",
        np.where(own.in_force, 0.0, use),
        scale,
        "kg",
        lambda n: (
            f"licence {own.licence.licence} in {case.at(n)}: {number(use[n])} kg released under application "
            f"{own.name}, which is not in force"
        ),
    )
    if own.kg is not None:
        most = own.kg
        case.ledger.check(
            "application_quantity",
            total - most,
            scale,
            "kg",
            lambda n: (
                f"licence {own.licence.licence} in {case.at(n)}: {number(total[n])} kg released so far under "
                f"application {own.name}, which covers {number(most)} kg"
            ),
        )


def _all_covered(case: Case, licence: Licence, total: Array, covered: Array, open_ended: Mask) -> None:
    """Σ release = Σ cover; what an application of any quantity covers need not be reported."""
    off = total - covered
    case.ledger.check(
        "cover",
        np.where(open_ended, -off, np.abs(off)),
        max(1.0, float(total.max(initial=0.0))),
        "kg",
        lambda n: (
            f"licence {licence.licence} in {case.at(n)}: {number(total[n])} kg released, "
            f"{number(covered[n])} kg under applications in force"
        ),
    )


def _applications(case: Case) -> None:
    """The table of applications mentions each future's, when each is in force, and what of it is used."""
    said = case.rows["applications"]
    seen = set(zip(said.at["future"].tolist(), said.at["licence"].tolist(), said.frame["application"], strict=True))
    rows, kg = case.rows["released_under"], case.rows["released_under"].numbers("kg")
    for i, licence in enumerate(case.scenario.licences):
        for name, own in applications(case, licence).items() if licence.per_order == "no" else ():
            here = (rows.at["licence"] == i) & (rows.frame["application"] == name).to_numpy()
            use = np.zeros(case.tree.size)
            np.add.at(use, rows.at["node"][here], kg[here])
            for w, path in enumerate(case.tree.at):
                if own.made[path].any():
                    _application(case, own, w, (w, i, name) in seen, float(use[path].sum()))


def _application(case: Case, own: Application, w: int, is_said: bool, used: float) -> None:
    where = f"licence {own.licence.licence}, application {own.name} in future {case.names['future'][w]}"
    if not is_said:
        case.ledger.wrong("applications", f"{where}: no row in table applications")
        return
    frame = case.rows["applications"].frame
    row = frame[
        (frame["future"] == case.names["future"][w])
        & (frame["licence"] == own.licence.licence)
        & (frame["application"] == own.name)
    ].iloc[0]
    first, last = own.window[0], min(own.window[1] - 1, case.calendar.periods)
    right = {
        "in_force": case.calendar.month(int(first)) if first <= last else "",
        "until": case.calendar.month(int(last)) if first <= last else "",
        "lapses": bool(first <= last < case.calendar.periods),
    }
    for column, value in right.items():
        if row[column] != value:
            case.ledger.wrong("applications", f"{where}: {column} '{row[column]}' should be '{value}'")
    if own.kg is not None:
        figures = np.array([own.kg, used, max(own.kg - used, 0.0)])
        columns = ("covers_kg", "used_kg", "unused_kg")
        case.ledger.equal(
            "applications",
            np.array([float(row[column]) for column in columns]),
            figures,
            max(own.kg, 1.0),
            "kg",
            lambda c: f"{where}, {columns[c]}",
        )

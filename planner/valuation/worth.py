"""What things are worth in a scenario: asked together, solved side by side, reported as intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.batch.pieces import workshop
from planner.batch.run import Board
from planner.errors import UsageError
from planner.scenario.load import Loaded
from planner.valuation.cell import BreakEven, CellSearch, Decision
from planner.valuation.decisions import Opposite, Opposites
from planner.valuation.desk import Limits
from planner.valuation.information import Average, Information, Noticed
from planner.valuation.inquiry import Inquiry
from planner.valuation.interval import Found, Interval
from planner.valuation.licences import Edges, Licences, LicenceWorth, UndertakingWorth
from planner.valuation.prices import TERMS, Prices, Term

PARTS = ("information", "licences", "decisions", "prices")
KIND = "valuation"


@dataclass(frozen=True)
class Worth:
    """What things are worth in a scenario; what was not asked for is empty.

    Money is in base currency. `complete` is False where it was stopped before all was answered.
    """

    loaded: Loaded
    limits: Limits
    rp: Found
    decided: dict[str, Any]
    parts: tuple[str, ...]
    evpi: Interval | None = None
    average: Average | None = None
    notices: list[Noticed] = field(default_factory=list)
    licences: list[LicenceWorth] = field(default_factory=list)
    undertakings: list[UndertakingWorth] = field(default_factory=list)
    decisions: list[Opposite] = field(default_factory=list)
    prices: list[Term] = field(default_factory=list)
    break_even: BreakEven | None = None
    complete: bool = True

    @property
    def document(self) -> dict[str, Any]:
        """As JSON has it (see docs/cli.md)."""
        said: dict[str, Any] = {"rp": self.rp.document | {"decisions": self.decided}}
        if "information" in self.parts:
            said |= {"evpi": _said(self.evpi), "vss": self._vss(), "notice": [_notice(row) for row in self.notices]}
            said |= {"average": None if self.average is None else self.average.decisions}
        if "licences" in self.parts:
            said |= {"licences": [_licence(row) for row in self.licences]}
            said |= {"undertakings": [_undertaking(row) for row in self.undertakings]}
        if "decisions" in self.parts:
            said |= {"decisions": [_decision(row, self.rp.objective) for row in self.decisions]}
        if "prices" in self.parts:
            said |= {"prices": [_price(row) for row in self.prices]}
        if self.break_even is not None:
            said |= {"break_even": self.break_even.document}
        return said | {"complete": self.complete, "wide": self.wide}

    def _vss(self) -> dict[str, Any] | None:
        if self.average is None:
            return None
        return {"infinite": self.average.infinite} if self.average.infinite else _said(self.average.vss)

    @property
    def wide(self) -> list[str]:
        """What the time limit left wider than a tenth of its value and 1e-6 of the optimum."""
        return [name for name, worth in self._intervals() if not worth.is_narrow(self.rp.objective)]

    def _intervals(self) -> list[tuple[str, Interval]]:
        found: list[tuple[str, Interval | None]] = [("EVPI", self.evpi)]
        found += [("VSS", self.average.vss)] if self.average else []
        found += [(f"notice of {row.licence or 'everything'} by {row.periods}", row.worth) for row in self.notices]
        for row in self.licences:
            found += [(f"{row.licence} certain", row.certain), (f"{row.licence} as an option", row.option)]
        for one in self.undertakings:
            found += [(f"option of {one.undertaking}", one.option), (f"promise of {one.undertaking}", one.promise)]
        found += [(f"{one.kind} {one.item}", one.opposite) for one in self.decisions]
        return [(name, worth) for name, worth in found if worth is not None]


def worth(
    loaded: Loaded,
    of: Sequence[str] = PARTS,
    limits: Limits | None = None,
    *,
    terms: Sequence[str] = TERMS[:1],
    cell: CellSearch | None = None,
    decision: Decision | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    resume: Path | None = None,
    board: Board | None = None,
) -> Worth:
    """What information, licences, decisions and prices are worth in a scenario (definitions: docs/worth.md).

    `terms` are those of offers that a break-even is looked for; with a `cell` its break-even for a `decision` as well.
    `workers` processes share the work (None: one per core), or those of a `cluster`; answers are taken over from the
    folder `resume` and written to it. Ctrl-C ends it with what there is by then.

    Raises Infeasible and the like where the scenario itself has no plan, UsageError for parts and cells unknown.
    """
    unknown = next((part for part in of if part not in PARTS), None)
    if unknown is not None:
        raise UsageError(f"'{unknown}' is not one of {', '.join(PARTS)}.")
    limits = limits or Limits()
    with workshop(KIND, workers, cluster, resume, board) as shop:
        inquiry = Inquiry(loaded, limits, shop)
        information = Information(inquiry) if "information" in of else None
        licences = Licences(inquiry) if "licences" in of else None
        opposites = Opposites(inquiry) if "decisions" in of else None
        prices = Prices(inquiry, terms) if "prices" in of else None
        if cell is not None and decision is not None:
            cell.ask(inquiry, decision)
        inquiry.do()
        return Worth(
            loaded,
            limits,
            inquiry.base.found,
            inquiry.base.decisions,
            tuple(of),
            evpi=information.evpi() if information else None,
            average=information.average() if information else None,
            notices=information.notices() if information else [],
            licences=licences.licences() if licences else [],
            undertakings=licences.undertakings() if licences else [],
            decisions=opposites.rows() if opposites else [],
            prices=prices.rows() if prices else [],
            break_even=cell.found(inquiry, decision) if cell is not None and decision is not None else None,
            complete=not inquiry.stopped,
        )


# --- as JSON ------------------------------------------------------------------------------------------


def _said(worth: Interval | None) -> dict[str, Any] | None:
    return None if worth is None else worth.document


def edges(found: Edges | None) -> dict[str, float] | None:
    """A break-even as JSON has it."""
    return None if found is None else {"low": found[0], "high": found[1]}


def _notice(row: Noticed) -> dict[str, Any]:
    return {"licence": row.licence, "periods": row.periods, "worth": _said(row.worth)}


def _licence(row: LicenceWorth) -> dict[str, Any]:
    worths = {"certain": _said(row.certain), "option": _said(row.option), "pays_from": edges(row.pays_from)}
    band = [{"clearance": share, "option": _said(worth)} for share, worth in row.band]
    return {"licence": row.licence} | worths | {"band": band}


def _undertaking(row: UndertakingWorth) -> dict[str, Any]:
    return {"undertaking": row.undertaking, "option": _said(row.option), "promise": _said(row.promise)}


def _decision(row: Opposite, optimum: float) -> dict[str, Any]:
    said = {"kind": row.kind, "item": row.item, "taken": row.taken, "opposite": _said(row.opposite)}
    return said | {"either_way": row.opposite is not None and row.opposite.is_nothing(optimum), "note": row.note}


def _price(row: Term) -> dict[str, Any]:
    said = {"offer": row.offer, "taken": row.taken, "field": row.field, "now": row.now}
    return said | {"break_even": edges(row.break_even), "note": row.note}

"""From the lines of an export to rows of actuals: names found, units converted, what went back taken off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from planner.errors import Problem
from planner.rolling.actuals import FREE, ROWS, Actual, Built, Held, Letter, Ordered, Receipt, sheets
from planner.rolling.columns import Line
from planner.rolling.known import IGNORE, RETURN, STATE_OF
from planner.rolling.names import NO_UNDERTAKING, Bought, Names
from planner.scenario.fields import plain
from planner.scenario.parse import explained

_Row = TypeVar("_Row", bound=Actual)
_TOTAL = "Fill it in; where the row is a total, delete it."
_DUST = 1e-9
"""Part of an amount below which a difference is rounding."""


@dataclass
class Rows:
    """Makes rows of lines, and notes what is wrong with them and what is left out."""

    names: Names
    problems: list[Problem]
    left_out: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Places of lines left out, by sheet and reason."""

    def notes(self) -> list[Problem]:
        """What was left out, in words."""
        return [
            Problem("left_out", f"Left out: {len(places)} of {sheet}, as {why}.", "", sheet, cell=places[0],
                    cells=tuple(places) if len(places) > 1 else ())
            for (sheet, why), places in self.left_out.items()
        ]  # fmt: skip

    # --- what all rows need -----------------------------------------------------------------------

    def _need(self, line: Line, name: str, value: Any) -> bool:
        """Whether a value is there; told where its cell is blank."""
        if value is None and not line.held.get(name):
            self.problems.append(Problem("missing", f"{name} is blank.", _TOTAL, cell=line.place))
        return value is not None

    def _kept(self, sheet: str, line: Line, what: str, answer: str, text: str | None) -> bool:
        """Whether a line goes on: its name is known, and not one that the mapping leaves out."""
        if answer == IGNORE:
            self.left_out[sheet, f"the mapping leaves out the {what} {text or 'that is blank'}"].append(line.place)
        return answer not in ("", IGNORE)

    def _material(self, sheet: str, line: Line) -> str | None:
        """The material of a line; None where it names none, and '' where the line does not go on."""
        text = line.text("material")
        if text is None:
            return None
        found = self.names.material(text, line.cell("material"))
        if not found:
            self._ask_ahead(line)
        return found if self._kept(sheet, line, "material", found, text) else ""

    def _ask_ahead(self, line: Line) -> None:
        """Ask at once what will be asked anyway when the material is known: who asks twice is a nuisance."""
        if (vendor := line.text("vendor")) is not None and "offer" not in line.held:
            self.names.vendor(vendor, line.cell("vendor"))
        if (place := line.text("place")) is not None and "state" not in line.held:
            self.names.state(place, line.cell("place"))

    def _offer(self, sheet: str, line: Line) -> str:
        """The offer of a line; '' where the line does not go on."""
        material = self._material(sheet, line)
        if material == "":
            return ""
        where = line.cell("offer") if "offer" in line.held else line.cell("vendor")
        bought = Bought(line.text("offer"), line.text("vendor"), material, line.text("reference"), where)
        offer = self.names.offer(bought)
        if not offer and material is not None:
            self.names.waiting |= {(material, mark) for mark in (line.text("batch"), line.text("reference")) if mark}
        named = bought.offer or bought.vendor or bought.reference
        if not self._kept(sheet, line, "offer, vendor or order", offer, named):
            return ""
        sold = self.names.scenario.offer[offer].material
        if material not in (None, sold):
            text = f"{material} cannot come under the offer {offer}, which sells {sold}."
            self.problems.append(Problem("contradiction", text, "Correct one of the two.", cell=where))
            return ""
        self.names.remember(offer, sold, line.text("batch"), line.text("reference"))
        return offer

    def _per_unit(self, sheet: str, line: Line, material: str) -> float | None:
        """The kg of one unit of a line; None where the line does not go on."""
        factor = self.names.per_unit(line.text("unit"), material, line.cell("unit"))
        if factor == 0:
            self._kept(sheet, line, "unit", IGNORE, line.text("unit"))
            return None
        return factor

    def _signed(self, sheet: str, line: Line, amount: float) -> float | None:
        """An amount below 0 where a movement takes back; None where the line does not go on."""
        text = line.text("movement")
        if text is None:
            return amount
        kind = self.names.movement(text, sheet, line.cell("movement"))
        if not self._kept(sheet, line, "movement", kind, text):
            return None
        return -abs(amount) if kind == RETURN else amount

    def _made(self, sheet: str, line: Line, cells: dict[str, Any]) -> Any:
        """The typed row; None where a cell cannot be taken."""
        given = {name: value for name, value in cells.items() if value is not None}
        try:
            return ROWS[sheet].model_validate({"cell": line.place} | given)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                name = str(detail["loc"][0])
                kind, text, fix = explained(sheets()[sheet].fields[name], detail)
                self.problems.append(Problem(kind, f"{name}{text}", fix, sheet, None, name, line.cell(name)))
            return None

    # --- receipts ---------------------------------------------------------------------------------

    def receipts(self, lines: Iterable[Line]) -> list[Receipt]:
        """A row each receipt, less what went back."""
        came: list[Receipt] = []
        back: list[tuple[Receipt, Line]] = []
        for line in self._once("receipts", lines):
            kg = line.amount("kg")
            if not self._need(line, "kg", kg) or kg is None or kg == 0:
                continue
            signed = self._signed("receipts", line, kg)
            row = self._receipt(line, signed) if signed is not None else None
            if row is not None and signed is not None and signed < 0:
                back.append((row, line))
            elif row is not None:
                came.append(row)
        for row, line in back:
            came = self._less(came, row, line)
        return came

    def _receipt(self, line: Line, kg: float) -> Receipt | None:
        month = line.month("month")
        offer = self._offer("receipts", line)
        if not self._need(line, "month", month) or not offer:
            return None
        factor = self._per_unit("receipts", line, self.names.scenario.offer[offer].material)
        if factor is None:
            return None
        paid = line.amount("paid")
        row: Receipt | None = self._made(
            "receipts", line,
            {"offer": offer, "month": month, "kg": abs(kg) * factor, "paid": None if paid is None else abs(paid),
             "document": line.text("document"), "reference": line.text("reference"), "cell": line.cell("kg")},
        )  # fmt: skip
        return row

    def _once(self, sheet: str, lines: Iterable[Line]) -> Iterator[Line]:
        """Lines that stand once; two that are alike in every cell are one receipt pasted twice."""
        seen: dict[tuple[Any, ...], Line] = {}
        for line in lines:
            key = tuple((name, tuple(str(value) for value, _ in cells)) for name, cells in sorted(line.held.items()))
            document, item = line.text("document"), line.text("item")
            marks = [key, (document, item)] if document and item else [key]
            first = next((seen[mark] for mark in marks if mark in seen), None)
            if first is not None:
                what = f"Goods receipt {document}" if document else "The same row"
                text = f"{what} stands here a second time, after {first.place}."
                fix = "Delete one of the two rows; or, if both came, give each its number of the goods receipt."
                self.problems.append(Problem("duplicate", text, fix, sheet, cell=line.place))
                continue
            seen |= dict.fromkeys(marks, line)
            yield line

    def _less(self, came: list[Receipt], back: Receipt, line: Line) -> list[Receipt]:
        """Receipts less what went back: of the same order, the latest first."""
        left, found = back.kg, dict(enumerate(came))
        latest = sorted(found, key=lambda i: (found[i].month, i), reverse=True)
        for i in latest:
            row = found[i]
            if left <= 0 or (row.offer, row.reference) != (back.offer, back.reference) or row.month > back.month:
                continue
            taken = min(row.kg, left)
            left -= taken
            paid = None if row.paid is None else row.paid * (1 - taken / row.kg)
            found[i] = row.model_copy(
                update={"kg": row.kg - taken, "paid": paid, "cell": f"{row.cell}, {line.cell('kg')}"}
            )
        if left > _DUST * back.kg:
            text = f"{plain(left)} kg more went back than had come under {back.offer}."
            fix = "Add the receipt that they belong to, or leave this row out."
            self.problems.append(Problem("contradiction", text, fix, "receipts", cell=line.cell("kg")))
        return [row for row in found.values() if row.kg > 0]

    # --- stock ------------------------------------------------------------------------------------

    def stock(self, lines: Iterable[Line]) -> list[Held]:
        """A row each amount, by the state that it is in."""
        return [row for line in lines for row in self._stock_of(line)]

    def _stock_of(self, line: Line) -> Iterator[Held]:
        amounts = {name: kg for name in STATE_OF if (kg := line.amount(name)) is not None}
        if not amounts:
            self._need(line, "kg", None)
            return
        material = self._material("stock", line)
        if not material or not self._need(line, "material", material):
            if material is None:
                self._need(line, "material", None)
            return
        factor = self._per_unit("stock", line, material)
        for name, kg in amounts.items() if factor is not None else ():
            if kg < 0:
                text = f"{plain(kg)} of {material}: stock cannot be below 0."
                fix = "Correct it; in the ERP a receipt or an issue has been booked late or twice."
                self.problems.append(Problem("negative", text, fix, "stock", None, name, line.cell(name)))
            elif kg > 0 and (row := self._held(line, name, material, kg * (factor or 0.0))):
                yield row

    def _held(self, line: Line, name: str, material: str, kg: float) -> Held | None:
        state = self._state(line, name)
        if not self._kept("stock", line, "place or state", state, line.text("place") or line.text("state")):
            return None
        marks = [mark for mark in (line.text("batch"), line.text("reference")) if mark]
        bound: str | None = NO_UNDERTAKING
        if state == FREE:
            where = line.cell("batch") if marks else line.cell(name)
            given = line.text("undertaking")
            bound = self.names.undertaking(given, material, marks, line.text("place") or "", where)
            if not self._kept("stock", line, "batch or undertaking", bound, given or "/".join(marks)):
                return None
        row: Held | None = self._made(
            "stock", line,
            {"material": material, "undertaking": None if bound == NO_UNDERTAKING else bound, "state": state,
             "kg": kg, "batch": line.text("batch"), "cell": line.cell(name)},
        )  # fmt: skip
        return row

    def _state(self, line: Line, name: str) -> str:
        """The state of an amount: its column's, else that which its row or its place says."""
        if STATE_OF[name] != FREE:
            return STATE_OF[name]
        if (text := line.text("state")) is not None:
            states = tuple(STATE_OF.values())
            return self.names.chosen("state", "stock", text, states, line.cell("state"))
        place = line.text("place")
        return FREE if place is None else self.names.state(place, line.cell("place"))

    # --- orders, builds, letters --------------------------------------------------------------------

    def orders(self, lines: Iterable[Line]) -> list[Ordered]:
        """A row each purchase order that is still to arrive."""
        return [row for line in lines if (row := self._order(line)) is not None]

    def _order(self, line: Line) -> Ordered | None:
        kg, month = self._still_to_come(line), line.month("month")
        offer = self._offer("orders", line)
        if kg is None or not self._need(line, "month", month) or not offer:
            return None
        if kg == 0:
            self.left_out["orders", "they have arrived in full"].append(line.place)
            return None
        factor = self._per_unit("orders", line, self.names.scenario.offer[offer].material)
        if factor is None:
            return None
        where = line.cell("kg") if "kg" in line.held else line.cell("ordered")
        row: Ordered | None = self._made(
            "orders", line,
            {"offer": offer, "month": month, "kg": kg * factor, "cleared": line.text("cleared"),
             "reference": line.text("reference"), "cell": where},
        )  # fmt: skip
        return row

    def _still_to_come(self, line: Line) -> float | None:
        if "kg" in line.held:
            return line.amount("kg")
        ordered, received = line.amount("ordered"), line.amount("received") or 0.0
        if not self._need(line, "kg" if "ordered" not in line.held else "ordered", ordered) or ordered is None:
            return None
        if received > ordered * (1 + _DUST):
            text = f"{plain(received)} were received of {plain(ordered)} that were ordered."
            fix = "Correct one of the two; or put what came in addition in an order of its own."
            self.problems.append(Problem("contradiction", text, fix, "orders", cell=line.cell("received")))
            return None
        return max(0.0, ordered - received)

    def builds(self, lines: Iterable[Line]) -> list[Built]:
        """A row each product line and month, of all that was built less what was taken back."""
        totals: dict[tuple[str, str], list[tuple[float, Line]]] = defaultdict(list)
        for line in lines:
            key = self._built_when(line)
            units = line.amount("units")
            if not self._need(line, "units", units) or units is None or key is None:
                continue
            signed = self._signed("builds", line, units)
            if signed is not None:
                totals[key].append((signed, line))
        return [row for (segment, month), parts in totals.items() if (row := self._built(segment, month, parts))]

    def _built_when(self, line: Line) -> tuple[str, str] | None:
        text, month = line.text("segment"), line.month("month")
        if not self._need(line, "segment", text) or not self._need(line, "month", month):
            return None
        segment = self.names.named("segment", text or "", self.names.scenario.segment, line.cell("segment"))
        if not self._kept("builds", line, "segment", segment, text) or month is None:
            return None
        return segment, month

    def _built(self, segment: str, month: str, parts: list[tuple[float, Line]]) -> Built | None:
        units = sum(amount for amount, _ in parts)
        cells = ", ".join(line.cell("units") for _, line in parts)
        row: Built | None = self._made(
            "builds", parts[0][1], {"segment": segment, "month": month, "units": units, "cell": cells}
        )
        return row

    def letters(self, lines: Iterable[Line]) -> list[Letter]:
        """A row each letter."""
        return [row for line in lines if (row := self._letter(line)) is not None]

    def _letter(self, line: Line) -> Letter | None:
        cells: dict[str, Any] = {name: line.text(name) for name in ("reference", "exporter", "rules_out")}
        cells |= {name: line.day(name) for name in ("stamped", "courier", "accepted")}
        cells |= {name: line.month(name) for name in ("expected", "valid_until")}
        cells |= {name: line.amount(name) for name in ("kg", "deposit_back")}
        named: dict[str, Iterable[str]] = {"licence": self.names.scenario.licence, "offer": self.names.scenario.offer}
        for what, choices in named.items():
            text = line.text(what)
            cells[what] = self.names.named(what, text, choices, line.cell(what)) if text is not None else None
            if text is not None and not self._kept("letters", line, what, cells[what], text):
                return None
        if (text := line.text("result")) is not None:
            results = ("granted", "returned", "refused", "pending")
            cells["result"] = self.names.chosen("result", "letters", text, results, line.cell("result"))
            if not self._kept("letters", line, "result", cells["result"], text):
                return None
        row: Letter | None = self._made("letters", line, cells)
        return row

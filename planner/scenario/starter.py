"""The starter: a scenario on six sheets in a planner's words, from which the tables of a scenario are made.

Amounts are a month's and lead times are months; whole tables of periods, futures and events come of them. Each cell
that is made remembers the cell of the starter that it was made from, so that whatever is wrong is reported there.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

from planner.errors import Problem
from planner.scenario.cells import clean, workbook_value
from planner.scenario.fields import nearest, shown, to_month, to_text
from planner.scenario.letters import looks, without_hidden
from planner.scenario.outcomes import Outcome, outcome
from planner.scenario.overlay import Change
from planner.scenario.raw import RawRow, RawScenario, RawTable, column_letters
from planner.scenario.scenario import Calendar
from planner.scenario.starter_sheets import SETTINGS_SHEET, SHEETS, Sheet, sheet_named

Grid = Sequence[Sequence[Any]]
MOST_FUTURES = 200


def is_starter(titles: Sequence[str]) -> bool:
    """Whether a workbook with sheets of these titles is a starter."""
    return sum(sheet_named(title) is not None for title in titles) >= len(SHEETS) - 2


def expanded(name: str, origin: str, sha256: str, grids: Mapping[str, Grid]) -> RawScenario:
    """The scenario that a starter stands for; `grids` are the cells of its sheets from A1 on, by title."""
    raw = RawScenario(name, origin, in_workbook=True, sha256=sha256, tables={})
    raw.made_from = "starter"
    maker = _Maker(raw)
    for title, grid in grids.items():
        sheet = sheet_named(title)
        if sheet:
            maker.lines[sheet.key] = _lines(sheet, title, grid, raw.problems)
    maker.make()
    return raw


def changes_of(raw: RawScenario) -> list[Change]:
    """What a starter was expanded to, a change a cell."""
    return [
        Change(table.name, _key(row), field_, None, value, raw.made_from, row.origins.get(field_, ""))
        for table in raw.tables.values()
        for row in table.data_rows()
        for field_, value in row.cells.items()
    ]


def _key(row: RawRow) -> str:
    return to_text(next(iter(row.cells.values()), ""))


# --- the lines of a sheet ------------------------------------------------------------------------------


@dataclass
class Line:
    """A row of a starter's sheet: its cells by heading, those under months apart, and where each stands."""

    sheet: str
    number: int
    cells: dict[str, Any] = field(default_factory=dict)
    months: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)

    def cell(self, heading: str) -> str:
        """Where a cell stands."""
        return f"{self.sheet}!{column_letters(self.columns.get(heading, 0))}{self.number}"

    def text(self, heading: str) -> str:
        """A cell as text; '' where it is blank."""
        return without_hidden(to_text(self.cells[heading])) if heading in self.cells else ""


def _lines(sheet: Sheet, title: str, grid: Grid, problems: list[Problem]) -> list[Line]:
    rows = [(number, [clean(cell) for cell in cells]) for number, cells in enumerate(grid, 1)]
    rows = [(n, c) for n, c in rows if any(cell is not None for cell in c) and not _is_comment(c)]
    head = next((i for i, (_, cells) in enumerate(rows) if _column(sheet, cells[0]) is not None), None)
    if head is None:
        text = f"The sheet {title} has no headings."
        problems.append(Problem("no_headings", text, f"Its headings are: {', '.join(sheet.headings)}.", cell=title))
        return []
    columns, months = _headings(sheet, title, rows[head], problems)
    lines = []
    for number, cells in rows[head + 1 :]:
        line = Line(title, number, columns={**columns, **months})
        line.cells = {h: cells[i] for h, i in columns.items() if i < len(cells) and cells[i] is not None}
        line.months = {m: cells[i] for m, i in months.items() if i < len(cells) and cells[i] is not None}
        if line.cells or line.months:
            lines.append(line)
    return lines


def _is_comment(cells: Sequence[Any]) -> bool:
    first = next((cell for cell in cells if cell is not None), None)
    return isinstance(first, str) and first.lstrip().startswith("#")


def _headings(
    sheet: Sheet, title: str, row: tuple[int, list[Any]], problems: list[Problem]
) -> tuple[dict[str, int], dict[str, int]]:
    columns: dict[str, int] = {}
    months: dict[str, int] = {}
    for index, value in enumerate(row[1]):
        if value is None:
            continue
        name = _column(sheet, value)
        month = _month(value) if sheet.has_months and name is None else None
        if name is not None:
            columns[name] = index
        elif month is not None:
            months[month] = index
        else:
            where = f"{title}!{column_letters(index)}{row[0]}"
            fix = nearest(to_text(value), sheet.headings)
            problems.append(Problem("unknown_field", f"{shown(value)} is no heading of this sheet.", fix, cell=where))
    lacking = [name for name, column in sheet.columns.items() if column.required and name not in columns]
    for name in lacking:
        text = f"The column '{sheet.columns[name].heading}' is missing."
        fix = f"Add it: {sheet.columns[name].meaning}."
        problems.append(Problem("missing_field", text, fix, cell=f"{title}!A{row[0]}"))
    return columns, months


def _column(sheet: Sheet, value: Any) -> str | None:
    name = looks(to_text(value).partition("(")[0]) if value is not None else ""
    return name if name in sheet.columns else None


def _month(value: Any) -> str | None:
    try:
        return to_month(value)
    except PydanticCustomError:
        return None


# --- the tables made of them ---------------------------------------------------------------------------


class _Maker:
    """A scenario while it is made from a starter's lines."""

    def __init__(self, raw: RawScenario) -> None:
        self.raw = raw
        self.lines: dict[str, list[Line]] = {sheet.key: [] for sheet in SHEETS}
        self.calendar: Calendar | None = None
        self.months = 1

    def make(self) -> None:
        """Make all tables; what cannot be made is reported among the problems."""
        self._settings()
        self._products()
        self._designs()
        self._licences()
        self._offers()
        self._stock()

    def add(self, table: str, line: Line, cells: dict[str, tuple[Any, str]]) -> None:
        """A row of a table: each field's value and the heading that it comes from; None leaves it blank."""
        held = self.raw.tables.setdefault(table, RawTable(table, table, {}, []))
        given = {name: value for name, (value, _) in cells.items() if value is not None}
        for name in cells:
            held.columns.setdefault(name, len(held.columns))
        origins = {name: line.cell(heading) for name, (_, heading) in cells.items()}
        held.rows.append(RawRow(len(held.rows) + 2, given, origins))

    def trouble(self, line: Line, heading: str, text: str, fix: str) -> None:
        """A problem with a cell of the starter."""
        self.raw.problems.append(Problem("starter", text, fix, cell=line.cell(heading)))

    def times(self, line: Line, heading: str, factor: float) -> Any:
        """A cell's number times a factor; as it is where it is no number, to be reported later."""
        value = line.cells.get(heading)
        number = workbook_value("number", value) if value is not None else None
        if isinstance(number, int | float) and not isinstance(number, bool):
            return clean(float(f"{number * factor:.12g}"))
        return value

    def periods(self, line: Line, heading: str) -> Any:
        """A number of months as periods, rounded up."""
        value = self.times(line, heading, 1.0)
        return math.ceil(value / self.months - 1e-9) if isinstance(value, int | float) else value

    # --- settings

    def _settings(self) -> None:
        asked = {looks(line.text("what")): line for line in self.lines[SETTINGS_SHEET]}
        plain = {"title": "title", "currency": "currency", "first month": "start", "months a period": "period_months"}
        for name, line in asked.items():
            value = line.cells.get("value")
            if name in plain:
                self.add("settings", line, {"name": (plain[name], "what"), "value": (value, "value")})
            elif name == "discount rate in % a year":
                rate = self.times(line, "value", 0.01)
                self.add("settings", line, {"name": ("discount_rate", "what"), "value": (rate, "value")})
            elif len(name) == 3 and name.isalpha():
                self.add("currencies", line, {"currency": (name.upper(), "what"), "rate": (value, "value")})
            elif name != "months":
                names = [*plain, "months", "discount rate in % a year"]
                self.trouble(line, "what", f"{shown(line.text('what'))} is no setting.", nearest(name, names))
        self._calendar(asked)

    def _calendar(self, asked: dict[str, Line]) -> None:
        start = _month(asked["first month"].cells.get("value")) if "first month" in asked else None
        months = self.times(asked["months"], "value", 1.0) if "months" in asked else None
        each = self.times(asked["months a period"], "value", 1.0) if "months a period" in asked else 3
        if isinstance(each, int) and each in (1, 3, 6, 12):
            self.months = each
        if isinstance(months, int | float) and months > 0:
            periods = math.ceil(months / self.months)
            cells = {"name": ("periods", "what"), "value": (periods, "value")}
            self.add("settings", asked["months"], cells)
            if start:
                self.calendar = Calendar(start, periods, self.months, 4)

    # --- products and what is in them

    def _products(self) -> None:
        for line in self.lines["products"]:
            wait = self.times(line, "cost of waiting", self.months)
            self.add("segments", line, {
                "segment": (line.cells.get("product"), "product"),
                "market": (line.cells.get("market"), "market"),
                "shortage_cost_per_unit": (line.cells.get("margin"), "margin"),
                "delay_cost_per_unit": (wait, "cost of waiting"),
            })  # fmt: skip
            demand = {"segment": (line.cells.get("product"), "product")}
            self.add("demand", line, {**demand, **self._demand(line)})

    def _demand(self, line: Line) -> dict[str, tuple[Any, str]]:
        """The units of each period: those of its months together."""
        if self.calendar is None:
            return {month: (value, month) for month, value in line.months.items()}
        found: dict[str, tuple[Any, str]] = {}
        for month in line.months:
            first = self.calendar.month(self.calendar.period(month))
            units = self.times(Line(line.sheet, line.number, {month: line.months[month]}), month, 1.0)
            before, at = found.get(first, (0, month))
            both = isinstance(before, int | float) and isinstance(units, int | float)
            found[first] = (before + units if both else units, at)
        return found

    def _designs(self) -> None:
        kinds: dict[str, Line] = {}
        designs: set[str] = set()
        for line in self.lines["magnets"]:
            design = line.text("design") or line.text("product")
            heading = "design" if line.text("design") else "product"
            if design not in designs:
                designs.add(design)
                self._design(line, design, heading)
            if "magnet" in line.cells:
                kinds.setdefault(line.text("magnet"), line)
                self.add("design_materials", line, {
                    "design": (design, heading),
                    "material": (line.cells["magnet"], "magnet"),
                    "kg_per_unit": (line.cells.get("kg"), "kg"),
                })  # fmt: skip
        for name, line in kinds.items():
            self.add("materials", line, {"material": (name, "magnet"), "class": (line.cells.get("kind"), "kind")})

    def _design(self, line: Line, design: str, heading: str) -> None:
        wait = self.periods(line, "qualification")
        self.add("designs", line, {
            "design": (design or None, heading),
            "segment": (line.cells.get("product"), "product"),
            "efficiency_loss_pp": (line.cells.get("efficiency lost"), "efficiency lost"),
            "extra_cost_per_unit": (line.cells.get("extra cost"), "extra cost"),
            "qualified": ("no" if wait else None, "qualification"),
            "qualification_periods": (wait or None, "qualification"),
            "qualification_cost": (line.cells.get("qualification cost"), "qualification cost"),
        })  # fmt: skip

    # --- suppliers

    def _offers(self) -> None:
        suppliers: set[str] = set()
        for line in self.lines["prices"]:
            name = line.text("supplier")
            if name not in suppliers:
                suppliers.add(name)
                cells = {key: (line.cells.get(key), key) for key in ("supplier", "country")}
                self.add("suppliers", line, cells)
            self.add("offers", line, {
                "offer": (_offer(line), "supplier"),
                "supplier": (line.cells.get("supplier"), "supplier"),
                "material": (line.cells.get("magnet"), "magnet"),
                "price_per_kg": (line.cells.get("price"), "price"),
                "currency": (line.cells.get("currency"), "currency"),
                "freight_per_kg": (line.cells.get("freight"), "freight"),
                "duty_rate": (self.times(line, "duty", 0.01), "duty"),
                "lead_periods": (self.periods(line, "lead time"), "lead time"),
                "max_kg_per_period": (self.times(line, "most", self.months), "most"),
                "min_order_kg": (line.cells.get("least order"), "least order"),
                "licence": (self._licence_of(line), "licence"),
            })  # fmt: skip

    def _licence_of(self, line: Line) -> str | None:
        licence = line.text("licence")
        return _alone(licence, line.text("supplier")) if licence in self.alone else licence or None

    def _stock(self) -> None:
        for line in self.lines["stock"]:
            if "supplier" in line.cells or "arrives" in line.cells:
                self.add("open_orders", line, {
                    "offer": (_offer(line), "supplier"),
                    "period": (line.cells.get("arrives"), "arrives"),
                    "kg": (line.cells.get("kg"), "kg"),
                })  # fmt: skip
            else:
                cells = {"material": (line.cells.get("magnet"), "magnet"), "kg": (line.cells.get("kg"), "kg")}
                self.add("stock", line, cells)

    # --- licences in words

    def _licences(self) -> None:
        self.alone: set[str] = set()
        by_name: dict[str, list[Line]] = {}
        for line in self.lines["licences"]:
            by_name.setdefault(line.text("licence"), []).append(line)
        courses: list[tuple[str, list[Outcome]]] = []
        for name, lines in by_name.items():
            found = self._outcomes(name, lines)
            for licence in self._instances(name, lines[0]):
                self._licence(licence, lines[0], bool(found))
                if found:
                    courses.append((licence, found))
        self._futures(courses)

    def _instances(self, name: str, line: Line) -> list[str]:
        """The licence itself; one for each supplier where each stands alone."""
        if looks(line.text("together or alone")) not in ("alone", "each alone"):
            return [name]
        self.alone.add(name)
        suppliers = [row.text("supplier") for row in self.lines["prices"] if row.text("licence") == name]
        return [_alone(name, supplier) for supplier in dict.fromkeys(suppliers)]

    def _licence(self, licence: str, line: Line, uncertain: bool) -> None:
        self.add("licences", line, {
            "licence": (licence, "licence"),
            "application_fee": (line.cells.get("fee"), "fee"),
            "clearance": (0 if uncertain else None, "at our works in"),
            "decision": ("must" if "filed in" in line.cells else None, "filed in"),
        })  # fmt: skip

    def _outcomes(self, name: str, lines: list[Line]) -> list[Outcome]:
        found: list[Outcome] = []
        for line in lines:
            words = line.cells.get("at our works in")
            made = outcome(words, self.calendar, found[-1].month if found else None) if words is not None else None
            if words is not None and made is None:
                fix = "Type a month such as 2026-08 or August, '2 months later', now, or never."
                self.trouble(line, "at our works in", f"{shown(words)} says not when it comes.", fix)
            chance = self.times(line, "chance", 0.01)
            if made and isinstance(chance, int | float):
                found.append(made.with_chance(chance, line))
            elif made:
                self.trouble(line, "chance", "How likely this is is not said.", "Type it in %, such as 30.")
        total = math.fsum(one.chance for one in found)
        if len(found) == len(lines) and abs(total - 1) > 1e-3:
            text = f"The chances of licence {name} add up to {100 * total:g} %."
            self.trouble(lines[0], "chance", text, "They must add up to 100 %.")
        return found

    def _futures(self, courses: list[tuple[str, list[Outcome]]]) -> None:
        count = math.prod(len(outcomes) for _, outcomes in courses)
        if not courses:
            return
        if count > MOST_FUTURES:
            text = f"These licences make {count:,} futures; the most are {MOST_FUTURES}."
            fix = "Let licences come together, or name fewer months."
            self.trouble(courses[0][1][0].line, "together or alone", text, fix)
            return
        number = itertools.count(1)
        for chosen in itertools.product(*(outcomes for _, outcomes in courses)):
            names = [name for name, _ in courses]
            future = "; ".join(f"{name} {one.words}" for name, one in zip(names, chosen, strict=True))
            chance = math.prod(one.chance for one in chosen)
            cells = {"future": (future, "at our works in"), "probability": (chance, "chance")}
            self.add("futures", chosen[0].line, cells)
            for name, one in zip(names, chosen, strict=True):
                if not one.never:
                    self._event(f"E{next(number)}", future, name, one)

    def _event(self, event: str, future: str, licence: str, one: Outcome) -> None:
        heading = "at our works in"
        values = {"event": event, "future": future, "kind": "clearance", "scope": "licence", "target": licence,
                  "from": one.month, "value": 1}  # fmt: skip
        self.add("events", one.line, {name: (value, heading) for name, value in values.items()})


def _alone(licence: str, supplier: str) -> str:
    return f"{licence} ({supplier})"


def _offer(line: Line) -> str | None:
    name = f"{line.text('supplier')} {line.text('magnet')}".strip()
    return name or None

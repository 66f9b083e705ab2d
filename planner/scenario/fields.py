"""What may stand in a cell: the types of the schema's fields and how a raw cell becomes one.

A raw cell is what a workbook or CSV gives: text, number, truth value, date. Each type turns it into
a Python value or raises a `PydanticCustomError` whose `type` is the kind of problem, whose message
says what is wrong and whose context may carry a `fix`.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from planner.scenario.letters import visible, without_hidden

LARGEST = 1e12
"""Numbers above it are taken for slips: ₹10¹² is ₹1 lakh crore."""

LARGEST_MASS = 1e9
"""In kg: a million tonnes, some four times what the world makes of magnets in a year."""

LARGEST_FACTOR = 100.0
MANY = 1000
LONG = 100
LARGEST_RATE = 2.0


def _refuse(kind: str, message: str, fix: str = "") -> PydanticCustomError:
    # The template must hold no braces of its own: the text goes in as context.
    return PydanticCustomError(kind, "{message}", {"message": message, "fix": fix})


def shown(value: Any) -> str:
    """A raw cell as a planner sees it, shortened."""
    text = f"{value:.10g}" if isinstance(value, float) else visible(to_text(value))
    text = f"{text[:57]}…" if len(text) > 60 else text
    return f"'{text}'" if isinstance(value, str) else text


def plain(value: float) -> str:
    """A number without a trailing .0, as one would type it."""
    return f"{value:.10g}"


# --- text ---------------------------------------------------------------------------------------


def to_text(value: Any) -> str:
    """Text as typed, white space around it dropped; a number is the text Excel shows for it."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    return str(value).strip()


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(value)
    return tuple(part.strip() for part in to_text(value).split(";") if part.strip())


def to_choice(*choices: str) -> Callable[[Any], str]:
    """A validator that takes one of `choices`, whatever its case."""

    def validate(value: Any) -> str:
        text = without_hidden(to_text(value))
        # Excel turns a typed TRUE into a truth value, and saves it in a CSV as the text TRUE.
        text = {"TRUE": "yes", "FALSE": "no"}.get(text.upper(), text)
        if text.casefold() in choices:
            return text.casefold()
        raise _refuse("not_a_choice", f"{shown(value)} is not one of the choices.", nearest(text, choices))

    return validate


def close(text: str, known: Iterable[str]) -> str | None:
    """The known name that a text is most like, where it is like one at all."""
    # N38 is no slip for N42: what differs by a figure is another thing.
    figures = re.findall(r"\d", text)
    folded = {name.casefold(): name for name in sorted(set(known)) if re.findall(r"\d", name) == figures}
    # Comparing takes time: of very many names only those that begin alike are looked at, of long ones the beginning.
    likely = list(folded) if len(folded) <= MANY else [name for name in folded if name[:1] == text[:1].casefold()]
    found = difflib.get_close_matches(text.casefold()[:LONG], likely[:MANY], n=1, cutoff=_LIKE)
    return folded[found[0]] if found else None


_LIKE = 0.7
"""How alike two names must be, from 0 to 1, for one to be a slip of the other."""


def sharing_words(text: str, known: Iterable[str]) -> str | None:
    """The one known name whose words are among those of a text, or the other way round: 'price' is 'price_per_kg'."""
    words = _words(text)
    found = [name for name in known if words and (words <= _words(name) or words >= _words(name))]
    return found[0] if len(found) == 1 else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.casefold()))


def nearest(text: str, known: Iterable[str], what: str = "") -> str:
    """'Did you mean …?' when a known name is near; otherwise what may stand there."""
    names = sorted(set(known))
    near = close(text, names)
    if near is not None:
        return f"Did you mean '{near}'?"
    if not names:
        return f"There are no {what} yet." if what else ""
    return f"Use one of: {some(names)}."


def some(names: Iterable[str]) -> str:
    """The first few names in order of the alphabet."""
    ordered = sorted(set(names))
    return ", ".join(ordered[:8]) + (", …" if len(ordered) > 8 else "")


# --- numbers ------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{2,3})*,\d{3}(\.\d*)?", re.ASCII)
"""Digits in groups of three, or as in India: 1,200 or 1,20,000."""
_DECIMAL_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d*),\d+", re.ASCII)


def _parse_number(value: Any) -> float:
    if isinstance(value, bool):
        raise _refuse("not_a_number", f"{shown(value)} is a truth value where a number belongs.", "Type a number.")
    if isinstance(value, int | float):
        return _as_float(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        raise _refuse(
            "not_a_number",
            f"{shown(value)} is a date where a number belongs.",
            "Set the cell's format to Number and type the number again.",
        )
    text = without_hidden(str(value))
    if _NUMBER.fullmatch(text):
        return float(text)
    raise _refuse("not_a_number", f"{shown(value)} is text where a number belongs.", _number_fix(text))


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # A whole number may be larger than any float.
        return math.inf if value > 0 else -math.inf


_IN_WORDS = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "lacs": 1e5, "million": 1e6,
    "mn": 1e6, "mio": 1e6, "crore": 1e7, "crores": 1e7, "cr": 1e7, "billion": 1e9, "bn": 1e9, "%": 0.01,
    "percent": 0.01,
}  # fmt: skip
"""Words behind a number, and what one of them is."""
_MONEY_BEFORE = re.compile(r"(rs\.?|inr|usd|us\$|eur|jpy|cny|rmb|[₹$€£¥])\s*", re.IGNORECASE)
_UNIT_BEHIND = re.compile(
    r"\s*(/-|kg|kgs|pcs|pieces|units|nos\.?|sets|rs\.?|inr|usd|eur|[₹$€£¥]|per\s*kg|/\s*kg|approx\.?)$", re.IGNORECASE
)


def _number_fix(text: str) -> str:
    bare = _UNIT_BEHIND.sub("", _MONEY_BEFORE.sub("", text, count=1).strip()).strip()
    words = re.fullmatch(r"([^A-Za-z%]+?)\s*([A-Za-z]+|%)\.?", bare)
    times = _IN_WORDS.get(words[2].casefold()) if words else 1.0
    digits = re.sub(r"\s", "", words[1] if words else bare)
    read = _read_otherwise(digits)
    if times is None or read is None:
        return "Type a number."
    number, with_point = read
    if times != 1:
        return f"Type {plain(number * times)}."
    if with_point:
        return f"Type {plain(number)}, with a point before the decimals."
    return f"Type {plain(number)}, without separators or signs of currency."


def _read_otherwise(digits: str) -> tuple[float, bool] | None:
    """A number with separators as other countries write them, and whether its decimals stood behind a comma."""
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3}){2,}", digits):
        return float(digits.replace(".", "")), False
    with_point = bool(_DECIMAL_COMMA.fullmatch(digits)) and not _GROUPED.fullmatch(digits)
    number = digits.replace(".", "").replace(",", ".") if with_point else digits.replace(",", "")
    if not _NUMBER.fullmatch(number) or ("," in digits and not (with_point or _GROUPED.fullmatch(digits))):
        return None
    return float(number), with_point


def to_number(low: float = 0.0, high: float = LARGEST, open_low: bool = False, share: bool = False) -> Any:
    """A validator for a finite number from `low` (excluded where `open_low`) to `high`."""

    def validate(value: Any) -> float:
        # Most cells are good: they shall cost little.
        if type(value) in (float, int) and low < value <= high:
            return float(value)
        number = _parse_number(value)
        if math.isnan(number) or math.isinf(number):
            raise _refuse("not_finite", f"{shown(value)} is not a finite number.", "Type a number.")
        number = _without_noise(number, low, high)
        if number < low or (open_low and number == low):
            least = f"more than {plain(low)}" if open_low else f"at least {plain(low)}"
            raise _refuse("too_small", f"{plain(number)} is too small.", f"It must be {least}.")
        if number > high:
            raise _refuse("too_large", f"{plain(number)} is too large.", _too_large_fix(number, high, share))
        return number

    validate.__dict__["limits"] = (low, high, open_low)  # for the template's input ranges
    return validate


NOISE = 1e-10
"""What sums and products of a spreadsheet are off by, relatively, and far less than anybody means."""


def _without_noise(number: float, low: float, high: float) -> float:
    """The number, moved to a limit that it misses by no more than a spreadsheet's rounding."""
    for limit in (low, high):
        if not low <= number <= high and abs(number - limit) <= NOISE * max(1.0, abs(limit)):
            return limit
    return number


def _too_large_fix(number: float, high: float, share: bool) -> str:
    if share and number <= 100 * high:
        what = f"A share is written from 0 to {plain(high)}" if high <= 1 else "A rate is written as a share"
        return f"{what}: for {plain(number)} % type {plain(number / 100)}."
    if high == LARGEST_FACTOR:
        return f"It is a factor: 1.05 is 5 % more, and {plain(high)} the most."
    return f"The most that is taken is {plain(high)}."


def to_whole(low: int, high: int = 1_000_000) -> Any:
    """A validator for a whole number from `low` to `high`."""
    number_between = to_number(low, high)

    def validate(value: Any) -> int:
        number = number_between(value)
        whole: int = round(number)
        if abs(number - whole) > NOISE * max(1.0, abs(number)):
            raise _refuse("not_whole", f"{plain(number)} is not a whole number.", "Type a whole number.")
        return whole

    validate.__dict__["limits"] = (low, high, False)
    return validate


# --- months -------------------------------------------------------------------------------------

_MONTH = re.compile(r"(\d{4})-(\d{2})(-(0[1-9]|[12]\d|3[01])([ T]00:00(:00)?)?)?", re.ASCII)
_NAMED_MONTH = re.compile(r"([A-Za-z]{3,9})[ \-/'.,]*(?:(\d{4})|(\d{2}))", re.ASCII)
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
ANY_MONTH = "Type year and month, such as 2026-04."
"""Said where a text shows nothing of which month is meant."""


def to_month(value: Any) -> str:
    """A month as 'YYYY-MM', from such text or from a date cell."""
    if isinstance(value, dt.datetime | dt.date):
        return f"{value.year:04d}-{value.month:02d}"
    if isinstance(value, bool | int | float):
        raise _refuse(
            "not_a_month",
            f"{shown(value)} is a number where a month belongs.",
            "Type the month as text, such as 2026-04, or enter a date.",
        )
    text = without_hidden(str(value))
    match = _MONTH.fullmatch(text)
    if match and 1 <= int(match[2]) <= 12 and int(match[1]) >= 1:
        return f"{match[1]}-{match[2]}"
    raise _refuse("not_a_month", f"{shown(value)} is not a month.", _month_fix(text))


def _month_fix(text: str) -> str:
    named = _NAMED_MONTH.fullmatch(text)
    months = [i for i, name in enumerate(_MONTH_NAMES, 1) if named and name.startswith(named[1].casefold())]
    return f"Type {named[2] or '20' + named[3]}-{months[0]:02d}." if named and months else ANY_MONTH


# --- the types the tables are made of --------------------------------------------------------------


def _name(value: Any) -> str:
    text = to_text(value)
    if not text:
        raise _refuse("blank", "The cell is blank.", "Type a name.")
    return text


Name = Annotated[str, BeforeValidator(_name)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Month = Annotated[str, BeforeValidator(to_month)]
Amount = Annotated[float, BeforeValidator(to_number())]
Positive = Annotated[float, BeforeValidator(to_number(open_low=True))]
Mass = Annotated[float, BeforeValidator(to_number(high=LARGEST_MASS))]
PositiveMass = Annotated[float, BeforeValidator(to_number(high=LARGEST_MASS, open_low=True))]
Share = Annotated[float, BeforeValidator(to_number(high=1.0, share=True))]
Rate = Annotated[float, BeforeValidator(to_number(high=LARGEST_RATE, share=True))]
PositiveShare = Annotated[float, BeforeValidator(to_number(high=1.0, open_low=True, share=True))]
Tail = Annotated[float, BeforeValidator(to_number(high=0.999, share=True))]
Probability = Annotated[float, BeforeValidator(to_number(high=1.0, open_low=True, share=True))]
Count = Annotated[int, BeforeValidator(to_whole(0))]
Steps = Annotated[int, BeforeValidator(to_whole(1))]
ExpansionSteps = Annotated[int, BeforeValidator(to_whole(1, 1000))]
Periods = Annotated[int, BeforeValidator(to_whole(1, 1200))]
Integer = Annotated[int, BeforeValidator(to_whole(-1_000_000_000, 1_000_000_000))]
MonthNumber = Annotated[int, BeforeValidator(to_whole(1, 12))]
Decision = Annotated[Literal["free", "must", "never"], BeforeValidator(to_choice("free", "must", "never"))]
ExpandDecision = Annotated[Literal["free", "never"], BeforeValidator(to_choice("free", "never"))]
Unreleased = Annotated[Literal["lost", "waits"], BeforeValidator(to_choice("lost", "waits"))]
YesNo = Annotated[Literal["yes", "no"], BeforeValidator(to_choice("yes", "no"))]
MaterialClass = Annotated[
    Literal["heavy", "light", "ferrite", "samarium", "feedstock", "assembly"],
    BeforeValidator(to_choice("heavy", "light", "ferrite", "samarium", "feedstock", "assembly")),
]
ExpansionScope = Annotated[Literal["offer", "conversion"], BeforeValidator(to_choice("offer", "conversion"))]
EventKind = Annotated[
    Literal["clearance", "price", "capacity", "demand"],
    BeforeValidator(to_choice("clearance", "price", "capacity", "demand")),
]
EVENT_SCOPES = (
    "licence", "country", "supplier", "offer", "material", "conversion", "design", "sector", "market", "segment", "all",
)  # fmt: skip
EventScope = Annotated[
    Literal[
        "licence",
        "country",
        "supplier",
        "offer",
        "material",
        "conversion",
        "design",
        "sector",
        "market",
        "segment",
        "all",
    ],
    BeforeValidator(to_choice(*EVENT_SCOPES)),
]
LimitScope = Annotated[Literal["country", "supplier"], BeforeValidator(to_choice("country", "supplier"))]
Window = Annotated[Literal["year", "horizon"], BeforeValidator(to_choice("year", "horizon"))]


def _period_months(value: Any) -> int:
    months: int = to_whole(1, 12)(value)
    if months not in (1, 3, 6, 12):
        raise _refuse("not_a_choice", f"{months} is not a period's length.", "Use 1, 3, 6 or 12.")
    return months


def _spend_period(value: Any) -> str:
    """A financial year as 'FY27', or the month of a period as 'YYYY-MM'."""
    text = to_text(value).upper()
    if re.fullmatch(r"FY[0-9]{2}", text):
        return text
    try:
        return to_month(value)
    except PydanticCustomError:
        fix = "Type a financial year as FY27, or a period's month as 2026-07."
        raise _refuse("not_a_year", f"{shown(value)} is neither a financial year nor a month.", fix) from None


PeriodMonths = Annotated[int, BeforeValidator(_period_months)]
SpendPeriod = Annotated[str, BeforeValidator(_spend_period)]


def column(
    meaning: str,
    *,
    unit: str = "",
    key: bool = False,
    ref: str | None = None,
    default: Any = ...,
    blank: str | None = None,
    alias: str | None = None,
) -> Any:
    """Declare a field of a table: the one place for its meaning, unit, default and reference.

    `ref` names the table (or 'table.field') whose values it must be one of; `blank` says in words
    what a blank cell means where the default is not a plain value. A field without default is required.
    """
    extra: dict[str, Any] = {"unit": unit, "key": key, "ref": ref, "blank": blank}
    return Field(default, description=meaning, alias=alias, json_schema_extra=extra)

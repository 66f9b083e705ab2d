"""Numbers and dates as ERPs write them: which way a column is written is told by all its cells together.

'1.234' is 1234 to a German reader and 1.234 to an English one; '03.04.' and '03/04' likewise. One cell that can be
read in one way alone settles its sheet; where none does, the sheet's mapping is asked.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from pydantic_core import PydanticCustomError

from planner.scenario.fields import LARGEST_MASS, shown, to_month, to_number

COMMA, POINT = "1.234,5", "1,234.5"
"""How a sheet writes numbers: the decimals behind a comma, or behind a point."""
DAY_FIRST, MONTH_FIRST = "day first", "month first"

_number = to_number(low=-LARGEST_MASS, high=1e12)
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_SHAPES = {
    COMMA: re.compile(r"\d{1,3}(\.\d{3})+,\d*|\d{1,3}(\.\d{3}){2,}|\d*,(\d{1,2}|\d{4,})|0,\d+|\d{4,},\d+"),
    POINT: re.compile(
        r"\d{1,3}(,\d{2,3})*,\d{3}\.\d*|\d{1,3}(,\d{2,3})+,\d{3}|\d*\.(\d{1,2}|\d{4,})|0\.\d+|\d{4,}\.\d+"
    ),
}
"""Texts that can be read in one way alone."""
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ T].*)?")
_COMPACT = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]\d.*")


class UnreadableError(ValueError):
    """A cell is no number or month: what is wrong, and what would be right."""

    def __init__(self, message: str, fix: str) -> None:
        self.message, self.fix = message, fix
        super().__init__(message)


def _digits(text: str) -> str:
    return _SPACES.sub("", text).strip("+-")


def number_style(values: Iterable[Any]) -> tuple[set[str], str | None]:
    """The ways in which the numbers among some cells must be read, and the first that could be read in both."""
    texts = [_digits(value) for value in values if isinstance(value, str)]
    found = {style for style, shape in _SHAPES.items() if any(shape.fullmatch(text) for text in texts)}
    return found, next((text for text in texts if _EITHER.fullmatch(text)), None)


def amount(value: Any, style: str | None) -> float:
    """A number as a sheet writes it, a minus before or behind it; raises UnreadableError where it is none."""
    if isinstance(value, str):
        value = _plain(value, style)
    try:
        number: float = _number(value)
    except PydanticCustomError as error:
        context = error.context or {}
        raise UnreadableError(str(context["message"]), str(context["fix"])) from None
    return number


def _plain(text: str, style: str | None) -> str:
    bare = _SPACES.sub("", text)
    sign = "-" if bare.startswith("-") != bare.endswith("-") else ""
    bare = bare.strip("+-")
    if style == COMMA and re.fullmatch(r"[\d.]*,?\d*", bare):
        return sign + bare.replace(".", "").replace(",", ".")
    if style == POINT and re.fullmatch(r"[\d,]*\.?\d*", bare):
        return sign + bare.replace(",", "")
    return sign + bare if re.fullmatch(r"\d+", bare) else text


def date_order(values: Iterable[Any]) -> tuple[set[str], str | None]:
    """The orders in which the dates among some cells must be read, and the first that could be read in both."""
    dates = [match for value in values if isinstance(value, str) and (match := _DATE.fullmatch(value.strip()))]
    found = {DAY_FIRST for match in dates if int(match[1]) > 12 or match[2] == "."}
    found |= {MONTH_FIRST for match in dates if int(match[3]) > 12}
    either = (m[0] for m in dates if m[2] != "." and int(m[1]) <= 12 and int(m[3]) <= 12 and m[1] != m[3])
    return found, next(either, None)


def day(value: Any, order: str | None) -> str:
    """A date as 'YYYY-MM-DD' or a month as 'YYYY-MM'; raises UnreadableError where it is neither."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    text = str(value).strip()
    if _COMPACT.fullmatch(text):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if match := _ISO_TIME.fullmatch(text):
        return _checked(match[1])
    if match := _DATE.fullmatch(text):
        first, second = int(match[1]), int(match[3])
        month, day_ = (first, second) if order == MONTH_FIRST else (second, first)
        return _checked(f"{match[4]}-{month:02d}-{day_:02d}")
    return _checked(value)


def _checked(value: Any) -> str:
    try:
        month = to_month(value)
        return dt.date.fromisoformat(value[:10]).isoformat() if isinstance(value, str) and len(value) > 7 else month
    except PydanticCustomError as error:
        context = error.context or {}
        raise UnreadableError(str(context["message"]), str(context["fix"])) from None
    except ValueError:
        raise UnreadableError(f"{shown(value)} is no day of the calendar.", "Correct the date.") from None


def is_blank_date(value: Any) -> bool:
    """Whether a cell says that there is no date, as SAP does."""
    return value is None or str(value).strip() in ("00.00.0000", "00/00/0000", "0000-00-00", "00000000")

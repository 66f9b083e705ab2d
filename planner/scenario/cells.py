"""What a cell holds, as files give and take it: cleaned on reading, in the form of its field on writing.

Workbooks hold text, numbers, truth values and dates; CSV files hold text alone. A scenario means the
same in both, so on writing a cell takes the form that its field's kind asks for, where it can.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from pydantic_core import PydanticCustomError

from planner.scenario import fields
from planner.scenario.letters import without_hidden

NUMBER_KINDS = ("number", "whole")

_EXACT = 10**15
"""Below it a float distinguishes integers, so a whole float may become an int."""

_NOT_TEXT = str.maketrans("", "", "\x00\ufffe\uffff")
"""Characters that neither XML nor CSV can hold."""

_any_number = fields.to_number(low=-math.inf, high=math.inf)


def clean(value: Any) -> Any:
    """A cell as read, without what files differ in: None where blank, integers as int, one kind of line end."""
    if isinstance(value, str):
        if not value or value.isspace() or (not value.isascii() and not without_hidden(value)):
            return None
        return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value


def workbook_value(kind: str, value: Any) -> str | float | bool:
    """A raw cell as a workbook is to hold it: a number where `kind` takes one and the cell is one, else text."""
    if isinstance(value, bool):
        return value
    if kind == "month" and isinstance(value, dt.date):
        return fields.to_month(value)
    if isinstance(value, int | float):
        return value if math.isfinite(value) and kind in (*NUMBER_KINDS, "any") else _text(value)
    if kind in NUMBER_KINDS and isinstance(value, str):
        return _number(value)
    if kind == "any" and isinstance(value, str):
        number = _number(value)
        return number if number_text(number) == value.strip() else _text(value)
    return _text(value)


def csv_value(kind: str, value: Any) -> str:
    """A raw cell as a CSV file is to hold it."""
    return number_text(workbook_value(kind, value))


def number_text(value: str | float | bool) -> str:
    """A number with every digit it has, a truth value as Excel writes it, text as it is."""
    if isinstance(value, bool | str):
        return fields.to_text(value)
    return str(clean(value))


def _number(text: str) -> str | float:
    try:
        number: float = clean(_any_number(text))
    except PydanticCustomError:
        return _text(text)
    return number


def _text(value: Any) -> str:
    return fields.to_text(value).translate(_NOT_TEXT)

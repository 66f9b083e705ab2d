"""What-if for any cell of a scenario: what is typed over its rows (see `rows`), made out.

A value may be typed as in a workbook ('1,5', '12 lakh', '2027-03'), or against what stands there: '+10 %', '× 1.2',
'2 months later'. One line may speak of every row of a table, or of every event on a target.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pydantic_core import PydanticCustomError

from planner.scenario.fields import nearest, shown, to_month
from planner.scenario.tables import tables
from planner.serve.access import RefusedError
from planner.serve.rows import Document, field_of
from planner.serve.typed import number, unread

EVERY, ON = "*", "@"
"""Stand for all rows of a table that say something in the field; and, before a name, for the events on that target."""

_PERCENT = re.compile(r"([+-])\s*([\d.,]+)\s*%")
_TIMES = re.compile(r"[×x*]\s*([\d.,]+)")
_SHIFT = re.compile(r"(?:([+-])\s*)?(\d{1,3})(?:\s+months?)?(?:\s+(later|earlier|sooner))?")


# --- what is meant ----------------------------------------------------------------------------------


def meant(rows: dict[str, Document], table: str, row: str, field: str, text: str) -> list[dict[str, str]]:
    """The changes, cell by cell, that a line of the form asks for. Refused, in words, where it makes no sense."""
    held = rows.get(table)
    if held is None:
        raise RefusedError(422, f"The scenario has no table {shown(table)}.")
    names = [one["name"] for one in held["fields"]]
    if field not in names:
        raise RefusedError(422, f"{table} has no field {shown(field)}. {nearest(field, names)}")
    place = names.index(field)
    found = []
    for key, said in _named(held, table, row, place):
        spec = _setting(key) if table == "settings" else held["fields"][place]
        value = _value(spec, said[place], text.strip(), f"{table} {key}, {field.replace('_', ' ')}")
        found.append({"table": table, "key": key, "field": field, "value": value})
    return found


def _setting(name: str) -> Document:
    return field_of(tables()["settings"].fields[name])


def _named(held: Document, table: str, row: str, place: int) -> Iterator[tuple[str, list[str]]]:
    """The rows that a line speaks of."""
    rows: list[tuple[str, list[str]]] = held["rows"]
    if row == EVERY:
        chosen = [one for one in rows if one[1][place]]
    elif row.startswith(ON) and held["targets"]:
        at = [one["name"] for one in held["fields"]].index("target")
        chosen = [one for one in rows if one[1][at] == row[len(ON) :] and one[1][place]]
    else:
        chosen = [one for one in rows if one[0] == row]
    if not chosen:
        raise RefusedError(422, f"{table} has no row {shown(row.removeprefix(ON))} that says something there.")
    yield from chosen


def _value(spec: Document, said: str, text: str, what: str) -> str:
    """What a cell is to say, as it is written in a workbook; '' for blank."""
    if text.casefold() in ("", "blank"):
        return ""
    if spec["kind"] in ("number", "whole"):
        return _number(said, text, what)
    if spec["kind"] == "month":
        return _month(said, text, what)
    if spec["choices"] and text.casefold() not in spec["choices"]:
        raise RefusedError(422, f"{what}: {shown(text)} is not one of {', '.join(spec['choices'])}.")
    return text.casefold() if spec["choices"] else text


def _number(said: str, text: str, what: str) -> str:
    factor = _factor(text)
    if factor is not None:
        now = number(said)
        if now is None:
            raise RefusedError(422, f"{what}: it says no number, so that {shown(text)} means none.")
        return f"{now * factor:.12g}"
    found = number(text)
    if found is None:
        raise RefusedError(422, f"{what}: {unread(text)} '+10 %' and '× 1.2' go, too.")
    return f"{found:.15g}"


def _factor(text: str) -> float | None:
    """What a text multiplies by: 1.1 for '+10 %', 1.2 for '× 1.2'; None where it is no factor."""
    if times := _TIMES.fullmatch(text):
        return number(times[1])
    percent = _PERCENT.fullmatch(text)
    by = number(percent[2]) if percent else None
    if percent is None or by is None:
        return None
    return 1 + by / 100 if percent[1] == "+" else 1 - by / 100


def _month(said: str, text: str, what: str) -> str:
    shift = _SHIFT.fullmatch(text.replace("−", "-").casefold())
    if shift and (shift[1] or shift[3]):
        try:
            year, month = map(int, to_month(said).split("-"))
        except PydanticCustomError:
            raise RefusedError(422, f"{what}: it says no month, so that it cannot be shifted.") from None
        back = shift[1] == "-" or shift[3] in ("earlier", "sooner")
        ordinal = 12 * year + month - 1 + (-int(shift[2]) if back else int(shift[2]))
        return f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}"
    try:
        return to_month(text)
    except PydanticCustomError:
        told = f"{what}: {shown(text)} is not a month. Type one such as 2027-03, or '2 months later'."
        raise RefusedError(422, told) from None


def lines(rows: dict[str, Document], typed: Sequence[tuple[str, str, str, str]]) -> list[dict[str, str]]:
    """The changes of all lines of the form that name a table; two of one cell are refused."""
    found = [change for line in typed if line[0] and line[1] and line[2] for change in meant(rows, *line)]
    cells = [(one["table"], one["key"], one["field"]) for one in found]
    twice = next((cell for cell, count in Counter(cells).items() if count > 1), None)
    if twice is not None:
        raise RefusedError(
            422, f"{' '.join(twice[:2])}, {twice[2].replace('_', ' ')}, is changed twice. Keep one of the two."
        )
    return found


# --- rows that are added ----------------------------------------------------------------------------


def promised(rows: dict[str, Document], segment: str, share: str, from_: str, until: str) -> list[dict[str, str]]:
    """A service promise: a share of each period's demand of a line that must be built then, from and until a month."""
    if not segment and not share.strip():
        return []
    _refuse_row(rows, "segments", segment)
    what = f"Promise for {segment or 'a product line'}"
    found = number(share)
    if found is None:
        raise RefusedError(422, f"{what}: {unread(share)}")
    found = found / 100 if found > 1 else found
    if not 0 < found <= 1:
        raise RefusedError(422, f"{what}: {shown(share)} is not a share: type one such as 90 %.")
    key = f"{segment}/{_month('', from_, what) if from_.strip() else _first_month(rows)}"
    cells = {"share": f"{found:.12g}"} | ({"until": _month("", until.strip(), what)} if until.strip() else {})
    return [{"table": "promises", "key": key, "field": field, "value": value} for field, value in cells.items()]


def decided(rows: dict[str, Document], offer: str, period: str, kg: str) -> list[dict[str, str]]:
    """An order that is decided: so many kg of an offer, ordered in a month."""
    if not offer and not kg.strip():
        return []
    _refuse_row(rows, "offers", offer)
    what = f"Order of {offer or 'an offer'}"
    found = number(kg)
    if found is None or found < 0:
        raise RefusedError(422, f"{what}: {unread(kg)}")
    month = _month("", period.strip(), what) if period.strip() else _first_month(rows)
    return [{"table": "fixed_orders", "key": f"{offer}/{month}", "field": "kg", "value": f"{found:.15g}"}]


def _refuse_row(rows: dict[str, Document], table: str, key: str) -> None:
    known = [row[0] for row in rows.get(table, {"rows": []})["rows"]]
    if key not in known:
        raise RefusedError(422, f"{table} has no row {shown(key)}. {nearest(key, known)}")


def _first_month(rows: dict[str, Document]) -> str:
    found: str = next(values[0] for name, values in rows["settings"]["rows"] if name == "start")
    return to_month(found)

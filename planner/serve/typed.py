"""Numbers as people type them on the page: understood where only one can be meant, else refused with what to type."""

from __future__ import annotations

import math
import re

from planner.scenario.fields import shown
from planner.serve.access import RefusedError

_INDIAN = re.compile(r"[+-]?\d{1,2}(,\d\d)+,\d{3}(\.\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d+)?|[+-]?\d{1,3},\d{3}\.\d+")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_THREE = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_WORDS = {"lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "crore": 1e7, "crores": 1e7, "cr": 1e7, "million": 1e6}


def number(text: str) -> float | None:
    """The number that a text means: '1.5', '1,5', '1,00,000', '12 lakh', '5 %' (0.05); None where it means none.

    '1,500' may be either 1.5 or 1500: it means none.
    """
    plain = " ".join(text.replace("\u00a0", " ").replace("−", "-").split()).casefold()
    if plain.endswith("%"):
        found = number(plain[:-1])
        return None if found is None else float(f"{found / 100:.12g}")
    digits, _, word = plain.partition(" ")
    if word in _WORDS:
        found = number(digits)
        return None if found is None else float(f"{found * _WORDS[word]:.12g}")
    return _plain(plain)


def _plain(text: str) -> float | None:
    if _INDIAN.fullmatch(text) or _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif _COMMA.fullmatch(text) and not _THREE.fullmatch(text):
        text = text.replace(",", ".")
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and "_" not in text else None


def asked_number(text: str, what: str, least: float, most: float, default: float | None = None) -> float:
    """A number of a form, blank for its default. Refused where it is none, or beyond its ends."""
    if not text.strip() and default is not None:
        return default
    found = number(text)
    if found is None:
        raise RefusedError(422, f"{what}: {unread(text)}")
    if not least <= found <= most:
        raise RefusedError(422, f"{what}: {shown(text)} is not from {least:g} to {most:g}.")
    return found


def unread(text: str) -> str:
    """Why a text is no number, and what to type."""
    if _THREE.fullmatch(text.strip()):
        one, other = text.strip().replace(",", "."), text.strip().replace(",", "")
        return f"{shown(text)} may mean {one} or {other}. Type one of these."
    return f"{shown(text)} is not a number. Type one such as 1.5."

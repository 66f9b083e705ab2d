"""How figures read in sentences: money in crore where the currency is the rupee, digits grouped as is usual there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

FigureKind = Literal["money", "share", "points", "units", "gap"]
"""Kinds of headline figures: base currency, shares 0..1, percentage points, units, a gap 0..1."""

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_SCALES = {
    True: ((1e7, "₹ crore"), (1e5, "₹ lakh"), (1.0, "₹")),
    False: ((1e6, "{} million"), (1.0, "{}")),
}
"""For the rupee, and for other currencies: from which amount on which unit is used, largest first."""


@dataclass(frozen=True)
class Scale:
    """A unit of money: its name, and how much of the base currency it is."""

    name: str
    size: float

    @property
    def decimals(self) -> int:
        """How many decimals an amount in it needs: two of crore, none of rupees."""
        return 2 if self.size > 1 else 0


@dataclass(frozen=True)
class Wording:
    """The words of a scenario whose base currency is `currency`."""

    currency: str
    counted: frozenset[str] = frozenset()
    """Materials counted in pieces, not in kg."""

    @property
    def indian(self) -> bool:
        """Whether digits are grouped as in 12,34,567 and money is given in crore and lakh."""
        return self.currency == "INR"

    @property
    def symbol(self) -> str:
        """The base currency as it stands in headings."""
        return "₹" if self.indian else self.currency

    def unit(self, unit: str) -> str:
        """A unit as planners know it: the base currency by its symbol."""
        return unit.replace("base currency", self.symbol)

    def scale(self, amount: float) -> Scale:
        """The unit in which an amount of base currency is reported."""
        for size, name in _SCALES[self.indian]:
            if abs(amount) >= size:
                return Scale(name.format(self.currency), size)
        return Scale(self.symbol, 1.0)

    def amount(self, kg: float, material: str) -> str:
        """So much of a material: '1,200 kg', or of what is counted '1,200 pieces'."""
        return f"{self.number(kg)} {'pieces' if material in self.counted else 'kg'}"

    def money(self, amount: float) -> str:
        """An amount of base currency: '₹201.43 crore', '₹4,500', 'EUR 3.25 million'."""
        scale = self.scale(amount)
        number = self.number(abs(amount) / scale.size, scale.decimals)
        sign = "-" if amount < 0 and number != "0" else ""
        space = "" if self.indian else " "
        return f"{sign}{self.symbol}{space}{number}{scale.name.removeprefix(self.symbol)}"

    def figure(self, kind: FigureKind, value: float) -> str:
        """A headline figure, by its kind."""
        if kind == "money":
            return self.money(value)
        if kind in ("share", "gap"):
            return percent(value, 1 if kind == "share" else 2)
        return f"{self.number(value, 2)} pp" if kind == "points" else self.number(value)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with its digits grouped."""
        text = f"{abs(value):.{decimals}f}"
        whole, _, fraction = text.partition(".")
        sign = "-" if value < 0 and float(text) > 0 else ""
        return f"{sign}{self._grouped(whole)}{'.' * bool(fraction)}{fraction}"

    def _grouped(self, digits: str) -> str:
        if not self.indian:
            return f"{int(digits):,}"
        head, tail = digits[:-3], digits[-3:]
        pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)]
        return ",".join([*reversed(pairs), tail])


def percent(share: float, decimals: int = 0) -> str:
    """A share as '18 %'; never 0 or 100 % for what is not."""
    text = f"{share * 100:.{decimals}f}"
    step = f"{10**-decimals:.{decimals}f}"
    if float(text) == 0 and share > 0:
        return f"below {step} %"
    if float(text) == 100 and share < 1:
        return f"above {100 - float(step):.{decimals}f} %"
    return f"{text} %"


def count(number: int) -> str:
    """A count as a word, up to twelve."""
    return _COUNTS[number] if number < len(_COUNTS) else f"{number:,}"


def listed(names: Sequence[str], most: int = 12, last: str = "and") -> str:
    """'a, b and c'; of more than `most` the rest are counted. `last` stands before the last."""
    if len(names) > most:
        return f"{', '.join(names[:most])} {last} {count(len(names) - most)} more"
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def shortened(text: str, most: int = 24) -> str:
    """The text with its middle left out where it is longer: names often differ at their end."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head].rstrip()}…{text[head + 1 - most :].lstrip()}"

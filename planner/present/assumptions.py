"""What each future assumes, in words made from the scenario's events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from planner.present.words import percent
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Event

EVERY = "*"
"""The future of events that happen in all of them."""

_NOTHING = "nothing but what stands in the tables"


def assumptions(scenario: Scenario) -> dict[str, str]:
    """By future what it assumes, earliest first; under `EVERY` what all futures assume, '' for nothing."""
    mine: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(scenario.events, key=lambda event: event.from_ or ""):
        mine[event.future].append(event)
    found = {row.future: _said(mine[row.future]) or _NOTHING for row in scenario.futures}
    return found | {EVERY: _said(mine[EVERY])}


def _said(events: Iterable[Event]) -> str:
    return "; ".join(_merged(_KINDS[event.kind](event) + _when(event) for event in events))


def _merged(texts: Iterable[str]) -> list[str]:
    """Each text once."""
    return list(dict.fromkeys(texts))


def _when(event: Event) -> str:
    """' from 2026-01', ' from 2026-07 to 2027-03', ' in 2026-01', ' to 2026-03'; '' for always."""
    if event.from_ and event.from_ == event.until:
        return f" in {event.from_}"
    parts = {"from": event.from_, "to": event.until}
    return "".join(f" {word} {month}" for word, month in parts.items() if month)


def _clearance(event: Event) -> str:
    who = f"licence {event.target}" if event.scope == "licence" else "every licence"
    return f"{who} releases {percent(event.value)}" if event.value else f"{who} releases nothing"


def _price(event: Event) -> str:
    whose = {
        "country": f"prices from {event.target}",
        "supplier": f"prices of {event.target}",
        "offer": f"the price of offer {event.target}",
        "material": f"prices of {event.target}",
    }
    return f"{whose.get(event.scope, 'all prices')} {_changed(event.value)}"


def _capacity(event: Event) -> str:
    whose = {
        "offer": f"the capacity of offer {event.target}",
        "conversion": f"the capacity of plant {event.target}",
        "all": "every capacity",
    }
    said = whose.get(event.scope, f"the capacity of {event.target}")
    return f"{said} at {percent(event.value)}" if event.value else f"{said} gone"


def _demand(event: Event) -> str:
    whose = {"segment": f"demand for {event.target}", "sector": f"demand of {event.target}"}
    said = whose.get(event.scope, f"demand in {event.target}" if event.scope == "market" else "all demand")
    return f"{said} {_changed(event.value)}"


def _changed(factor: float) -> str:
    if factor >= 2:
        return f"{factor:g} times as high"
    if factor == 1:
        return "unchanged"
    return f"{percent(abs(factor - 1))} {'higher' if factor > 1 else 'lower'}"


_KINDS: dict[str, Callable[[Event], str]] = {
    "clearance": _clearance,
    "price": _price,
    "capacity": _capacity,
    "demand": _demand,
}

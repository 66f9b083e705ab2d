"""What outages do, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from planner.outage.survive import Extra, Impact, Lasting, Survival
from planner.present.words import Wording


def sentences(found: Survival) -> list[str]:
    """Who stops first without each source, what outages cost, and how to last longer."""
    return [*_undisturbed(found), *_sources(found), *_impacts(found), *_extras(found)]


def first_to_stop(found: Survival, source: str = "China") -> str | None:
    """Who stops first where a country stops tomorrow, in a sentence; None where nothing comes from it."""
    rows = [one for one in found.lasting if one.source and one.source.kind == "country" and one.source.name == source]
    return _first(found, rows) if rows else None


def _undisturbed(found: Survival) -> Iterator[str]:
    last = found.loaded.scenario.settings.periods
    short = [one for one in found.undisturbed if one.segment and one.periods < last]
    if short:
        said = ", ".join(f"{one.segment} {_after(found, one)}" for one in short)
        yield f"Even with every source some lines fall short of their demand in the worst future: {said}."


def _after(found: Survival, one: Lasting) -> str:
    return f"after {found.days(one.periods):,} days" if one.periods else "from the first day on"


def _sources(found: Survival) -> Iterator[str]:
    base = {one.segment: one.periods for one in found.undisturbed}
    safe = []
    for source in dict.fromkeys(one.source for one in found.lasting):
        rows = [one for one in found.lasting if one.source == source]
        if all(one.periods == base.get(one.segment) for one in rows):
            safe.append(source.label if source else "")
        else:
            yield _first(found, rows)
    if safe:
        yield f"No line stops any sooner without {', '.join(safe)}."


def _first(found: Survival, rows: Sequence[Lasting]) -> str:
    last = found.loaded.scenario.settings.periods
    lines = sorted((one for one in rows if one.segment), key=lambda one: one.periods)
    source, first = lines[0].source, lines[0]
    name = source.name if source else ""
    if first.periods == last:
        return f"If {name} stops tomorrow, every line lasts to the end of the horizon."
    others = [one.segment for one in lines[1:] if one.periods == first.periods]
    who = (
        " and ".join([str(first.segment), *map(str, others)])
        if len(others) < 3
        else f"{first.segment} and {len(others)} more lines"
    )
    later = [one for one in lines if first.periods < one.periods < last]
    said = f"If {name} stops tomorrow, {who} {'stop' if others else 'stops'} first, {_after(found, first)}"
    said += f" (future {first.future})"
    if later:
        said += "; then " + ", ".join(f"{one.segment} after {found.days(one.periods):,}" for one in later[:4])
    return said + "."


def _impacts(found: Survival) -> Iterator[str]:
    by_source: dict[str, list[Impact]] = {}
    for one in found.impacts:
        by_source.setdefault(one.source.label, []).append(one)
    money = Wording(found.loaded.scenario.settings.currency).money
    for name, rows in by_source.items():
        known = [one for one in rows if one.cost is not None and one.cost["value"] is not None]
        if known and known[-1].cost:
            longest = known[-1]
            cost = longest.cost or {}
            yield (
                f"{name} out for {found.days(longest.periods):,} days costs {money(cost['value'])} more "
                f"(proven: {_between(money, cost)})."
            )
    if found.unasked:
        yield "What outages cost is worked out on request: --impact country/China --lengths 1,2,4."


def _between(money: Callable[[float], str], cost: dict[str, float | None]) -> str:
    low, high = cost["low"], cost["high"]
    said = [money(end) if end is not None else "open" for end in (low, high)]
    return f"{said[0]} to {said[1]}"


def _extras(found: Survival) -> Iterator[str]:
    money = Wording(found.loaded.scenario.settings.currency).money
    for one in found.extras:
        yield f"{one.segment or 'All lines together'}, {_longer(found, one, money)}"


def _longer(found: Survival, one: Extra, money: Callable[[float], str]) -> str:
    until = f"to last {found.days(one.periods):,} days without {one.source.name}"
    if one.cost is None:
        return f"{until}: no decision taken now makes that possible."
    does = ", ".join(one.does) or "nothing is decided otherwise"
    return f"{until}, costs {money(one.cost['value'])} ({does})."

"""What a stress test says, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from planner.present.words import Wording
from planner.trial.statistics import mean, share, tail
from planner.trial.stress import Stress, Tried


def sentences(found: Stress) -> list[str]:
    """Cost out of sample, what breaks, who stops first, and which strategy costs least on the same paths."""
    return [sentence for part in (_costs, _breaks, _stops, _worst, _differences) for sentence in part(found)]


def _wording(found: Stress) -> Wording:
    return Wording(found.loaded.scenario.settings.currency)


def _name(tried: Tried) -> str:
    return f"The plan of {tried.strategy}" if tried.loaded.strategy else "The plan"


def out_of_sample(found: Stress, tried: Tried) -> str:
    """How a plan holds on paths that it was not made for, in a sentence."""
    money, cost = _wording(found).money, mean(tried.costs)
    worst = tail(tried.costs, tried.loaded.scenario.settings.risk_tail)
    said = f"{_name(tried)} costs {money(cost.value)} on average over {len(tried.outcomes):,} paths"
    said += f" (95 %: {money(cost.low)} to {money(cost.high)}; CVaR {money(worst.value)})"
    plan = _expected(tried)
    return f"{said}, {_against(cost.value, plan, money(plan))}." if plan is not None else f"{said}."


def _expected(tried: Tried) -> float | None:
    """What the plan itself says that it costs on average; its objective, where no weight lies on risk."""
    return tried.objective if tried.loaded.scenario.settings.risk_weight == 0 else None


def _against(cost: float, plan: float, said: str) -> str:
    change = cost / plan - 1 if plan else 0.0
    if abs(change) < 5e-4:
        return f"as the plan says ({said})"
    return f"{abs(change):.1%} {'more' if change > 0 else 'less'} than the plan says ({said})"


def _costs(found: Stress) -> Iterator[str]:
    for tried in found.tried:
        yield out_of_sample(found, tried)
        if tried.hindsight is not None:
            unknown = mean(tried.costs - tried.hindsight[1])
            money = _wording(found).money
            yield (
                f"With all known from the start, and the same decided now, the paths would cost {money(unknown.value)} "
                f"less on average (95 %: {money(unknown.low)} to {money(unknown.high)}): the cost of not knowing."
            )


def _breaks(found: Stress) -> Iterator[str]:
    for tried in found.tried:
        count = len(tried.outcomes)
        if not tried.broken:
            yield f"{_name(tried)} breaks nothing that was asked in any of {count:,} paths."
            continue
        rules: dict[str, int] = {}
        for outcome in tried.outcomes:
            for name in {f"{row['rule'].replace('_', ' ')} of {row['item']}" for row in outcome["broken"]}:
                rules[name] = rules.get(name, 0) + 1
        most = sorted(rules.items(), key=lambda item: -item[1])[:3]
        said = ", ".join(f"{name} in {number:,}" for name, number in most)
        part = share(tried.broken, count)
        yield (
            f"{_name(tried)} breaks something in {tried.broken:,} of {count:,} paths "
            f"({part.low:.0%} to {part.high:.0%} of all, 95 %): {said}."
        )


def _stops(found: Stress) -> Iterator[str]:
    for tried in found.tried:
        stops = {name: tried.first_stop(name) for name in tried.loaded.scenario.segment}
        hit = sorted(((sum(its.values()), name) for name, its in stops.items() if its), reverse=True)
        if not hit:
            yield f"{_name(tried)}: no line stops in any path."
            continue
        part, name = hit[0]
        first = max(stops[name].items(), key=lambda item: item[1])
        others = len(hit) - 1
        yield (
            f"{_name(tried)}: {name} stops most often, in {part:.0%} of the paths, first of all in {first[0]}"
            + (f"; {others} other {'lines stop' if others > 1 else 'line stops'} in some." if others else ".")
        )


def _worst(found: Stress) -> Iterator[str]:
    for tried in found.tried:
        worst = tried.worst()[0]
        yield f"The most expensive path ({_wording(found).money(worst['cost'])}): {worst['words']}."


def _differences(found: Stress) -> Iterator[str]:
    first, *others = found.tried
    money = _wording(found).money
    for one in others:
        less = found.difference(one, first)
        said = f"{money(abs(less.low))} to {money(abs(less.high))}"
        if less.low > 0 or less.high < 0:
            word = "more" if less.low > 0 else "less"
            ends = sorted([abs(less.low), abs(less.high)])
            yield (
                f"{one.strategy} costs {money(abs(less.value))} {word} than {first.strategy} on the same paths "
                f"(95 %: {money(ends[0])} to {money(ends[1])})."
            )
        else:
            both = f"{one.strategy} and {first.strategy}"
            yield f"{both} cannot be distinguished on these paths (95 %: {said} either way)."

"""`planner worth`, `planner frontier` and `planner alternatives`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_results, hand_over, invalid_as_json
from planner.errors import UsageError

if TYPE_CHECKING:
    from planner.scenario.load import Loaded

_LIMITED = 5

Document = dict[str, Any]


def _worth(options: argparse.Namespace) -> int:
    loaded = _loaded(options)
    from planner.cli.comparing import following
    from planner.valuation.cell import CellSearch, named_cell, named_decision
    from planner.valuation.views import worth_study
    from planner.valuation.worth import worth

    if (options.break_even is None) != (options.decision is None):
        raise UsageError("--break-even TABLE/KEY/FIELD and --decision KIND/ITEM belong together: give both.")
    cell = decision = None
    if options.break_even is not None:
        ends = None if options.between is None else (options.between[0], options.between[1])
        cell = CellSearch(named_cell(loaded, options.break_even), ends)
        decision = named_decision(loaded, options.decision)
    parts = options.of if options.of is not None else () if cell is not None else _parts()
    how = _how(options)
    with following(how["board"], "question"):
        found = worth(loaded, parts, _limits(options), terms=options.terms, cell=cell, decision=decision, **how)
    with terminal.uninterrupted():
        hand_over(options, worth_study(found), loaded, found.document, found.complete, strategy=loaded.strategy)
    return 0 if found.complete and not (found.wide and options.time_limit) else _LIMITED


def _frontier(options: argparse.Namespace) -> int:
    loaded = _loaded(options)
    from planner.cli.comparing import following
    from planner.valuation.cell import named_cell, read_value
    from planner.valuation.frontier import frontier
    from planner.valuation.views import frontier_study

    cell = named_cell(loaded, options.over)
    values = [read_value(cell, text) for text in options.values]
    how = _how(options)
    with following(how["board"], "point"):
        found = frontier(loaded, cell, values, _limits(options), **how)
    with terminal.uninterrupted():
        hand_over(options, frontier_study(found), loaded, found.document, found.complete, strategy=loaded.strategy)
    return 0 if found.complete else _LIMITED


def _alternatives(options: argparse.Namespace) -> int:
    loaded = _loaded(options)
    from planner.cli.comparing import following
    from planner.valuation.alternatives import alternatives
    from planner.valuation.views import alternatives_study

    how = _how(options)
    with following(how["board"], "plan"):
        found = alternatives(loaded, options.within, options.most, _limits(options), **how)
    with terminal.uninterrupted():
        hand_over(options, alternatives_study(found), loaded, found.document, found.complete, strategy=loaded.strategy)
    return 0 if found.complete else _LIMITED


# --- what they share ----------------------------------------------------------------------------------


def _loaded(options: argparse.Namespace) -> Loaded:
    """The scenario, after it is clear that the results can be written."""
    ensure_results(options, [options.scenario])
    from planner.reading import load

    with invalid_as_json(options):
        return load(options.scenario, options.strategy, add_up=options.add_up)


def _how(options: argparse.Namespace) -> Document:
    from planner.batch.run import Board

    said = {"workers": options.workers, "cluster": options.cluster, "resume": options.resume}
    return said | {"board": Board(0)}


def _limits(options: argparse.Namespace) -> Any:
    from planner.valuation.desk import Limits

    return Limits(options.gap, options.time_limit)


def _parts() -> tuple[str, ...]:
    from planner.valuation.worth import PARTS

    return PARTS


def _names(known: Callable[[], Iterable[str]]) -> Callable[[str], tuple[str, ...]]:
    """What takes names separated by commas."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(name.strip().casefold() for name in text.split(","))
        wrong = next((name for name in names if name not in known()), None)
        if wrong is not None:
            raise argparse.ArgumentTypeError(f"'{wrong}' is not one of {', '.join(known())}")
        return names

    return read


def _terms() -> tuple[str, ...]:
    from planner.valuation.prices import TERMS

    return TERMS


def _values(text: str) -> list[str]:
    """Values separated by commas, or LOW:HIGH:COUNT for as many evenly spaced ones."""
    parts = text.split(":")
    if len(parts) != 3:
        return [part.strip() for part in text.split(",")]
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is neither a list nor LOW:HIGH:COUNT") from error
    if count < 2:
        raise argparse.ArgumentTypeError(f"'{text}' asks for fewer than two values")
    return [f"{low + (high - low) * step / (count - 1):.12g}" for step in range(count)]


def _shared_arguments(command: argparse.ArgumentParser) -> None:
    arguments.scenario(command)
    arguments.add_strategy(command)
    arguments.add_results(command)
    arguments.add_gap(command, "at first each plan")
    arguments.add_time_limit(command, "seconds for each question: take the best bounds found by then")
    arguments.add_processes(command)


def _worth_arguments(command: argparse.ArgumentParser) -> None:
    _shared_arguments(command)
    of = "which parts, separated by commas: information, licences, decisions, prices (default: all)"
    command.add_argument("--of", metavar="A,B", type=_names(_parts), help=of)
    terms = "terms to negotiate: price_per_kg (default), min_order_kg, commit_kg_per_period, lead_periods"
    command.add_argument("--terms", metavar="A,B", type=_names(_terms), default=("price_per_kg",), help=terms)
    cell = "a cell whose break-even for a decision is looked for (then only that, unless --of is given)"
    command.add_argument("--break-even", metavar="TABLE/KEY/FIELD", help=cell)
    decision = "the decision: apply/LICENCE, sign/OFFER, keep/OFFER, qualify/DESIGN or expand/EXPANSION"
    command.add_argument("--decision", metavar="KIND/ITEM", help=decision)
    between = "the range in which the break-even is looked for"
    command.add_argument("--between", metavar=("LOW", "HIGH"), nargs=2, type=float, help=between)


def _frontier_arguments(command: argparse.ArgumentParser) -> None:
    _shared_arguments(command)
    over = "the cell that varies; settings/NAME/value for a setting"
    command.add_argument("--over", metavar="TABLE/KEY/FIELD", required=True, help=over)
    values = "its values, separated by commas ('blank' for none), or LOW:HIGH:COUNT"
    command.add_argument("--values", metavar="A,B", type=_values, required=True, help=values)


def _alternatives_arguments(command: argparse.ArgumentParser) -> None:
    _shared_arguments(command)
    within = "how much more than the best each plan may cost, as a share (default 0.01: 1 %%)"
    command.add_argument("--within", metavar="SHARE", type=arguments.part, default=0.01, help=within)
    most = "how many plans at most, the best one among them (default 10)"
    command.add_argument("--most", metavar="N", type=arguments.number, default=10, help=most)


WORTH = Command(
    "worth",
    _worth,
    _worth_arguments,
    "what information, licences, promises, decisions and prices are worth",
    "worth e3w-maker --of licences,decisions --report worth.xlsx",
)

FRONTIER = Command(
    "frontier",
    _frontier,
    _frontier_arguments,
    "cost, risk, service and decisions as one cell varies",
    "frontier e3w-maker --over settings/risk_weight/value --values 0:1:6 --report frontier.xlsx",
)

ALTERNATIVES = Command(
    "alternatives",
    _alternatives,
    _alternatives_arguments,
    "other plans nearly as good, as different as possible",
    "alternatives e3w-maker --within 0.01 --most 10",
)

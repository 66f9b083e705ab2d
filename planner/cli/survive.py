"""`planner survive`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_results, hand_over, invalid_as_json
from planner.cli.stress import read_plan
from planner.errors import UsageError

if TYPE_CHECKING:
    from planner.outage.survive import Survival

_STOPPED = 5


def _survive(options: argparse.Namespace) -> int:
    if options.plan and options.strategy:
        raise UsageError("Name a strategy or a plan, not both: a plan knows its strategy.")
    ensure_results(options, [options.scenario])
    with invalid_as_json(options):
        found = _found(options)
    from planner.outage.views import survival_study

    # What was found is there: writing it down is the answer to Ctrl-C as well.
    with terminal.uninterrupted():
        study, strategy = survival_study(found), found.loaded.strategy
        hand_over(options, study, found.loaded, found.document, found.complete, strategy=strategy)
    return 0 if found.complete else _STOPPED


def _found(options: argparse.Namespace) -> Survival:
    from planner.batch.run import Board
    from planner.cli.comparing import following
    from planner.outage.survive import survive
    from planner.reading import load
    from planner.solver.outcome import Options

    plan: dict[str, Any] | None = read_plan(options.plan) if options.plan else None
    strategy = plan.get("provenance", {}).get("strategy") if plan else options.strategy
    loaded = load(options.scenario, strategy, add_up=options.add_up)
    board = Board(0)
    with following(board, "question"):
        return survive(
            loaded,
            plan,
            future=options.future,
            without=options.without,
            impact=options.impact,
            lengths=options.lengths,
            longer=options.longer,
            options=Options(gap=options.gap, time_limit=options.time_limit),
            workers=options.workers,
            cluster=options.cluster,
            resume=options.resume,
            board=board,
        )


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of sources, such as country/China,supplier/Lynas")
    return names


def _lengths(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of periods, such as 1,2,4")
    return [int(part) for part in parts]


def _arguments(command: argparse.ArgumentParser) -> None:
    arguments.scenario(command)
    arguments.add_strategy(command)
    plan = "what is decided now is as in this plan (`solve --json`), not as in the optimum"
    command.add_argument("--plan", metavar="PLAN.json", type=Path, help=plan)
    command.add_argument("--future", metavar="NAME", help="one future (default: each alone, the worst is reported)")
    without = "sources that lines are to last without (default: each of all)"
    command.add_argument("--without", metavar="KIND/NAME,…", type=_names, help=without)
    impact = "sources whose outages are costed, 'all' or 'none' (default: all in small scenarios)"
    command.add_argument("--impact", metavar="KIND/NAME,…", type=_names, help=impact)
    lengths = "lengths of these outages in periods (default: 1 to the horizon)"
    command.add_argument("--lengths", metavar="K,…", type=_lengths, help=lengths)
    longer = "sources for which to find the cheapest way to last a period longer (as --impact)"
    command.add_argument("--longer", metavar="KIND/NAME,…", type=_names, help=longer)
    arguments.add_results(command)
    arguments.add_gap(command)
    arguments.add_time_limit(command, "seconds for each plan: take the best found by then")
    arguments.add_processes(command)


SURVIVE = Command(
    "survive",
    _survive,
    _arguments,
    "how long each line lasts without a source, and what an outage costs",
    "survive e3w-maker --impact country/China --lengths 1,3,6 --report survive.xlsx",
)

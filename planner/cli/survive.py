"""`planner survive`."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_writable
from planner.cli.stress import read_plan
from planner.errors import FileInUse, InputError, UsageError

if TYPE_CHECKING:
    from planner.outage.survive import Survival

_STOPPED = 5


def _survive(options: argparse.Namespace) -> int:
    if options.plan and options.strategy:
        raise UsageError("Name a strategy or a plan, not both: a plan knows its strategy.")
    if options.report:
        # One that is open in Excel gets a second name.
        with suppress(FileInUse):
            ensure_writable(options.report, options.scenario)
    if options.json:
        ensure_writable(options.json, options.scenario)
    try:
        found = _found(options)
    except InputError as error:
        if options.json:
            from planner.plan import document

            document.write(document.invalid(error), options.json)
        raise
    # What was found is there: writing it down is the answer to Ctrl-C as well.
    with terminal.uninterrupted():
        _hand_over(options, found)
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


def _hand_over(options: argparse.Namespace, found: Survival) -> None:
    from planner.outage.words import sentences

    for sentence in sentences(found):
        terminal.say(sentence)
    if options.report:
        from planner.outage.views import survival_study
        from planner.report.study import write_study

        written = write_study(survival_study(found), options.report)
        why = f"{options.report} is open in Excel or write-protected, so the" if written != options.report else "The"
        terminal.say(f"{why} report is {written}.")
    if options.json:
        import planner.version
        from planner.plan import document

        raw = found.loaded.raw
        origin = {"scenario": raw.name, "sha256": raw.sha256, "strategy": found.loaded.strategy}
        told = {"status": "optimal" if found.complete else "interrupted"} | found.document
        document.write(told | {"provenance": origin | {"planner": planner.version.__version__}}, options.json)


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
    command.add_argument("--strategy", metavar="NAME", help="a strategy of the scenario: a named set of changes")
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
    command.add_argument("--report", metavar="OUT.xlsx", type=arguments.workbook, help="write the result as a workbook")
    command.add_argument("--json", metavar="OUT.json", type=arguments.json, help="write the result as JSON")
    gap = "how far above the best possible each plan may cost, as a share (default 1e-4: 0.01 %%)"
    command.add_argument("--gap", metavar="SHARE", type=arguments.gap, default=1e-4, help=gap)
    limit = "seconds for each plan: take the best found by then"
    command.add_argument("--time-limit", metavar="SECONDS", type=arguments.seconds, help=limit)
    where = command.add_mutually_exclusive_group()
    workers = "processes of this machine (default: one per core)"
    where.add_argument("--workers", metavar="N", type=arguments.number, help=workers)
    where.add_argument("--cluster", metavar="ADDRESS", help="use the workers of a cluster that is running")
    resume = "write each answer there as it comes, and take over those that still hold"
    command.add_argument("--resume", metavar="FOLDER", type=Path, help=resume)


SURVIVE = Command(
    "survive",
    _survive,
    _arguments,
    "how long each line lasts without a source, and what an outage costs",
    "survive e3w-maker --impact country/China --lengths 1,3,6 --report survive.xlsx",
)

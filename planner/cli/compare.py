"""`planner compare`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_results, report_line
from planner.errors import InputError, StoppedWithoutPlan, UsageError

if TYPE_CHECKING:
    from planner.batch.cells import Cell
    from planner.comparison.cell import CellAnswer

_DONE, _FAULT, _BROKEN_OFF = 0, 1, 5


def _compare(options: argparse.Namespace) -> int:
    from planner.batch.cells import CellOptions, plan_cells
    from planner.batch.folder import ResultsFolder
    from planner.batch.run import Board, solve_cells
    from planner.cli.comparing import following

    ensure_results(options, options.scenarios)
    cells = plan_cells(options.scenarios, options.strategies, add_up=options.add_up)
    _check_base(options.base, cells)
    wanted = CellOptions(gap=options.gap, time_limit=options.time_limit)
    folder = ResultsFolder(options.resume, wanted) if options.resume else None
    board = Board(len(cells))
    with following(board):
        answers = solve_cells(cells, wanted, folder, board, options.workers, options.cluster)
    # The answers are there: writing them down is the answer to Ctrl-C as well.
    with terminal.uninterrupted():
        _hand_over(options, answers)
    if folder is not None and folder.trouble is not None:
        raise folder.trouble
    return exit_code(answers)


def _check_base(base: str | None, cells: Sequence[Cell]) -> None:
    from planner.scenario.fields import nearest, shown

    strategies = list(dict.fromkeys(cell.strategy for cell in cells))
    if base is not None and base not in strategies:
        hint = nearest(base, strategies)
        raise UsageError(f"The base {shown(base)} is none of the strategies compared. {hint}")


def _hand_over(options: argparse.Namespace, answers: Sequence[CellAnswer]) -> None:
    from planner.cli.comparing import tell
    from planner.comparison.comparison import compare

    compared = compare(answers, options.base)
    # Files first: whoever reads the answer may be gone before its end.
    lines: list[str] = []
    try:
        if options.json:
            from planner.plan import document

            document.write(compared.document(), options.json)
        if options.report:
            from planner.comparison.workbook import write_comparison

            written = write_comparison(compared, options.report)
            lines.append(report_line(options.report, written))
    finally:
        tell(compared)
        for line in lines:
            terminal.say(line)


def exit_code(answers: Sequence[CellAnswer]) -> int:
    """0 where every cell has an answer, infeasible being one; else what hindered most: a fault, input, a limit."""
    found = {answer.status for answer in answers if not answer.answered}
    if not found:
        return _DONE
    if found & {"lost", "failed"}:
        return _FAULT
    if "invalid" in found:
        return InputError.exit_code
    return _BROKEN_OFF if any(answer.has_plan for answer in answers) else StoppedWithoutPlan.exit_code


def _names(text: str) -> list[str] | None:
    """Strategies by name; None for all."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of strategies, such as no-china,diversify")
    return None if names == ["all"] else names


def _compare_arguments(command: argparse.ArgumentParser) -> None:
    scenarios = "workbooks (.xlsx), scenario folders, or bundled scenarios"
    command.add_argument("scenarios", metavar="SCENARIO", nargs="+", help=scenarios)
    arguments.add_up(command)
    strategies = "strategies, separated by commas; all (default): those of the scenario, and 'as-it-stands' without any"
    command.add_argument("--strategies", metavar="A,B|all", type=_names, help=strategies)
    base = "the strategy that others are compared with (default: as-it-stands, else the first)"
    command.add_argument("--base", metavar="NAME", help=base)
    arguments.add_results(command, "the comparison")
    arguments.add_gap(command)
    arguments.add_time_limit(command, "take the best plan of a cell found by then")
    arguments.add_processes(command)


COMPARE = Command(
    "compare",
    _compare,
    _compare_arguments,
    "strategies and scenarios side by side",
    "compare e3w-maker --strategies all --report compare.xlsx",
)

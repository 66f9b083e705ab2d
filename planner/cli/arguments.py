"""What several commands take on the command line, and what text each accepts."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

from planner.solver.defaults import GAP


def scenario(command: argparse.ArgumentParser, name: str = "SCENARIO") -> None:
    """The scenario that a command works on."""
    command.add_argument("scenario", metavar=name, help="a workbook (.xlsx), a scenario folder, or a bundled scenario")
    add_up(command)


def add_up(command: argparse.ArgumentParser) -> None:
    """Whether rows of one key are added up."""
    text = "add up rows of one key: two orders of one period, the stock of two warehouses"
    command.add_argument("--add-up", action="store_true", help=text)


def workbook(text: str) -> Path:
    """The path of a workbook."""
    return _ending(text, ".xlsx")


def json(text: str) -> Path:
    """The path of a JSON file."""
    return _ending(text, ".json")


def _ending(text: str, ending: str) -> Path:
    if not text.casefold().endswith(ending):
        raise argparse.ArgumentTypeError(f"'{text}' must end in {ending}")
    return Path(text)


def gap(text: str) -> float:
    """A relative gap."""
    share = _number(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a gap: a share above 0 and below 1, such as 1e-4 or 0.01")
    return share


def add_gap(command: argparse.ArgumentParser, plan: str = "each plan") -> None:
    """How far above the best possible a command's plans may cost."""
    share = f"how far above the best possible {plan} may cost, as a share (default {GAP:g}: {GAP * 100:g} %%)"
    command.add_argument("--gap", metavar="SHARE", type=gap, default=GAP, help=share)


def add_strategy(command: argparse.ArgumentParser) -> None:
    """The strategy with which the scenario is read."""
    command.add_argument("--strategy", metavar="NAME", help="a strategy of the scenario: a named set of changes")


def add_results(command: argparse.ArgumentParser, what: str = "the result") -> None:
    """Where the result goes."""
    command.add_argument("--report", metavar="OUT.xlsx", type=workbook, help=f"write {what} as a workbook")
    command.add_argument("--json", metavar="OUT.json", type=json, help=f"write {what} as JSON")


def add_time_limit(command: argparse.ArgumentParser, meaning: str) -> None:
    """How long a command may take, or each plan of it."""
    command.add_argument("--time-limit", metavar="SECONDS", type=seconds, help=meaning)


def add_processes(command: argparse.ArgumentParser) -> None:
    """Which processes work, and the folder in which their answers are kept."""
    where = command.add_mutually_exclusive_group()
    workers = "processes of this machine (default: one per core)"
    where.add_argument("--workers", metavar="N", type=number, help=workers)
    where.add_argument("--cluster", metavar="ADDRESS", help="use the workers of a cluster that is running")
    resume = "write each answer there as it comes, and take over those that still hold"
    command.add_argument("--resume", metavar="FOLDER", type=Path, help=resume)


def part(text: str) -> float:
    """A share of something that is neither nothing nor all of it."""
    share = _number(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a share above 0 and below 1, such as 0.25")
    return share


def amount(text: str) -> float:
    """An amount of money: 0 or more."""
    found = _number(text)
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not an amount: a number from 0 on, such as 50000")
    return found


def number(text: str) -> int:
    """How many there are to be: at least one."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return int(text)


def seconds(text: str) -> float:
    """A time limit."""
    limit = _number(text)
    if not 0 < limit < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time limit: a number of seconds above 0, such as 60")
    return limit


def gibibytes(text: str) -> float:
    """A memory limit."""
    limit = _number(text)
    if not 0 < limit < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a memory limit: a number of GiB above 0, such as 4")
    return limit


def threads(text: str) -> int:
    """Threads, at most as many as the machine has cores."""
    count, cores = number(text), os.cpu_count() or 1
    if count > cores:
        raise argparse.ArgumentTypeError(f"{count} threads are more than the {cores} cores of this machine")
    return count


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan

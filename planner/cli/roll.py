"""`planner roll`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_new, ensure_writable

if TYPE_CHECKING:
    from planner.rolling.roll import Rolled


def _roll(options: argparse.Namespace) -> int:
    from planner.rolling.reading_plan import scenario_and_plan
    from planner.rolling.roll import roll
    from planner.rolling.writing import write_rolled

    if options.out.suffix.casefold() == ".xlsx":
        ensure_new(options.out)
        ensure_writable(options.out, options.scenario)
    loaded, plan = scenario_and_plan(options.scenario, options.plan, options.add_up)
    rolled = roll(loaded, plan, options.to, options.future, options.periods)
    write_rolled(rolled, options.out)
    _hand_over(rolled, options.out)
    return 0


def _hand_over(rolled: Rolled, out: Path) -> None:
    settings = rolled.loaded.scenario.settings
    changed = terminal.count(len(rolled.changes), "cell")
    terminal.say(f"{out} goes on from {settings.start} for {terminal.count(settings.periods, 'period')}.")
    terminal.say(f"{changed} changed; the sheet 'moved on' says what was taken from where.")
    for note in rolled.notes:
        terminal.complain(str(note))


def _arguments(command: argparse.ArgumentParser) -> None:
    arguments.scenario(command)
    command.add_argument("plan", metavar="PLAN", type=Path, help="the plan to go on from: its report, or its JSON")
    command.add_argument("out", metavar="OUT", type=Path, help="the workbook (.xlsx) or scenario folder to write")
    to = "a month of the period that begins, such as 2026-05"
    command.add_argument("--to", metavar="PERIOD", required=True, help=to)
    future = "the future that has come up to then; needed where futures have parted"
    command.add_argument("--future", metavar="NAME", help=future)
    periods = "shrink: the horizon's end stays (default); same: it moves on, with demand given for it"
    command.add_argument("--periods", choices=("same", "shrink"), default="shrink", help=periods)


ROLL = Command(
    "roll",
    _roll,
    _arguments,
    "the scenario that goes on from a plan",
    "roll my.xlsx plan.json --to 2026-05 --future calm next.xlsx",
)

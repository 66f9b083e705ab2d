"""The command `planner`.

Each command imports what it needs when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import planner.version
from planner import terminal
from planner.cli.admin import ADMIN
from planner.cli.compare import COMPARE
from planner.cli.roll import ROLL
from planner.cli.scenarios import CHECK, DIFF, EXPORT, IMPORT, LIST, TEMPLATE
from planner.cli.sensitivity import SENSITIVITY
from planner.cli.serve import SERVE
from planner.cli.solve import SOLVE
from planner.cli.sources import SOURCES
from planner.cli.stress import STRESS
from planner.cli.survive import SURVIVE
from planner.cli.valuation import ALTERNATIVES, FRONTIER, WORTH
from planner.errors import InputError, PlannerError, UsageError

_COMMANDS = (
    LIST, CHECK, SOLVE, COMPARE, WORTH, FRONTIER, ALTERNATIVES, TEMPLATE, EXPORT, IMPORT, DIFF, SOURCES, SENSITIVITY,
    STRESS, SURVIVE, ROLL, SERVE, ADMIN,
)  # fmt: skip

_STOPPED_WITHOUT_PLAN = 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is that of `docs/cli.md`."""
    try:
        terminal.speak_any_code_page()
        terminal.stop_on_termination()
        options = _parser().parse_args(arguments)
        return int(options.run(options))
    except PlannerError as error:
        _explain(error)
        return error.exit_code
    except KeyboardInterrupt:
        terminal.complain("Stopped before a first plan was found.")
        return _STOPPED_WITHOUT_PLAN
    except BrokenPipeError:
        # Whoever read the answer has gone; what is left of it must not raise at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("PLANNER_DEBUG"):
            raise
        terminal.complain(_fault(error))
        return 1


def _explain(error: PlannerError) -> None:
    if isinstance(error, InputError):
        terminal.complain(f"{terminal.count(len(error.problems), 'problem')}:")
        for remark in terminal.remarks(error.problems, error.warnings):
            terminal.complain(remark)
    else:
        terminal.complain(str(error))


def _fault(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "The machine has too little memory for this scenario: try fewer futures or longer periods."
    return (
        f"This is a fault of the planner, not of your scenario: {type(error).__name__}: {error}. "
        "Please report it; PLANNER_DEBUG=1 shows where it happened."
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Wrong usage is an error like others: one clear text, and where to look."""
        raise UsageError(f"{message}. See '{self.prog} --help'.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="planner",
        description="Plans the procurement of rare-earth magnets: from an Excel scenario to an Excel plan.",
        epilog="example: planner solve e3w-maker --report plan.xlsx",
    )
    parser.add_argument("--version", action="version", version=f"planner {planner.version.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for command in _COMMANDS:
        its = commands.add_parser(
            command.name,
            help=command.gives,
            description=f"{command.gives[0].upper()}{command.gives[1:]}.",
            epilog=f"example: planner {command.example}",
        )
        command.take(its)
        its.set_defaults(run=command.run)
    return parser

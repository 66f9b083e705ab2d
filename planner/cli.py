"""The command `planner`.

Each command imports what it needs when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import planner
from planner import terminal
from planner.errors import FileInUse, Infeasible, InputError, OutputError, PlannerError, Problem, UsageError

if TYPE_CHECKING:
    from planner.plan.plan import Plan
    from planner.scenario.load import Loaded

_LIMITED = 5
_STOPPED_WITHOUT_PLAN = 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is that of `docs/cli.md`."""
    try:
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


# --- commands -------------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> int:
    from planner.scenario.bundled import bundled

    for scenario in bundled():
        terminal.say(str(scenario))
    return 0


def _check(options: argparse.Namespace) -> int:
    from planner.scenario.load import check

    if options.annotate:
        _ensure_writable(options.annotate, options.scenario)
    problems, warnings = check(options.scenario)
    found = terminal.count(len(problems), "problem") if problems else "no problems"
    terminal.say(f"{options.scenario}: {found}.")
    for remark in terminal.remarks(problems, warnings):
        terminal.say(remark)
    if options.annotate:
        _annotate(options.scenario, problems, warnings, options.annotate)
    return InputError.exit_code if problems else 0


def _annotate(source: str, problems: Sequence[Problem], notes: Sequence[Problem], out: Path) -> None:
    from planner.scenario.annotate import annotate
    from planner.scenario.load import bundled_folders

    annotate(bundled_folders().get(source, Path(source)), problems, out, notes)
    terminal.say(f"They are marked in {out}." if problems or notes else f"A copy without a mark is {out}.")


def _solve(options: argparse.Namespace) -> int:
    if options.report:
        # One that is open in Excel gets a second name.
        with suppress(FileInUse):
            _ensure_writable(options.report, options.scenario)
    if options.json:
        _ensure_writable(options.json, options.scenario)
    if options.charts:
        from planner.charts.folder import ensure_folder

        ensure_folder(options.charts)
    try:
        return _solved(options)
    except InputError as error:
        wrong = error
        _write_json(options, lambda document: document.invalid(wrong))
        raise


def _solved(options: argparse.Namespace) -> int:
    from planner.scenario.load import load

    loaded = load(options.scenario, options.strategy)
    from planner.pipeline import make_plan
    from planner.solver.highs import Options

    try:
        with terminal.progress(loaded.scenario.settings.currency) as watch:
            wanted = Options(gap=options.gap, time_limit=options.time_limit)
            plan = make_plan(loaded, wanted, watch, why=options.why)
    except Infeasible:
        return _explained(options, loaded)
    # The plan is found: writing it down is the answer to Ctrl-C as well.
    with terminal.uninterrupted():
        _hand_over(options, loaded, plan)
    return 0 if plan.status == "optimal" else _LIMITED


def _explained(options: argparse.Namespace, loaded: Loaded) -> int:
    from planner.explain.explain import explain

    terminal.complain("No plan can satisfy every row of the scenario.")
    with terminal.progress(loaded.scenario.settings.currency) as watch:
        explanation = explain(loaded, watch)
    for line in explanation.lines:
        terminal.complain(line)
    if options.report:
        from planner.report.no_plan import write_no_plan

        write_no_plan(loaded, explanation, options.report)
        terminal.say(f"The report is {options.report}.")
    _write_json(options, lambda document: document.infeasible(loaded, explanation))
    return Infeasible.exit_code


def _hand_over(options: argparse.Namespace, loaded: Loaded, plan: Plan) -> None:
    from planner.plan.summary import headline

    for sentence in headline(loaded, plan):
        terminal.say(sentence)
    if options.report:
        from planner.report.workbook import write_report

        _tell_report(options.report, write_report(loaded, plan, options.report))
    if options.charts:
        from planner.charts.page import write_charts

        page = write_charts(loaded, plan, options.charts)[0]
        terminal.say(f"The charts are on the page {page}, and as PNG files beside it.")
    _write_json(options, lambda document: document.of_plan(loaded, plan))
    for remark in terminal.remarks([], loaded.warnings):
        terminal.complain(remark)


def _tell_report(wanted: Path, written: Sequence[Path]) -> None:
    report, *tables = written
    why = f"{wanted} is open in Excel or write-protected, so the" if report != wanted else "The"
    terminal.say(f"{why} report is {report}.")
    for table in tables:
        terminal.say(f"A table of it is too long for a sheet of Excel, and whole in {table}.")


def _template(options: argparse.Namespace) -> int:
    from planner.scenario.template import write_template

    _ensure_new(options.out)
    write_template(options.out)
    terminal.say(f"The template is {options.out}: its first sheet says how to fill it in.")
    return 0


def _export(options: argparse.Namespace) -> int:
    from planner.scenario.load import read
    from planner.scenario.workbook import write_workbook

    _ensure_new(options.out)
    raw, _ = read(options.scenario)
    if raw.problems:
        raise InputError(raw.problems, raw.warnings)
    write_workbook(raw, options.out)
    terminal.say(f"{raw.name} as a workbook is {options.out}.")
    return 0


def _import(options: argparse.Namespace) -> int:
    from planner.scenario.folder import write_folder
    from planner.scenario.load import read

    raw, _ = read(options.scenario)
    if raw.problems:
        raise InputError(raw.problems, raw.warnings)
    write_folder(raw, options.folder)
    terminal.say(f"{raw.name} as a folder is {options.folder}.")
    for remark in terminal.remarks([], raw.warnings):
        terminal.complain(remark)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from planner.plan.compare import differences

    found = differences(options.a, options.b)
    for difference in found:
        terminal.say(str(difference))
    if not found:
        terminal.say(f"{options.a} and {options.b} do not differ.")
    return 0


def _write_json(options: argparse.Namespace, make: Callable[[ModuleType], Any]) -> None:
    """Write the JSON document that `make` gets from the module that makes them, where one is asked for."""
    if options.json:
        from planner.plan import document

        document.write(make(document), options.json)


def _ensure_writable(path: Path, source: str) -> None:
    """See to it that a result can be written before it is worked for, and that it is not the scenario itself."""
    from planner.files import ensure_writable

    if os.path.exists(path) and os.path.isfile(source) and os.path.samefile(source, path):
        raise UsageError(f"{path} is the scenario itself, which would be lost. Name another file for the result.")
    ensure_writable(path)


def _ensure_new(path: Path) -> None:
    """A workbook that someone may have filled in is never written over."""
    if os.path.exists(path):
        raise OutputError(f"{path} is there already. Nothing was written: name another file, or move that one.")


# --- usage ------------------------------------------------------------------------------------------


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
    parser.add_argument("--version", action="version", version=f"planner {planner.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for name, run, add, what, example in _COMMANDS:
        command = commands.add_parser(
            name, help=what, description=f"{what[0].upper()}{what[1:]}.", epilog=f"example: planner {example}"
        )
        command.set_defaults(run=run)
        add(command)
    return parser


def _no_arguments(command: argparse.ArgumentParser) -> None:
    pass


def _scenario(command: argparse.ArgumentParser, name: str = "SCENARIO") -> None:
    command.add_argument("scenario", metavar=name, help="a workbook (.xlsx), a scenario folder, or a bundled scenario")


def _check_arguments(command: argparse.ArgumentParser) -> None:
    _scenario(command)
    command.add_argument(
        "--annotate", metavar="OUT.xlsx", type=_workbook, help="a copy with each cell in question marked"
    )


def _solve_arguments(command: argparse.ArgumentParser) -> None:
    _scenario(command)
    command.add_argument("--strategy", metavar="NAME", help="a strategy of the scenario: a named set of changes")
    command.add_argument("--report", metavar="OUT.xlsx", type=_workbook, help="write the plan as a workbook")
    charts = "write a page of charts (HTML, works offline) and PNG files"
    command.add_argument("--charts", metavar="FOLDER", type=Path, help=charts)
    command.add_argument("--json", metavar="OUT.json", type=_json, help="write the plan as JSON")
    gap = "how far above the best possible the plan may cost, as a share (default 1e-4: 0.01 %%)"
    command.add_argument("--gap", metavar="SHARE", type=_gap, default=1e-4, help=gap)
    command.add_argument("--time-limit", metavar="SECONDS", type=_seconds, help="take the best plan found by then")
    why = "tell what more of anything scarce is worth, and what decisions not taken would cost"
    command.add_argument("--why", action="store_true", help=why)


def _template_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("out", metavar="OUT.xlsx", type=_workbook, help="the workbook to write")


def _export_arguments(command: argparse.ArgumentParser) -> None:
    _scenario(command, "NAME")
    command.add_argument("out", metavar="OUT.xlsx", type=_workbook, help="the workbook to write")


def _import_arguments(command: argparse.ArgumentParser) -> None:
    _scenario(command, "IN.xlsx")
    command.add_argument("folder", metavar="FOLDER", type=Path, help="the scenario folder to write")


def _diff_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("a", metavar="A", help="a scenario, or a plan as JSON")
    command.add_argument("b", metavar="B", help="another of the same kind")


_COMMANDS = (
    ("list", _list, _no_arguments, "bundled scenarios and their strategies", "list"),
    ("check", _check, _check_arguments, "every problem of a scenario", "check my.xlsx --annotate marked.xlsx"),
    ("solve", _solve, _solve_arguments, "the optimal plan", "solve e3w-maker --strategy no-china --report plan.xlsx"),
    ("template", _template, _template_arguments, "a workbook to fill in", "template my.xlsx"),
    ("export", _export, _export_arguments, "a scenario as a workbook", "export e3w-maker my.xlsx"),
    ("import", _import, _import_arguments, "a workbook as a scenario folder", "import my.xlsx my-folder"),
    ("diff", _diff, _diff_arguments, "what two scenarios, or two plans, differ in", "diff e3w-maker my.xlsx"),
)
"""Name, function, arguments, what it gives, example."""


def _workbook(text: str) -> Path:
    return _ending(text, ".xlsx")


def _json(text: str) -> Path:
    return _ending(text, ".json")


def _ending(text: str, ending: str) -> Path:
    if not text.casefold().endswith(ending):
        raise argparse.ArgumentTypeError(f"'{text}' must end in {ending}")
    return Path(text)


def _gap(text: str) -> float:
    gap = _number(text)
    if not 0 < gap < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a gap: a share above 0 and below 1, such as 1e-4 or 0.01")
    return gap


def _seconds(text: str) -> float:
    seconds = _number(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time limit: a number of seconds above 0, such as 60")
    return seconds


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan

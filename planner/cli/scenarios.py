"""The commands about scenarios themselves: list, check, template, export, import, diff."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_new, ensure_writable
from planner.errors import InputError, Problem


def _list(options: argparse.Namespace) -> int:
    from planner.scenario.bundled import bundled

    for scenario in bundled():
        terminal.say(str(scenario))
    return 0


def _check(options: argparse.Namespace) -> int:
    from planner.reading import check

    if options.annotate:
        ensure_writable(options.annotate, options.scenario)
    problems, warnings = check(options.scenario, add_up=options.add_up)
    found = terminal.count(len(problems), "problem") if problems else "no problems"
    terminal.say(f"{options.scenario}: {found}.")
    for remark in terminal.remarks(problems, warnings):
        terminal.say(remark)
    if options.annotate:
        _annotate(options.scenario, problems, warnings, options.annotate)
    return InputError.exit_code if problems else 0


def _annotate(source: str, problems: Sequence[Problem], notes: Sequence[Problem], out: Path) -> None:
    from planner.excel.annotate import annotate
    from planner.scenario.load import bundled_folders

    annotate(bundled_folders().get(source, Path(source)), problems, out, notes)
    terminal.say(f"They are marked in {out}." if problems or notes else f"A copy without a mark is {out}.")


def _template(options: argparse.Namespace) -> int:
    ensure_new(options.out)
    if options.starter:
        from planner.excel.starter import write_starter

        write_starter(options.out)
        terminal.say(f"The starter is {options.out}: six sheets, and a first one that says how to fill them in.")
        return 0
    if options.actuals:
        from planner.rolling.template import write_actuals_template

        write_actuals_template(options.out)
        terminal.say(f"The template for actuals is {options.out}: receipts, stock, orders, builds and letters.")
        return 0
    from planner.excel.template import write_template

    write_template(options.out)
    terminal.say(f"The template is {options.out}: its first sheet says how to fill it in.")
    return 0


def _export(options: argparse.Namespace) -> int:
    from planner.excel.workbook import write_workbook
    from planner.reading import read

    ensure_new(options.out)
    raw, _ = read(options.scenario, add_up=options.add_up)
    if raw.problems:
        raise InputError(raw.problems, raw.warnings)
    write_workbook(raw, options.out)
    terminal.say(f"{raw.name} as a workbook is {options.out}.")
    return 0


def _import(options: argparse.Namespace) -> int:
    from planner.reading import read
    from planner.scenario.folder import write_folder

    raw, _ = read(options.scenario, add_up=options.add_up)
    if raw.problems:
        raise InputError(raw.problems, raw.warnings)
    write_folder(raw, options.folder)
    terminal.say(f"{raw.name} as a folder is {options.folder}.")
    for remark in terminal.remarks([], raw.warnings):
        terminal.complain(remark)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from planner.comparison.compare import differences

    found = differences(options.a, options.b)
    for difference in found:
        terminal.say(str(difference))
    if not found:
        terminal.say(f"{options.a} and {options.b} do not differ.")
    return 0


def _no_arguments(command: argparse.ArgumentParser) -> None:
    pass


def _check_arguments(command: argparse.ArgumentParser) -> None:
    arguments.scenario(command)
    command.add_argument(
        "--annotate", metavar="OUT.xlsx", type=arguments.workbook, help="a copy with each cell in question marked"
    )


def _template_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("out", metavar="OUT.xlsx", type=arguments.workbook, help="the workbook to write")
    starter = "the short form: six sheets in plain words, from which all tables are made"
    kind = command.add_mutually_exclusive_group()
    kind.add_argument("--starter", action="store_true", help=starter)
    kind.add_argument("--actuals", action="store_true", help="what really came until next month: see planner roll")


def _export_arguments(command: argparse.ArgumentParser) -> None:
    arguments.scenario(command, "NAME")
    command.add_argument("out", metavar="OUT.xlsx", type=arguments.workbook, help="the workbook to write")


def _import_arguments(command: argparse.ArgumentParser) -> None:
    arguments.scenario(command, "IN.xlsx")
    command.add_argument("folder", metavar="FOLDER", type=Path, help="the scenario folder to write")


def _diff_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("a", metavar="A", help="a scenario, or a plan as JSON")
    command.add_argument("b", metavar="B", help="another of the same kind")


LIST = Command("list", _list, _no_arguments, "bundled scenarios and their strategies", "list")
CHECK = Command(
    "check", _check, _check_arguments, "every problem of a scenario", "check my.xlsx --annotate marked.xlsx"
)
TEMPLATE = Command("template", _template, _template_arguments, "a workbook to fill in", "template my.xlsx")
EXPORT = Command("export", _export, _export_arguments, "a scenario as a workbook", "export e3w-maker my.xlsx")
IMPORT = Command("import", _import, _import_arguments, "a workbook as a scenario folder", "import my.xlsx my-folder")
DIFF = Command("diff", _diff, _diff_arguments, "what two scenarios, or two plans, differ in", "diff e3w-maker my.xlsx")

"""`planner roll`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_new, ensure_writable
from planner.errors import UsageError
from planner.files import write_whole

if TYPE_CHECKING:
    from planner.plan.plan import Plan
    from planner.rolling.actuals import Actuals
    from planner.rolling.roll import Rolled
    from planner.scenario.load import Loaded


def _roll(options: argparse.Namespace) -> int:
    from planner.reading import read_raw
    from planner.rolling.reading_plan import scenario_and_plan
    from planner.rolling.roll import roll
    from planner.rolling.writing import write_rolled

    _ensure_results(options)
    loaded, plan = scenario_and_plan(options.scenario, options.plan, options.add_up)
    demand = read_raw(options.demand) if options.demand else None
    came = _came(options, loaded)
    rolled = roll(loaded, plan, options.to, options.future, options.periods, came, demand)
    write_rolled(rolled, options.out)
    _keep_mapping(options)
    _hand_over(rolled, options.out)
    if options.report or options.json:
        _hold_against(options, loaded, plan, rolled)
    return 0


def _ensure_results(options: argparse.Namespace) -> None:
    if options.out.suffix.casefold() == ".xlsx":
        ensure_new(options.out)
        ensure_writable(options.out, options.scenario)
    for result in (options.report, options.json):
        if result:
            ensure_writable(result, options.scenario)
    if (options.stay is not None or options.edited) and not (options.report or options.json):
        raise UsageError("--stay and --edited ask for a comparison with the last plan: name --report or --json for it.")


def _hold_against(options: argparse.Namespace, loaded: Loaded, plan: Plan, rolled: Rolled) -> None:
    """Solve what was rolled, and write how it stands against the last plan."""
    from planner.plan import document as plan_document
    from planner.reading import load
    from planner.report.study import write_study
    from planner.rolling.against import against, document
    from planner.rolling.roll import roll
    from planner.rolling.views import against_study, sentences
    from planner.solver.outcome import Options

    edited = load(options.edited, add_up=options.add_up) if options.edited else None
    asked = Options(gap=options.gap, time_limit=options.time_limit)
    by_plan = roll(loaded, plan, options.to, options.future, options.periods) if options.actuals else rolled
    by_actuals = rolled if options.actuals else None
    with terminal.progress(loaded.scenario.settings.currency) as watch:
        found = against(loaded, plan, by_plan, by_actuals, edited, options.stay, asked, watch)
    if options.report:
        options.report = write_study(against_study(found), options.report)
    if options.json:
        plan_document.write({"status": found.bridge.plan.status} | document(found), options.json)
    for sentence in sentences(found):
        terminal.say(sentence)
    if options.report:
        terminal.say(f"The comparison with the last plan is {options.report}.")


def _came(options: argparse.Namespace, loaded: Loaded) -> Callable[[int], Actuals | None] | None:
    """How to read what really came until a period begins."""
    if options.actuals is None:
        if options.mapping is not None:
            raise UsageError("--mapping says what the columns of --actuals FILE are: name that file, too.")
        return None
    from planner.rolling.reading import read_actuals

    return lambda period: read_actuals(options.actuals, loaded.scenario, period, _mapping(options))


def _mapping(options: argparse.Namespace) -> Path:
    """The mapping named, else the one beside the scenario; of a bundled one it lies in the working folder."""
    from planner.rolling.mapping import mapping_beside
    from planner.scenario.load import exists

    given: Path | None = options.mapping
    scenario = Path(options.scenario)
    return given or mapping_beside(scenario if exists(scenario) else Path(scenario.name))


def _keep_mapping(options: argparse.Namespace) -> None:
    """Have the mapping lie beside the new scenario as well: the next roll asks nothing again."""
    from planner.rolling.mapping import mapping_beside

    if options.actuals and not options.mapping and _mapping(options).is_file():
        answers, target = _mapping(options).read_bytes(), mapping_beside(options.out)

        def put(temporary: Path) -> None:
            temporary.write_bytes(answers)

        if not target.exists():
            write_whole(target, put)


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
    actuals = "what really came until then: a workbook, a CSV file or a folder of them, as the ERP exports it"
    command.add_argument("--actuals", metavar="FILE", type=Path, help=actuals)
    mapping = "what the columns and names of that file are here (default: a workbook beside the scenario)"
    command.add_argument("--mapping", metavar="FILE", type=Path, help=mapping)
    demand = "units of the months that --periods same adds: a workbook or folder with a table demand"
    command.add_argument("--demand", metavar="FILE", help=demand)
    stay = "each decision that differs from the last plan's costs so much (base currency): needs --report or --json"
    command.add_argument("--stay", metavar="COST", type=arguments.amount, help=stay)
    edited = "the new scenario as it was edited since, with new prices, demand, licences: to be held against the plan"
    command.add_argument("--edited", metavar="NEXT", help=edited)
    report = "solve it, and write a workbook of what changed against the last plan, and why"
    command.add_argument("--report", metavar="OUT.xlsx", type=arguments.workbook, help=report)
    command.add_argument("--json", metavar="OUT.json", type=arguments.json, help="the same as JSON")
    arguments.add_gap(command)
    limit = "take the best plan of each step found by then"
    command.add_argument("--time-limit", metavar="SECONDS", type=arguments.seconds, help=limit)
    command.add_argument("--periods", choices=("same", "shrink"), default="shrink", help=periods)


ROLL = Command(
    "roll",
    _roll,
    _arguments,
    "the scenario that goes on from a plan",
    "roll my.xlsx plan.json --to 2026-05 --future calm next.xlsx",
)

"""`planner sources`."""

from __future__ import annotations

import argparse

from planner import terminal
from planner.cli.command import Command


def _sources(options: argparse.Namespace) -> int:
    from planner.scenario.load import bundled_folders
    from planner.sources.count import headline, lines
    from planner.sources.figures import figures, uncoded

    for name in options.scenario or bundled_folders():
        found = figures(name)
        terminal.say(headline(name, found))
        for line in lines(found):
            terminal.say(line)
        for figure in uncoded(found):
            text = f"{figure.name} has no code. Begin the row's note with one, such as {figure.field}=A."
            terminal.say(f"  {figure.cell}: {text}")
    return 0


def _arguments(command: argparse.ArgumentParser) -> None:
    scenario = "a workbook (.xlsx), a scenario folder, or a bundled scenario; none: all bundled ones"
    command.add_argument("scenario", metavar="SCENARIO", nargs="*", help=scenario)


SOURCES = Command(
    "sources", _sources, _arguments, "where the figures of a scenario come from: found, derived, assumed", "sources"
)

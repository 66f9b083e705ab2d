"""Where the results of a command may be written, and how those of a study are."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner import terminal
from planner.errors import FileInUse, InputError, OutputError, UsageError

if TYPE_CHECKING:
    from planner.report.study import Study
    from planner.scenario.load import Loaded


def ensure_writable(path: Path, source: str) -> None:
    """See to it that a result can be written before it is worked for, and that it is not the scenario itself."""
    from planner import files

    if os.path.exists(path) and os.path.isfile(source) and os.path.samefile(source, path):
        raise UsageError(f"{path} is the scenario itself, which would be lost. Name another file for the result.")
    files.ensure_writable(path)


def ensure_new(path: Path) -> None:
    """A workbook that someone may have filled in is never written over."""
    if os.path.exists(path):
        raise OutputError(f"{path} is there already. Nothing was written: name another file, or move that one.")


def ensure_results(options: argparse.Namespace, sources: Sequence[str]) -> None:
    """See to it that a command's report and JSON can be written before they are worked for."""
    for source in sources:
        if options.report:
            # One that is open in Excel gets a second name.
            with suppress(FileInUse):
                ensure_writable(options.report, source)
        if options.json:
            ensure_writable(options.json, source)


@contextmanager
def invalid_as_json(options: argparse.Namespace) -> Iterator[None]:
    """What is wrong with the input goes into the JSON document too, where one is asked for."""
    try:
        yield
    except InputError as error:
        if options.json:
            from planner.plan import document

            document.write(document.invalid(error), options.json)
        raise


def hand_over(
    options: argparse.Namespace, study: Study, loaded: Loaded, found: dict[str, Any], complete: bool, **origin: Any
) -> None:
    """Show what a study says, and write its report and its JSON document, as far as they are asked for."""
    import planner.version

    for sentence in study.sentences:
        terminal.say(sentence)
    if options.report:
        from planner.report.study import write_study

        written = write_study(study, options.report)
        terminal.say(report_line(options.report, written))
    if options.json:
        from planner.plan import document

        origin |= {"scenario": loaded.raw.name, "sha256": loaded.raw.sha256, "planner": planner.version.__version__}
        status = "optimal" if complete else "interrupted"
        document.write({"status": status} | found | {"provenance": origin}, options.json)
    for remark in terminal.remarks([], loaded.warnings):
        terminal.complain(remark)


def report_line(wanted: Path, written: Path) -> str:
    """Where the report is, in words."""
    why = f"{wanted} is open in Excel or write-protected, so the" if written != wanted else "The"
    return f"{why} report is {written}."

"""From what the user names, a workbook, a folder or a bundled scenario, to a checked scenario."""

from __future__ import annotations

from pathlib import Path

from planner.errors import InputError, Problem, UsageError
from planner.scenario.fields import close, shown
from planner.scenario.folder import read_folder
from planner.scenario.load import Loaded, bundled_folders, check_raw, exists, from_raw, layers_of, with_base
from planner.scenario.overlay import Change, moved_on
from planner.scenario.raw import RawScenario
from planner.scenario.starter import changes_of
from planner.scenario.tidy import added_up


def load(source: str | Path, strategy: str | None = None, *, add_up: bool = False) -> Loaded:
    """The scenario in a workbook or folder, or of a bundled name, with one of its strategies.

    Where `add_up`, rows of one key that are parts of a sum are added up.
    Raises InputError with every problem, UsageError where there is no such scenario or strategy.
    """
    raw, changes = read(source, add_up=add_up)
    return from_raw(raw, strategy, changes)


def check(source: str | Path, *, add_up: bool = False) -> tuple[list[Problem], list[Problem]]:
    """All problems and all warnings of a scenario, and of each of its strategies where it has none itself."""
    try:
        raw, _ = read(source, add_up=add_up)
    except InputError as error:
        return error.problems, error.warnings
    return check_raw(raw)


def read(source: str | Path, *, add_up: bool = False) -> tuple[RawScenario, list[Change]]:
    """The cells of a scenario, laid over those of the scenario it is based on, and what that changed.

    Where `add_up`, rows of one key that are parts of a sum are added up.
    """
    raw, changes = with_base(read_raw(source))
    if raw.made_from:
        changes = changes_of(raw)
    changes = [*moved_on(raw), *changes]
    if not add_up:
        return raw, changes
    raw, more = added_up(raw)
    return raw, changes + more


def layers(source: str | Path) -> list[RawScenario]:
    """The cells of a scenario as written, and those of each scenario below that it is based on, uppermost first."""
    return layers_of(read_raw(source))


def read_raw(source: str | Path) -> RawScenario:
    """The cells of a workbook, a folder or a bundled scenario, as written."""
    path = Path(source)
    if str(source) and exists(path):
        return read_folder(path) if path.is_dir() else _read_workbook(path)
    folders = bundled_folders()
    if str(source) in folders:
        return read_folder(folders[str(source)])
    names = f" Bundled scenarios: {', '.join(folders)}." if folders else ""
    near = close(str(source), folders)
    meant = f" Did you mean '{near}'?" if near else ""
    raise UsageError(f"There is no file, folder or bundled scenario {shown(str(source))}.{meant}{names}")


def _read_workbook(path: Path) -> RawScenario:
    # Its libraries take their time: only who has a workbook is to pay for it.
    from planner.excel.workbook import read_workbook

    return read_workbook(path)

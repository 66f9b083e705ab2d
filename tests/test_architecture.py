"""Imports run downwards, and heavy libraries stay in their rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "planner"

BELOW: dict[str, set[str]] = {
    "version": set(),
    "errors": set(),
    "memory": set(),
    "files": {"errors"},
    "climates": set(),
    "scenario": {"climates", "errors", "files"},
    "excel": {"scenario", "errors", "files"},
    "catalogue": {"scenario"},
    "reading": {"excel", "scenario", "errors"},
    "futures": {"scenario"},
    "plan": {"catalogue", "futures", "scenario", "files", "errors"},
    "audit": {"plan", "scenario", "errors"},
    "present": {"catalogue", "plan", "scenario"},
    "model": {"catalogue", "plan", "futures", "scenario", "errors", "memory"},
    "solver": {"catalogue", "model", "futures", "memory"},
    "why": {"catalogue", "present", "solver", "model", "plan", "futures", "scenario", "errors"},
    "report": {"present", "audit", "excel", "plan", "scenario", "files", "errors"},
    "charts": {"present", "plan", "scenario", "files", "errors"},
    "comparison": {"report", "present", "excel", "reading", "plan", "scenario", "files", "errors"},
    "sources": {"reading", "scenario", "errors"},
    "pipeline": {"why", "solver", "model", "audit", "plan", "futures", "scenario", "errors"},
    "explain": {"catalogue", "pipeline", "present", "solver", "model", "plan", "futures", "scenario", "errors"},
    "batch": {
        "comparison",
        "explain",
        "pipeline",
        "reading",
        "present",
        "solver",
        "plan",
        "scenario",
        "files",
        "errors",
    },
    "sensitivity": {
        "catalogue",
        "batch",
        "sources",
        "pipeline",
        "present",
        "why",
        "solver",
        "model",
        "plan",
        "scenario",
        "errors",
    },
    "serve": {
        "outage",
        "trial",
        "valuation",
        "catalogue",
        "batch",
        "comparison",
        "charts",
        "report",
        "explain",
        "pipeline",
        "reading",
        "excel",
        "present",
        "rolling",
        "solver",
        "plan",
        "futures",
        "scenario",
        "files",
        "errors",
    },
    "outage": {
        "batch",
        "comparison",
        "report",
        "pipeline",
        "present",
        "solver",
        "model",
        "plan",
        "futures",
        "scenario",
        "errors",
    },
    "trial": {
        "report",
        "batch",
        "climates",
        "comparison",
        "pipeline",
        "present",
        "solver",
        "model",
        "plan",
        "futures",
        "scenario",
        "errors",
    },
    "valuation": {
        "catalogue",
        "report",
        "batch",
        "comparison",
        "explain",
        "pipeline",
        "present",
        "solver",
        "model",
        "plan",
        "futures",
        "scenario",
        "errors",
    },
    "rolling": {
        "audit",
        "batch",
        "excel",
        "pipeline",
        "plan",
        "present",
        "report",
        "futures",
        "model",
        "solver",
        "scenario",
        "files",
        "errors",
        "reading",
        "catalogue",
        "trial",
    },
    "terminal": {"errors", "solver", "present"},
}
"""What each room may import from the package besides itself; the rest (cli, __init__) may import all."""

ONLY_IN: dict[str, set[str]] = {
    "highspy": {"solver"},
    "ot": {"climates"},
    "pyomo": {"model", "pipeline"},
    "dask": {"batch"},
    "distributed": {"batch"},
    "fastapi": {"serve"},
    "sqlalchemy": {"serve"},
    "alembic": {"serve"},
    "authlib": {"serve"},
    "argon2": {"serve"},
    "uvicorn": {"serve"},
    "matplotlib": {"charts"},
    "lxml": {"excel"},
    "openpyxl": {"excel"},
    "python_calamine": {"excel"},
    "xlsxwriter": {"excel", "report", "comparison"},
}
"""The rooms that may import a library."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                f"{node.module}.{alias.name}" if node.module == "planner" else node.module for alias in node.names
            )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downwards(path: Path) -> None:
    here = room(path)
    if here not in BELOW:
        return
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "planner" and len(parts) > 1:
            assert parts[1] in BELOW[here] | {here, "version"}, f"{path.name} imports {name}"


def test_no_circle_between_rooms() -> None:
    front = {"__init__", "__main__", "cli"}  # They may import all; nothing imports them.
    below: dict[str, set[str]] = {name: set() for name in BELOW}
    for path in modules():
        if room(path) not in front:
            named = {name.split(".")[1] for name in imported(path) if name.startswith("planner.")}
            below[room(path)] |= named - {room(path)}
    assert front.isdisjoint(set().union(*below.values()))
    TopologicalSorter(below).prepare()


def test_no_circle_between_modules() -> None:
    """Imports that stand in functions, or are for types only, count too."""
    known = {_name(path) for path in modules()}
    TopologicalSorter({_name(path): _modules(path, known) - {_name(path)} for path in modules()}).prepare()


def _name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def _modules(path: Path, known: set[str]) -> set[str]:
    """The modules of the package that one imports: of 'from a import b' it is a.b, where that is one."""
    found = set(imported(path))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found = (found | inner) - ({node.module} if inner <= known else set())
    return found & known


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    for name in imported(path):
        rooms = ONLY_IN.get(name.split(".")[0])
        assert rooms is None or room(path) in rooms, f"{path.name} imports {name}"


def test_only_the_store_knows_the_database() -> None:
    for path in modules():
        outside = "store" not in path.parts
        for name in imported(path):
            allowed = name in ("sqlalchemy.exc",)  # what a request is refused with while the database is busy
            assert not (outside and name.split(".")[0] in ("sqlalchemy", "alembic") and not allowed), f"{path}: {name}"


def test_one_module_knows_the_solver() -> None:
    assert [path.name for path in modules() if any(name.startswith("highspy") for name in imported(path))] == [
        "engine.py"
    ]


def test_audit_shares_no_code_with_what_makes_plans() -> None:
    files = [path for path in modules() if "audit" in path.relative_to(PACKAGE).parts or path.stem == "audit"]
    assert files
    allowed = ("planner.audit", "planner.plan.tables", "planner.plan.plan", "planner.scenario", "planner.errors")
    for path in files:
        for name in imported(path):
            assert not name.startswith("planner") or name.startswith(allowed), f"{path.name} imports {name}"


def test_help_needs_no_heavy_library() -> None:
    code = (
        "import sys, contextlib, io\n"
        "from planner.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main(['--help'])\n"
        "heavy = {'pandas', 'numpy', 'pyomo', 'highspy', 'openpyxl', 'pydantic', 'rich', 'xlsxwriter', 'matplotlib', 'distributed', 'fastapi', 'sqlalchemy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_exported_names() -> None:
    import planner

    assert sorted(planner.__all__) == [
        "Alternatives", "Frontier", "Limits", "Loaded", "Options", "Plan", "Rolled", "Scenario", "Stress", "Survival",
        "Worth", "__version__", "alternatives", "from_rows", "frontier", "load", "roll", "solve", "stress", "survive", "worth",
    ]  # fmt: skip
    for name in planner.__all__:
        assert getattr(planner, name) is not None

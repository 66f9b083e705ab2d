"""What all benchmarks share: fresh processes, clocks, memory, the machine, tables and JSON."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "cases"
LIBRARIES = (
    "magnet-planner",
    "highspy",
    "pyomo",
    "linopy",
    "pyoptinterface",
    "highsbox",
    "numpy",
    "pandas",
    "python-calamine",
)

Record = dict[str, Any]


# --- clocks and memory ------------------------------------------------------------------------------


class Clock:
    """Processor seconds by stage: where others use the machine too, they are steadier than the clock on the wall."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        started = time.process_time()
        yield
        self.seconds[name] = time.process_time() - started


def resident_mib() -> float:
    """What this process holds in memory now."""
    return _memory("VmRSS")


def peak_mib() -> float:
    """The most that it has held; unlike `ru_maxrss` it counts nothing of the process that started it."""
    return _memory("VmHWM")


def _memory(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


# --- fresh processes --------------------------------------------------------------------------------


def afresh(work: Callable[..., Record], *args: Any) -> Record:
    """What a function of a module answers in a process of its own, so that memory and caches begin again."""
    code = (
        "import importlib, json, sys; name, function, given = json.loads(sys.argv[1]); "
        "print('\\n' + json.dumps(getattr(importlib.import_module(name), function)(*given)))"
    )
    name = work.__module__
    if name == "__main__":
        name = f"benchmarks.{Path(sys.argv[0]).stem}"
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([name, work.__name__, args])],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=True,
    )
    answer: Record = json.loads(done.stdout.splitlines()[-1])
    return answer


def repeated(runs: int, work: Callable[..., Record], *args: Any, enough: float = 20.0) -> Record:
    """The medians of some runs in fresh processes, field by field; one that takes long is run once."""
    found: list[Record] = []
    while len(found) < runs:
        started = time.monotonic()
        found.append(afresh(work, *args))
        if time.monotonic() - started > enough:
            break
    return {name: _median([record[name] for record in found]) for name in found[0]} | {"runs": len(found)}


def _median(values: list[Any]) -> Any:
    if isinstance(values[0], dict):
        return {name: _median([value[name] for value in values]) for name in values[0]}
    return statistics.median(values) if isinstance(values[0], int | float) else values[0]


def exponent(sizes: Sequence[float], amounts: Sequence[float]) -> float:
    """The power of size by which an amount grows: the slope of the line through their logarithms."""
    x, y = ([math.log(value) for value in values] for values in (sizes, amounts))
    return float(statistics.linear_regression(x, y).slope)


def command(words: Sequence[str]) -> Record:
    """A whole command of the planner: seconds by the clock, of the processor, and the load when it began.

    The seconds of the processor are those of all its processes: with two at work they may be twice those by the clock.
    """
    load, before, started = os.getloadavg()[0], resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        out = ["--json", str(Path(folder) / "out.json")]
        line = [sys.executable, "-m", "planner", *words, *out]
        subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, check=True)
    clock, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"clock": clock, "processor": processor, "load": load}


# --- reporting ----------------------------------------------------------------------------------------


def scenario_of(case: str) -> str:
    """What `planner.load` takes for a case: a workbook of tests/cases by its name, else the case itself."""
    file = CASES / f"{case}.xlsx"
    return str(file) if file.exists() else case


def machine() -> Record:
    """Where and with what it was measured."""
    return {
        "date": dt.date.today().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def headline(found: Record) -> str:
    """The machine in a line."""
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return (
        f"{found['date']}, {found['processor']}, {found['cores']} cores (load {found['load']}), "
        f"{found['system']}, Python {found['python']}, {versions}"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool = False) -> str:
    """A table as text in columns, or in Markdown."""
    if markdown:
        lines = [head, ["---"] * len(head), *rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    width = [max(len(line[place]) for line in [head, *rows]) for place in range(len(head))]
    pad = [str.ljust, *[str.rjust] * (len(head) - 1)]
    return "\n".join(
        "  ".join(pad[place](cell, width[place]) for place, cell in enumerate(line)).rstrip() for line in [head, *rows]
    )


def arguments(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write what was measured, with versions and machine")
    parser.add_argument("--markdown", action="store_true", help="print tables as the README shows them")
    return parser


def write_json(path: Path | None, results: Record) -> None:
    """Write results with the machine, if a path is given."""
    if path is not None:
        path.write_text(json.dumps({"machine": machine()} | results, indent=1) + "\n", encoding="utf-8")

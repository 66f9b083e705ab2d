"""Memory and threads: too large is reported before it is built, short of memory keeps the plan, bad limits are reported."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from planner import memory
from planner.cli import main
from planner.errors import StoppedWithoutPlan, TooLarge
from planner.futures.tree import grow
from planner.model.build import build
from planner.model.size import Size, ensure_fits
from planner.model.tiling import tile
from planner.pipeline import make_plan, prepare
from planner.solver.engine import Engine
from planner.solver.outcome import Options, Progress, Stop
from planner.solver.strategy import solve
from tests.scenarios import RICH, tiny
from tests.shared_cases import CASES, loaded

LONG = "medium-300"
"""A case that takes minutes to its very optimum, and a second or so to a first plan."""


# --- foretold ----------------------------------------------------------------------------------------


def test_what_is_foretold_is_what_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    said = list[Size]()
    monkeypatch.setattr("planner.model.tiling.ensure_fits", lambda size, limit: said.append(size))
    instance = prepare(loaded(LONG)).instance
    assert len(said) == 1
    assert said[0].rows == len(instance.row_lower)
    assert said[0].columns == len(instance.cost)
    assert said[0].integers == instance.integer.sum()
    # Entries that come to 0 at some nodes are left out once they are known.
    assert 0.9 * said[0].entries <= len(instance.matrix.index) <= said[0].entries


def test_too_large_for_the_machine_is_said_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda: 12 * memory.GIB)
    with pytest.raises(TooLarge) as raised:
        ensure_fits(Size(30_000_000, 24_600_000, 3_100_000, 180_000_000), None)
    assert str(raised.value) == (
        "The scenario makes a model of 30,000,000 rows, 24,600,000 columns and 3,100,000 integer variables, which takes "
        "about 144 GiB of memory; 12 GiB are free on this machine. "
        "Use fewer futures, or fewer and longer periods, or a machine with more memory."
    )
    assert raised.value.exit_code == 6


def test_nothing_is_tiled_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    path = build(loaded(LONG).scenario, grow(loaded(LONG).scenario))
    monkeypatch.setattr("planner.model.tiling._tile", lambda *_: pytest.fail("built all the same"))
    monkeypatch.setattr(memory, "free", lambda: memory.GIB // 100)
    with pytest.raises(TooLarge):
        tile(path)


def test_not_even_a_single_course_is_written_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.model.program.build", lambda *_: pytest.fail("built all the same"))
    monkeypatch.setattr(memory, "free", lambda: memory.GIB // 1000)
    with pytest.raises(TooLarge) as raised:
        prepare(loaded(LONG))
    assert str(raised.value) == (
        "The scenario makes a model of 96 offers, designs and conversions in 16 periods each, which takes about "
        "0.0057 GiB of memory; 0.001 GiB are free on this machine. "
        "Use fewer futures, or fewer and longer periods, or a machine with more memory."
    )


def test_a_memory_limit_that_is_too_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = tmp_path / "plan.json"
    case = str(CASES / "tiny-100.xlsx")
    assert main(["solve", case, "--memory-limit", "0.001", "--json", str(answer)]) == 6
    said = capsys.readouterr().err
    assert "GiB of memory; 0 GiB are left of the memory limit." in said
    assert "Use fewer futures, or fewer and longer periods, or a higher limit." in said
    assert not answer.exists()


def test_a_container_may_have_less_than_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    machine = memory.free()
    assert machine > 0
    (tmp_path / "memory.current").write_text("700\n")
    (tmp_path / "memory.stat").write_text("anon 500\nfile 200\ninactive_file 0\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free() > 700
    (tmp_path / "memory.max").write_text("1000\n")
    assert memory.free() == 300
    # What was read and may be forgotten is as good as free.
    (tmp_path / "memory.stat").write_text("anon 500\nfile 200\ninactive_file 150\n")
    assert memory.free() == 450


# --- running short -----------------------------------------------------------------------------------


def test_short_of_memory_keeps_the_best_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    found = list[float]()

    def watch(progress: Progress) -> None:
        found.extend([] if progress.incumbent is None else [progress.incumbent])

    monkeypatch.setattr(memory, "held", lambda: 10 * memory.GIB if found else 0)
    plan = make_plan(loaded(LONG), Options(gap=0.0, memory_limit=4), watch)
    assert plan.status == "memory_limit"
    assert plan.bound < plan.objective <= found[0] * (1 + 1e-9)


def test_short_of_memory_before_the_first_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.model.size.memory.free", lambda: memory.GIB // 5)
    with pytest.raises(StoppedWithoutPlan) as raised:
        make_plan(loaded(LONG), Options(gap=0.0))
    assert str(raised.value) == ("Memory ran out before a first plan was found: allow more, or use fewer futures.")


# --- options -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--memory-limit", "0"], "'0' is not a memory limit: a number of GiB above 0, such as 4"),
        (["--memory-limit", "much"], "'much' is not a memory limit: a number of GiB above 0, such as 4"),
        (["--threads", "0"], "'0' is not a whole number from 1 on"),
        (["--threads", "10000"], f"10000 threads are more than the {os.cpu_count()} cores of this machine"),
    ],
)
def test_options_that_cannot_be(given: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "e3w-maker", *given]) == 2
    assert capsys.readouterr().err.strip() == f"argument {given[0]}: {message}. See 'planner solve --help'."


def test_threads_come_to_the_same_optimum_one_after_the_other() -> None:
    """HiGHS has one pool of threads a process, and refuses a solve with another number of them."""
    instance = prepare(tiny(**RICH)).instance
    objectives = [solve(instance, Options(gap=1e-9, threads=count)).objective for count in (1, 2, 1)]
    assert objectives == pytest.approx([objectives[0]] * 3, rel=1e-9)


def test_a_pool_that_other_solves_made_is_made_again() -> None:
    """What else runs HiGHS in the process may leave its pool to another number of threads than is asked for."""
    bounds = np.ones(1), np.full(1, 5.0)
    for count in (1, 2, 1):
        engine = Engine({"threads": count})
        engine.hold(np.ones(1), bounds, bounds, (np.array([0, 1]), np.array([0]), np.ones(1)), np.array([False]))
        engine.run_here()
        assert (engine.stop, engine.objective) == (Stop.OPTIMAL, 1.0)

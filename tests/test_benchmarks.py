"""The benchmarks: peers hold the same program as ours, and larger scenarios are sound."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import planner
from benchmarks import main_job, measure, model_side, sizes
from benchmarks.peers.described import Described
from benchmarks.peers.edition import is_first_edition
from benchmarks.peers.formulation import formulate
from benchmarks.peers.solving import optimum_of
from planner.futures.tree import grow
from planner.pipeline import prepare
from planner.reading import check
from planner.scenario.load import Loaded, from_rows
from planner.solver.engine import Solver
from planner.solver.scaling import scale
from tests.shared_cases import CASES, EXPECTED, loaded

PEERS = ("arrays", "with_linopy", "with_pyoptinterface", "with_pyomo")

SOLVED = [
    name
    for name, found in EXPECTED.items()
    if found["status"] == "optimal" and "medium" not in name and is_first_edition(loaded(name).scenario)
]
"""Tiny and small cases, with their strategies, that have a plan and that peers can state."""


def described(scenario: Loaded) -> Described:
    return formulate(scenario.scenario, grow(scenario.scenario))


def relaxed(scenario: Loaded) -> float:
    """The optimum of our own program's relaxation."""
    instance = prepare(scenario).instance
    scaling = scale(instance)
    return optimum_of(Solver(instance, scaling).highs, relaxed=True) / scaling.objective


def peer(name: str) -> Any:
    return import_module(f"benchmarks.peers.{name}")


@pytest.mark.parametrize("case", SOLVED)
def test_the_program_written_once_more_has_our_shape_and_relaxation(case: str) -> None:
    program, instance = described(loaded(case)), prepare(loaded(case)).instance
    entries = sum(len(terms.row) for family in program.families.values() for terms in family.terms)
    assert sum(family.rows for family in program.families.values()) == len(instance.row_lower)
    assert entries == len(instance.matrix.value)
    optimum = peer("arrays").optimum(peer("arrays").build(program), relaxed=True)
    assert optimum == pytest.approx(relaxed(loaded(case)), rel=1e-9)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("case", ["tiny-108", "small-200"])
def test_every_peer_holds_the_same_relaxation(name: str, case: str) -> None:
    built = peer(name).build(described(loaded(case)))
    assert peer(name).optimum(built, relaxed=True) == pytest.approx(relaxed(loaded(case)), rel=1e-8)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("case", ["tiny-108", "tiny-123"])
def test_every_peer_comes_to_the_known_optimum(name: str, case: str) -> None:
    built = peer(name).build(described(loaded(case)))
    assert peer(name).optimum(built, relaxed=False) == pytest.approx(EXPECTED[case]["objective"], rel=1e-6)


# --- larger scenarios --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sizes.KINDS)
def test_a_multiplied_scenario_is_sound_and_has_a_plan(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "larger.xlsx"
    sizes.write(sizes.sized(CASES / "tiny-108.xlsx", **{kind: 3}), out)
    assert check(out)[0] == []
    before, after = (planner.load(source).scenario for source in (CASES / "tiny-108.xlsx", out))
    if kind == "periods":
        assert after.settings.periods == 3 * before.settings.periods
    else:
        assert len(getattr(after, kind)) == 3 * len(getattr(before, kind))
    assert planner.solve(planner.load(out), planner.Options(gap=0.05)).gap <= 0.05


def test_parts_of_segments_and_offers_add_up_to_what_was_parted() -> None:
    rows = sizes.sized(CASES / "tiny-108.xlsx")
    larger = sizes.sized(CASES / "tiny-108.xlsx", segments=2, offers=2)

    def demand(rows: sizes.Rows) -> float:
        return sum(units for row in rows["demand"] for name, units in row.items() if name != "segment")

    def capacity(rows: sizes.Rows) -> float:
        return sum(row["max_kg_per_period"] for row in rows["offers"])

    assert demand(larger) == pytest.approx(demand(rows))
    assert capacity(larger) == pytest.approx(capacity(rows))


def test_many_futures_each_have_a_node_in_the_second_period() -> None:
    tree = grow(from_rows(sizes.many_futures(30)).scenario)
    assert [len(nodes) for nodes in tree.at] == [1, 1, 30]


@pytest.mark.parametrize("minimums", range(4))
def test_many_futures_have_so_many_minimum_orders(minimums: int) -> None:
    scenario = from_rows(sizes.many_futures(2, minimums=minimums)).scenario
    assert sum(offer.min_order_kg > 0 for offer in scenario.offers) == minimums


# --- measuring ---------------------------------------------------------------------------------------


def test_a_table_in_columns_and_in_markdown() -> None:
    rows = [["one", "1.0"], ["eleven", "11.0"]]
    assert measure.table(("what", "s"), rows) == "what       s\none      1.0\neleven  11.0"
    assert (
        measure.table(("what", "s"), rows, markdown=True)
        == "| what | s |\n| --- | --- |\n| one | 1.0 |\n| eleven | 11.0 |"
    )


def test_the_exponent_of_growth() -> None:
    assert measure.exponent([1, 2, 4, 8], [3, 12, 48, 192]) == pytest.approx(2)


def test_a_route_is_measured_in_a_process_of_its_own() -> None:
    found = measure.repeated(2, model_side.route, "arrays", "tiny-108")
    assert found["runs"] == 2
    assert found["size"] == {"rows": 446}
    assert found["seconds"].keys() == {"tree", "tables", "build"}
    assert found["total"] > 0


def test_one_command_prints_tables_and_writes_json(tmp_path: Path) -> None:
    out = tmp_path / "measured.json"
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "--quick",
        "--only",
        "main_job",
        "large",
        "--json",
        str(out),
        "--markdown",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=measure.ROOT)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["machine"]["date"] in done.stdout
    assert "| scenario | HiGHS, s | all else, s | whole run, s | ratio | peak MiB | gap |" in done.stdout
    assert [record["scenario"] for record in written["main_job"]] == ["small-200"]
    assert [record["kind"] for record in written["large"]] == ["as-it-is", "futures", "periods", "segments"]
    assert all(record["gap"] <= record["asked"] for record in written["large"])


def test_a_run_with_many_futures() -> None:
    found = main_job.with_many_futures(150, 3)
    assert found["scenario"] == "150 futures, offers with a minimum order: 3"
    assert 0 <= found["gap"] <= 1e-4
    assert found["whole"] > found["highs"] > 0

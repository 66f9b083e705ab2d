"""The sentences on licences: what to file for, what is decided later, what waits, what lapses unused."""

from __future__ import annotations

from typing import Any

from planner.pipeline import make_plan
from planner.present.summary import headline
from tests.scenarios import EXACT, P1, TWO_FUTURES, tiny

WAITS: dict[str, Any] = {"unreleased": "waits"}


def said(units: tuple[float, ...] = (10,), **given: Any) -> list[str]:
    """All sentences of the Summary."""
    loaded = tiny(units, **given)
    return headline(loaded, make_plan(loaded, EXACT))


def test_an_application_an_order_is_filed_with_the_order() -> None:
    """10 kg are ordered in the first quarter under a licence per order whose material is bound."""
    found = said(
        undertakings={},
        licences=WAITS | {"per_order": "yes", "undertaking": "U"},
        offers={"licence": "L"},
    )
    assert "File in the quarter from 2026-04, an application an order: 10 kg of M from S (licence L, under U)." in found


def test_what_waits_is_said_with_what_is_advanced() -> None:
    """A fixed order of 20 kg in a freeze of future b: a deposit of 0.1 · 10 · 20 = 20 is out."""
    found = said(
        (10, 10),
        futures=TWO_FUTURES,
        licences=WAITS,
        offers={"licence": "L", "deposit_share": 0.1, "until": P1},
        fixed_orders={"kg": 20},
        events={"kind": "clearance", "future": "b", "value": 0},
    )
    (text,) = (text for text in found if "licence pending" in text)
    assert text == (
        "In one of two futures (50 %) goods wait at the supplier, licence pending: at most 20 kg at the end of "
        "2026-06 (b), ₹20 advanced for it, some of it since the quarter from 2026-04 (sheet Waiting for a licence)."
    )


def test_later_decisions_are_said_by_future() -> None:
    found = said(
        futures=TWO_FUTURES,
        licences=WAITS | {"apply_from": P1, "application_fee": 7},
        offers={"licence": "L", "signing_fee": 5},
        events={"kind": "clearance", "future": "b", "value": 0},
    )
    assert "In one of two futures (50 %) apply for the licence L later, in the quarter from 2026-04." in found
    assert "In one of two futures (50 %) sign O later, in the quarter from 2026-04." in found


def test_what_lapses_unused_is_said() -> None:
    """15 kg are covered in period 1, 10 of them used: 5 of 15 lapse with it."""
    found = said((10, 0), licences=WAITS | {"max_kg_per_application": 15, "valid_periods": 1}, offers={"licence": "L"})
    assert (
        "Of what applications cover that lapse within the horizon, 5 kg on average (33 %) go unused "
        "(sheet Applications)."
    ) in found

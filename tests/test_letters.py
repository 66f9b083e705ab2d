"""What letters about licences make of orders on the way and of applications."""

from __future__ import annotations

from typing import Any

from planner.rolling.actuals import Actuals, Held, Letter, Ordered, Receipt
from planner.rolling.letters import Application, after_letters
from planner.scenario import tables as t
from planner.scenario.scenario import Scenario


def scenario() -> Scenario:
    """Two offers: under a licence per order, and under one whose application covers what is released."""
    licences = (
        t.Licence(licence="each", unreleased="waits", per_order="yes"),
        t.Licence(licence="year", unreleased="waits"),
    )

    def offer(name: str, licence: str) -> t.Offer:
        return t.Offer(
            offer=name,
            supplier="S",
            material="M",
            price_per_kg=1,
            max_kg_per_period=100,
            licence=licence,
            currency=None,
        )

    settings = t.Settings(title="T", start="2026-04", periods=6, period_months=1)
    return Scenario(name="s", settings=settings, licences=licences, offers=(offer("A", "each"), offer("B", "year")))


def order(kg: float, month: str, reference: str, **more: Any) -> Ordered:
    return Ordered(offer="A", month=month, kg=kg, reference=reference, cell=f"orders!A{reference}", **more)


def letter(result: str, **more: Any) -> Letter:
    return Letter(result=result, cell="letters!A2", **more)


def said(found: list[Ordered]) -> list[tuple[float, str, str]]:
    return [(row.kg, row.month, row.cleared) for row in found]


def test_granted_clears_as_far_as_it_goes() -> None:
    # 60 kg are granted of 50 + 40: the earlier order whole, 10 of the later one; 30 still wait.
    orders = [order(40, "2026-06", "1"), order(50, "2026-05", "1")]
    found = after_letters(orders, [letter("granted", reference="1", kg=60)], scenario())
    assert said(found.orders) == [(50, "2026-05", "yes"), (10, "2026-06", "yes"), (30, "2026-06", "no")]
    assert found.orders[0].cell == "orders!A1, letters!A2"


def test_one_letter_is_about_one_order_alone() -> None:
    orders = [order(40, "2026-05", "1"), order(50, "2026-06", "2")]
    found = after_letters(orders, [letter("refused", reference="1", deposit_back=700.0)], scenario())
    assert said(found.orders) == [(50, "2026-06", "no")]
    assert (found.deposits_back, [gone.kg for gone, _ in found.refused]) == (700, [40])


def test_returned_comes_later() -> None:
    orders = [order(40, "2026-05", "1")]
    assert said(after_letters(orders, [letter("returned", reference="1", expected="2026-09")], scenario()).orders) == [
        (40, "2026-09", "no")
    ]
    assert said(after_letters(orders, [letter("pending", reference="1")], scenario()).orders) == [(40, "2026-05", "no")]


def test_two_letters_to_one_order_share_it() -> None:
    letters = [letter("granted", reference="1", kg=30), letter("refused", reference="1", kg=30)]
    found = after_letters([order(100, "2026-05", "1")], letters, scenario())
    assert said(found.orders) == [(30, "2026-05", "yes"), (40, "2026-05", "no")]


def test_a_letter_without_number_is_about_the_orders_of_its_offer() -> None:
    found = after_letters([order(40, "2026-05", "1")], [letter("granted", offer="A")], scenario())
    assert said(found.orders) == [(40, "2026-05", "yes")]


def test_an_application_covers_what_is_released() -> None:
    letters = [
        letter("granted", licence="year", kg=500, valid_until="2026-09"),
        letter("pending", licence="year", expected="2026-08"),
        letter("refused", licence="year"),
    ]
    found = after_letters([], letters, scenario())
    assert found.applications == [
        Application("year", None, "2026-09", 500, "letters!A2"),
        Application("year", "2026-08", None, None, "letters!A2"),
    ]
    assert found.answered == {"year"}


def test_stock_that_is_not_free_stands_apart() -> None:
    held = [
        Held(material="M", kg=0.1, cell="stock!D2"),
        Held(material="M", kg=0.2, cell="stock!D3"),
        Held(material="M", kg=5, state="blocked", cell="stock!D4"),
        Held(material="M", undertaking="U", kg=7, state="at a job worker", cell="stock!D5"),
    ]
    actuals = Actuals("x", stock=tuple(held), receipts=(Receipt(offer="A", month="2026-04", kg=3, cell="r"),))
    assert actuals.stock_free() == {("M", None): (0.30000000000000004, "stock!D2, stock!D3")}
    assert actuals.stock_apart() == {
        ("blocked", "M", None): (5, "stock!D4"),
        ("at a job worker", "M", "U"): (7, "stock!D5"),
    }
    assert actuals.received() == {("A", "2026-04"): (3, "r")}

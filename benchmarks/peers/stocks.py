"""3, 4. Stock of the program that `formulation` writes: balances of pools, storage and safety stock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.reachable import FREE
from benchmarks.peers.writing import NONE, Column, of
from planner.futures.tree import Floats, Ints

if TYPE_CHECKING:
    from benchmarks.peers.formulation import Formulation


def add_stocks(model: Formulation) -> None:
    """All families of stock."""
    balance, rows_of = model.book.rows("stock_balance", "="), {}
    for (material, pool), places in model.stock.at.items():
        rows = rows_of[material, pool] = balance.add(places >= 0, -_given(model, material, pool))
        balance.term(rows, model.stock, places, -1)
        balance.term(rows, model.stock, of(places, model.book.back(1)).astype(np.int64))
    none = np.full(model.tree.size, -1)
    for material, pool, column, places, amount in _flows(model):
        balance.term(rows_of.get((material, pool), none), column, places, amount)
    _limits(model)


def _given(model: Formulation, material: str, pool: str) -> Floats:
    """What comes into a pool by itself: opening stock and open orders."""
    scenario = model.scenario
    given = np.zeros(model.tree.size)
    for stock in scenario.stock:
        if (stock.material, stock.undertaking or FREE) == (material, pool):
            given += np.where(model.period == 1, stock.kg, 0.0)
    for row in scenario.open_orders:
        offer = scenario.offer[row.offer]
        if (offer.material, scenario.pool(offer)) == (material, pool):
            here = model.period == scenario.calendar.period(row.period)
            given += np.where(here, row.kg * model.release(offer), 0.0)
    return given


def _flows(model: Formulation) -> Iterator[tuple[str, str, Column, Ints, Any]]:
    """What variables bring into pools (positive) and take out of them (negative)."""
    scenario = model.scenario
    for offer in scenario.offers:
        yield offer.material, scenario.pool(offer), model.order, model.arriving(offer), model.release(offer)
    for (conversion, pool), places in model.run.at.items():
        yield scenario.conversion[conversion].material, pool, model.run, places, 1
        for taken in scenario.conversion_inputs:
            if taken.conversion == conversion:
                yield taken.material, pool, model.run, places, -taken.kg_per_kg
    for (material, pool), places in model.move.at.items():
        yield material, FREE, model.move, places, -1
        yield material, pool, model.move, places, 1
    for (_, material, pool), places in model.use.at.items():
        yield material, pool, model.use, places, -1
    yield from _used_of_one_pool(model)


def _used_of_one_pool(model: Formulation) -> Iterator[tuple[str, str, Column, Ints, Any]]:
    """What is built takes of a pool that alone can give a magnet."""
    for row in model.scenario.design_materials:
        pools = model.reachable.design_pools[row.design][row.material]
        alone = np.sum([model.period >= first for first in pools.values()], axis=0) == 1
        for pool, first in pools.items():
            places = np.where(alone & (model.period >= first), model.build[row.design], NONE)
            yield row.material, pool, model.build, places, -row.kg_per_unit


def _limits(model: Formulation) -> None:
    storage, safety = model.book.rows("storage", "<="), model.book.rows("safety_stock", ">=")
    for name, material in model.scenario.material.items():
        stocks = [places for (held, _), places in model.stock.at.items() if held == name]
        families = []
        if material.max_stock_kg is not None:
            several = np.sum([np.zeros(model.tree.size), *(places >= 0 for places in stocks)], axis=0) > 1
            families.append((storage, storage.add(several, material.max_stock_kg)))
        if material.min_stock_kg > 0:
            from_ = model.within(model.scenario.calendar.within(material.min_stock_from, None))
            families.append((safety, safety.add(from_, material.min_stock_kg)))
        for family, rows in families:
            for places in stocks:
                family.term(rows, model.stock, places)

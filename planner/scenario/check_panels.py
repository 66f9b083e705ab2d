"""Notes on panels and limits that contradict each other, or themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from planner.errors import Problem
from planner.scenario.check_lookups import Lookups
from planner.scenario.fields import plain
from planner.scenario.parse import Parsed

ONE = 1 + 1e-9
"""Shares that add up to more than it leave no room."""


def panels_can_be_filled(parsed: Parsed) -> Iterator[Problem]:
    """A panel asks for no more suppliers than it allows, than shares leave room for, and than there are."""
    look = Lookups(parsed)
    if not all(parsed.whole(table) for table in ("offers", "materials", "suppliers", "limits")):
        return
    for raw_row, row in parsed.rows("panels"):
        found = _panel(look, row)
        if found:
            field, text = found
            yield parsed.problem("contradiction", "panels", raw_row, field, f": {text}.", fix="Correct one of the two.")


def _panel(look: Lookups, panel: Any) -> tuple[str, str] | None:
    most, least, each = panel.max_suppliers, panel.min_suppliers, panel.min_share_each
    if panel.material and panel.class_ and look.class_of.get(panel.material) != panel.class_:
        return "material", f"{panel.material} is not of the class {panel.class_}"
    if most is not None and least > most:
        return "min_suppliers", f"{least} is above max_suppliers, {most}"
    if each is not None and least * each > ONE:
        return "min_share_each", f"{least} suppliers with {plain(100 * each)} % each are more than the whole"
    suppliers = {o.supplier for o in look.offer.values() if _speaks(look, panel, o.material)}
    if least > len(suppliers):
        return "min_suppliers", f"{least} are asked for, but {len(suppliers)} offer what it speaks of"
    return _against_limits(look, panel, suppliers)


def _against_limits(look: Lookups, panel: Any, suppliers: set[str]) -> tuple[str, str] | None:
    """Suppliers that limits keep below what counts, or ask for where the panel has no room for them."""
    rows = [row for _, row in look.parsed.rows("limits") if row.scope == "supplier" and row.class_ == panel.class_]
    if panel.material:
        return None
    barred = {row.target for row in rows if panel.min_share_each and row.max_share < panel.min_share_each}
    if panel.min_suppliers > len(suppliers - barred):
        names = ", ".join(sorted(barred))
        return (
            "min_suppliers",
            f"{panel.min_suppliers} must have {plain(panel.min_share_each)} each, but limits keep {names} below",
        )
    asked = {row.target for row in rows if row.min_share > 0 or row.min_kg > 0}
    if panel.max_suppliers is not None and len(asked) > panel.max_suppliers:
        return "max_suppliers", f"{panel.max_suppliers}, but limits ask for arrivals from {', '.join(sorted(asked))}"
    return None


def _speaks(look: Lookups, panel: Any, material: str) -> bool:
    if panel.material:
        return bool(material == panel.material)
    class_ = look.class_of.get(material)
    return class_ == panel.class_ if panel.class_ else class_ not in ("feedstock", "assembly")


def limits_agree(parsed: Parsed) -> Iterator[Problem]:
    """A limit's kg leave room, fit what came before, and the least shares of one class add up to no more than all."""
    for raw_row, row in parsed.rows("limits"):
        found = _limit(row)
        if found:
            field, text = found
            yield parsed.problem("contradiction", "limits", raw_row, field, f": {text}.", fix="Correct one of the two.")
    groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for pair in parsed.rows("limits"):
        row = pair[1]
        groups[row.scope, row.class_, row.per, row.from_, row.until].append(pair)
    for pairs in groups.values():
        least = {row.target: row.min_share for _, row in pairs}
        if sum(least.values()) > ONE:
            raw_row, row = next(pair for pair in pairs if pair[1].min_share > 0)
            text = (
                f": the least shares of {', '.join(least)} add up to {plain(sum(least.values()))}, more than the whole."
            )
            yield parsed.problem("contradiction", "limits", raw_row, "min_share", text, fix="Lower one of them.")


def _limit(limit: Any) -> tuple[str, str] | None:
    if limit.max_kg is not None and limit.min_kg > limit.max_kg:
        return "min_kg", f"{plain(limit.min_kg)} is above max_kg, {plain(limit.max_kg)}"
    if limit.max_share == 0 and limit.min_kg > 0:
        return "min_kg", f"{plain(limit.min_kg)}, but max_share is 0"
    if limit.before_kg > limit.before_all_kg and (limit.min_share > 0 or limit.max_share < 1):
        return (
            "before_kg",
            f"{plain(limit.before_kg)} is above before_all_kg, {plain(limit.before_all_kg)}, which holds it",
        )
    return None

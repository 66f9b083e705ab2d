"""Looking up a setting in cells that have been read and not yet been understood."""

from __future__ import annotations

from planner.scenario.fields import to_text
from planner.scenario.raw import RawRow, RawScenario


def setting_rows(raw: RawScenario) -> dict[str, RawRow]:
    """The row of each setting by its name in lower case; of two with the same name the first."""
    rows: dict[str, RawRow] = {}
    for row in raw.tables["settings"].data_rows() if "settings" in raw.tables else ():
        rows.setdefault(to_text(row.cells.get("name", "")).casefold(), row)
    return rows


def setting(raw: RawScenario, name: str) -> str:
    """What a setting says, as text; '' where it is blank or has no row."""
    row = setting_rows(raw).get(name)
    return to_text(row.cells.get("value", "")) if row else ""

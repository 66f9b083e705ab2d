"""Tables with more rows than a sheet of Excel can hold, whole, as CSV files beside the report."""

from __future__ import annotations

from pathlib import Path

from planner.present.headings import heading
from planner.present.view import View
from planner.present.words import Wording
from planner.report.formats import WRAPPED

_STARTS_FORMULA = r"^(?=[=+\-@\t\r])"


def csv_path(report: Path, view: View) -> Path:
    """The file beside a report that holds a table: 'plan-orders.csv' beside 'plan.xlsx'."""
    return report.with_name(f"{report.stem}-{view.name}.csv")


def write_csv(view: View, wording: Wording, path: Path) -> None:
    """Write a table with its headings, in UTF-8 with the mark that Excel knows it by."""
    rows = view.rows[[column.name for column in view.columns]].copy()
    for column in view.columns:
        if column.kind in ("text", "month", *WRAPPED):
            # Excel would take text that begins so for a formula.
            rows[column.name] = rows[column.name].astype("string").str.replace(_STARTS_FORMULA, "'", regex=True)
    rows.columns = [heading(column, wording) for column in view.columns]
    rows.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")

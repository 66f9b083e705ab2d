"""The catalogue of charts: what is lost apart from what waits, and nothing that there are no figures for."""

from __future__ import annotations

from typing import Any

from planner.pipeline import make_plan
from planner.present.charts import Chart, charts
from tests.scenarios import tiny


def drawn(units: tuple[int, ...], **given: Any) -> dict[str, Chart]:
    loaded = tiny(units, **given)
    return {chart.name: chart for chart in charts(loaded, make_plan(loaded))}


def test_what_is_lost_is_not_what_waits() -> None:
    """20 units are asked for in the second year and 12 can be built a year: 8 wait, and are built in the third."""
    segments = {"delay_cost_per_unit": 1, "max_units_per_period": 12, "shortage_cost_per_unit": 500}
    found = drawn((10, 20, 0), segments=segments)
    assert found["shortage-by-line"].rows.to_numpy().tolist() == [[0.0, 0.0, 0.0]]
    assert found["waiting-by-line"].rows.to_numpy().tolist() == [[0.0, 0.4, 0.0]]
    assert found["demand"].lines == ("Asked for", "Waiting at the end")


def test_where_nothing_can_wait_there_is_no_chart_of_it() -> None:
    """Of a single month, too: units are cheaper not built."""
    found = drawn((10,), segments={"shortage_cost_per_unit": 5})
    assert found["shortage-by-line"].rows.to_numpy().tolist() == [[1.0]]
    assert not {"waiting-by-line", "waiting-by-future", "cost-by-future", "flows"} & set(found)
    assert not any(chart.is_empty for chart in found.values())

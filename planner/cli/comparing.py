"""What `planner compare` shows on the terminal: how it goes, and the result."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from planner import terminal
from planner.comparison.cell import CellAnswer
from planner.comparison.comparison import Comparison
from planner.comparison.words import STATUS, licences, sentences
from planner.present.words import Scale, Wording, percent

if TYPE_CHECKING:
    from planner.batch.run import Board

_WIDTH = 180
"""Characters in a line where nobody watches: as many as the table needs."""

_COLUMNS = (
    "Strategy", "Rank", "Cost", "Expected cost", "CVaR", "Regret", "Service", "China", "Heavy from China",
    "Efficiency lost", "Licences", "Status", "Gap", "Time",
)  # fmt: skip
_TO_THE_LEFT, _WHOLE = ("Strategy", "Licences", "Status"), ("Strategy", "Time")


@contextmanager
def following(board: Board, what: str = "cell") -> Iterator[None]:
    """A line that follows a run, where somebody watches; `what` is done piece by piece."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True, highlight=False).status("starting") as status:
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(0.2):
                status.update(Text(progress(board, what)))

        ticker = threading.Thread(target=tick, daemon=True)
        ticker.start()
        try:
            yield
        finally:
            ended.set()
            ticker.join()


def progress(board: Board, what: str = "cell") -> str:
    """How a run goes, in a line."""
    parts = [f"{board.done} of {terminal.count(board.total, what)}, {_time(board.seconds)}"]
    for label, news in board.under_way().items():
        gap = getattr(news, "gap", None)
        parts.append(f"{label}: {news.stage}" if gap is None else f"{label}: gap {gap:.2%}")
    left = board.seconds_left
    if left is not None:
        parts.append(f"about {_time(left)} left")
    return " · ".join([*parts, "Ctrl-C takes what there is"])


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def tell(compared: Comparison) -> None:
    """Print a table for each scenario, and what they come to."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDTH)
    for scenario in compared.scenarios:
        console.print(_table(compared, scenario))
    for sentence in sentences(compared):
        terminal.say(sentence)


def _table(compared: Comparison, scenario: str) -> object:
    from rich import box
    from rich.table import Table

    plans = compared.plans[scenario]
    wording = Wording(plans[0].currency if plans else "")
    scale = wording.scale(max((plan.expected_cost or 0.0 for plan in plans), default=0.0))
    table = Table(title=f"{scenario} (costs in {scale.name})", box=box.SIMPLE, title_justify="left", pad_edge=False)
    for name in _COLUMNS:
        side: Literal["left", "right"] = "left" if name in _TO_THE_LEFT else "right"
        longest = max(len(word) for word in name.split())
        table.add_column(name, justify=side, no_wrap=name in _WHOLE, min_width=longest)
    for answer in compared.answers:
        if answer.scenario == scenario:
            table.add_row(*_cells(compared, answer, wording, scale))
    return table


def _cells(compared: Comparison, answer: CellAnswer, wording: Wording, scale: Scale) -> list[str]:
    standing = compared.standing(answer)
    if standing is None:
        return [answer.strategy, *[""] * 10, STATUS[answer.status], "", _time(answer.seconds)]

    def money(amount: float | None) -> str:
        return "" if amount is None else wording.number(amount / scale.size, 2 if scale.size > 1 else 0)

    def share(value: float | None) -> str:
        return "" if value is None else percent(value, 1)

    return [
        answer.strategy,
        f"{standing.rank}{' ≈' if standing.alike else ''}",
        money(answer.cost),
        money(answer.expected_cost),
        money(answer.cvar),
        money(standing.regret),
        share(answer.service),
        share(answer.china_share),
        share(answer.china_heavy_share),
        "" if answer.efficiency_lost is None else f"{answer.efficiency_lost:.2f} pp",
        licences(answer),
        STATUS[answer.status],
        "" if answer.gap is None else f"{answer.gap:.2%}",
        _time(answer.seconds),
    ]

"""Where a decision begins to pay as one number moves: a search between trials of which each costs a solve."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

MOST = 40
"""Trials of one search."""

_AHEAD = 4
"""Trials by slope before the far end of the range is tried."""


class Side(Enum):
    """Whether a decision is proven to pay at a value, proven not to, or left open by the bounds."""

    PAYS = "pays"
    NOT = "does not pay"
    OPEN = "open"


@dataclass(frozen=True)
class Trial:
    """What a decision gains at a value (base currency) and, where known, how fast that falls with the value."""

    value: float
    side: Side
    gain: float = 0.0
    slope: float | None = None


@dataclass
class Search:
    """Looks for the value at which a decision begins to pay, or ceases to: it changes sides once.

    `ends` are those of the range; values are distinguished to a `tolerance`, to integers where `whole`.
    """

    at: Callable[[float], Trial]
    ends: tuple[float, float]
    tolerance: float
    whole: bool = False
    trials: list[Trial] = field(default_factory=list)

    def run(self, start: float) -> tuple[float, float] | None:
        """The values between which it lies, as near as the bounds show; None where the range holds none."""
        first = self._try(min(max(start, self.ends[0]), self.ends[1]))
        if first.side is Side.PAYS:
            self._ahead(first)
        for end in sorted(self.ends, key=lambda end: abs(end - first.value)):
            if self._bracket() is None:
                self._try(end)
        while len(self.trials) < MOST:
            probe = self._next()
            if probe is None:
                break
            self._try(probe)
        return self._bracket()

    def _try(self, value: float) -> Trial:
        value = float(round(value)) if self.whole else value
        known = next((trial for trial in self.trials if trial.value == value), None)
        if known is None:
            known = self.at(value)
            self.trials.append(known)
        return known

    def _ahead(self, trial: Trial) -> None:
        """From where it pays on to where the slope says that it ceases to, a little farther."""
        for _ in range(_AHEAD):
            root = _root(trial)
            if trial.side is not Side.PAYS or root is None:
                return
            beyond = root + math.copysign(0.5 * self.tolerance, root - trial.value)
            if not self.ends[0] < beyond < self.ends[1]:
                return
            trial = self._try(beyond)

    def _of(self, side: Side) -> list[Trial]:
        return [trial for trial in self.trials if trial.side is side]

    def _edges(self) -> tuple[Trial, Trial] | None:
        """The trials on both sides that lie nearest to each other."""
        pairs = [(one, other) for one in self._of(Side.PAYS) for other in self._of(Side.NOT)]
        return min(pairs, key=lambda pair: abs(pair[0].value - pair[1].value)) if pairs else None

    def _bracket(self) -> tuple[float, float] | None:
        edges = self._edges()
        return None if edges is None else (min(e.value for e in edges), max(e.value for e in edges))

    def _next(self) -> float | None:
        """The next value to try; None where both edges are as near as they are to be."""
        edges = self._edges()
        if edges is None:
            return None
        pays, other = edges
        low, high = sorted((pays.value, other.value))
        between = sorted(trial.value for trial in self._of(Side.OPEN) if low < trial.value < high)
        # What the bounds leave open is closed in from both sides.
        inner = (between[0], between[-1]) if between else (high, low)
        for near, far in ((low, inner[0]), (inner[1], high)):
            if far - near > (1.0 if self.whole else self.tolerance):
                return self._probe(pays, near, far)
        return None

    def _probe(self, pays: Trial, near: float, far: float) -> float:
        """Where the slope says that it ceases to pay, on the side that closes the bracket; else the middle."""
        middle, root = 0.5 * (near + far), _root(pays)
        if self.whole:
            return float(math.floor(middle))
        if root is None or pays.value not in (near, far):
            return self._between(near, far) if len(self.trials) % 2 else middle
        step = math.copysign(0.49 * self.tolerance, root - pays.value)
        for probe in (root + step, root - step):
            if near + 0.01 * self.tolerance < probe < far - 0.01 * self.tolerance and not self._tried_near(probe):
                return probe
        return middle

    def _between(self, near: float, far: float) -> float:
        """Where the line through the gains at both edges says that nothing is gained, but not too near an edge."""
        gains = [next((t.gain for t in self.trials if t.value == edge), 0.0) for edge in (near, far)]
        part = gains[0] / (gains[0] - gains[1]) if gains[0] * gains[1] < 0 else 0.5
        return near + min(max(part, 0.05), 0.95) * (far - near)

    def _tried_near(self, value: float) -> bool:
        return any(abs(trial.value - value) < 0.01 * self.tolerance for trial in self.trials)


def _root(trial: Trial) -> float | None:
    """The value at which the gain is used up by the slope."""
    return None if not trial.slope else trial.value + trial.gain / trial.slope

"""What a sample of costs says: means, quantiles and CVaR, each with the interval that holds it with 95 %."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.climates.chains import Floats

NORMAL = 1.959964
"""The 97.5 % quantile of the standard normal distribution."""

_DRAWS, _TOGETHER = 2000, 100
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Estimate:
    """A figure of a sample, and the interval that holds it with 95 %."""

    value: float
    low: float
    high: float


def mean(values: Floats) -> Estimate:
    """The mean, with its interval by the normal distribution."""
    middle = float(values.mean())
    spread = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return Estimate(middle, middle - NORMAL * spread, middle + NORMAL * spread)


def share(count: int, of: int) -> Estimate:
    """A share, with Wilson's interval (1927), which holds near 0 and 1 as well."""
    part, square = count / of, NORMAL**2
    middle = (part + square / (2 * of)) / (1 + square / of)
    room = NORMAL * np.sqrt(part * (1 - part) / of + square / (4 * of**2)) / (1 + square / of)
    return Estimate(part, max(float(middle - room), 0.0), min(float(middle + room), 1.0))


def tail(values: Floats, level: float) -> Estimate:
    """CVaR at a level: the mean of the worst 1 − level of equally likely values."""
    return _resampled(values, lambda found: _tail(found, level))


def quantile(values: Floats, level: float) -> Estimate:
    """A quantile."""
    return _resampled(values, lambda found: np.quantile(found, level, axis=-1))


def _tail(values: Floats, level: float) -> Floats:
    ordered = -np.sort(-values, axis=-1)
    count = ordered.shape[-1]
    weights = np.clip((1 - level) * count - np.arange(count), 0.0, 1.0)
    return np.asarray(ordered @ weights / weights.sum())


def _resampled(values: Floats, of: Callable[[Floats], Floats]) -> Estimate:
    """A figure with its bootstrap interval (Efron 1979), from a fixed seed."""
    random = np.random.default_rng(1)
    draws = np.concatenate(
        [of(values[random.integers(0, len(values), (100, len(values)))]) for _ in range(_DRAWS // 100)]
    )
    low, high = np.quantile(draws, [0.025, 0.975])
    return Estimate(float(of(values)), float(low), float(high))

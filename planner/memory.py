"""Memory of this machine, as far as this process may use it."""

from __future__ import annotations

from pathlib import Path

import psutil

GIB = 2**30

_GROUP = Path("/sys/fs/cgroup")
"""Where Linux shows what a container may hold and holds."""


def free() -> int:
    """Bytes that are still free, or would be given back at need: what is kept of files that were read."""
    available = int(psutil.virtual_memory().available)
    try:
        most, held = ((_GROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return min(available, int(most) - int(held) + _reclaimable())
    except (OSError, ValueError):  # no such group, or one without a limit ("max")
        return available


def _reclaimable() -> int:
    """Bytes that the container holds of files nobody reads any more."""
    figures = dict(line.split() for line in (_GROUP / "memory.stat").read_text().splitlines())
    return int(figures.get("inactive_file", 0))


def held() -> int:
    """Bytes that this process holds."""
    return int(psutil.Process().memory_info().rss)

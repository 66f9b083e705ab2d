"""Memory of this machine, as far as this process may use it."""

from __future__ import annotations

from pathlib import Path

import psutil

GIB = 2**30

_GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells what a container may hold and holds."""


def free() -> int:
    """Bytes that are still free."""
    available = int(psutil.virtual_memory().available)
    try:
        most, held = ((_GROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return min(available, int(most) - int(held))
    except (OSError, ValueError):  # no such group, or one without a limit ("max")
        return available


def held() -> int:
    """Bytes that this process holds."""
    return int(psutil.Process().memory_info().rss)

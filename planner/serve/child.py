"""Running `examine` or `move_on` in a process of its own, which may take only so much time and memory.

The server starts it; it ends with its one scenario, by itself or by force.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

from planner.errors import Fault

_OUT_OF_TIME = getattr(signal, "SIGXCPU", 0)
"""What ends a process that has used up its time; Windows has none."""

_LOOKS = 0.05
"""Seconds between two looks at whether it has ended."""


Short = Literal["time", "memory"]
"""What ran out."""


def limited(job: dict[str, Any], seconds: float, memory: int, cancel: threading.Event) -> dict[str, Any] | Short:
    """What `examine` comes to with the arguments `job`, or which of time (seconds) and memory (bytes) ran out.

    A job with arguments `moved` is one for `move_on`.

    Raises:
        OSError: no process can be started.
        Fault: the process failed otherwise.
    """
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    arguments = [sys.executable, "-m", __name__]
    with tempfile.TemporaryFile() as wanted:
        # Not as an argument: changes of many cells are longer than one may be.
        wanted.write(json.dumps(job | {"memory": memory, "seconds": seconds}).encode())
        wanted.seek(0)
        process = subprocess.Popen(
            arguments, stdin=wanted, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
    with process:
        ends = time.monotonic() + seconds
        while True:
            try:
                output, errors = process.communicate(timeout=_LOOKS)
                break
            except subprocess.TimeoutExpired:
                if cancel.is_set() or time.monotonic() > ends:
                    process.kill()
                    return "time"
    if process.returncode == -_OUT_OF_TIME:
        return "time"
    if process.returncode < 0 or b"MemoryError" in errors:
        return "memory"
    if process.returncode:
        last = errors.decode(errors="replace").strip().rpartition("\n")[2]
        raise Fault(f"The scenario could not be checked ({last}). This is a fault of the planner; please report it.")
    found: dict[str, Any] = json.loads(output)
    return found


def _main() -> None:
    job = json.loads(sys.stdin.buffer.read())
    do = _work(job)  # imported before the limit counts
    _limit(job["seconds"], job["memory"])
    sys.stdout.write(json.dumps(do()))


def _work(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    if "moved" in job:
        from planner.serve.moving import move_on

        return partial(move_on, **job["moved"])
    from planner.serve.examine import examine

    return partial(examine, Path(job["folder"]), job["source"], job["name"], job["derived"])


def _limit(seconds: float, memory: int) -> None:
    if sys.platform == "win32":
        return  # Windows has no such limits; the time is watched from outside.
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))


if __name__ == "__main__":
    _main()

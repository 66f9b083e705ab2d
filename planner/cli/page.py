"""The page without a console: what a double-click starts. It opens the browser at the page, and leaves it running.

Windows gives a program started so no streams to write to; what it says goes to a log beside its data instead.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
import webbrowser
from contextlib import suppress
from pathlib import Path

PORT = 8321
_ANSWERS_WITHIN = 60.0


def main() -> int:
    """Start the page where it does not run yet, and open the browser at it."""
    if is_there(PORT):
        webbrowser.open(address(PORT))
        return 0
    _speak_to_a_log()
    threading.Thread(target=open_once_there, args=(PORT,), daemon=True).start()
    from planner.cli import main as command

    return command(["serve", "--port", str(PORT)])


def address(port: int) -> str:
    """Where the page is."""
    return f"http://localhost:{port}/"


def is_there(port: int) -> bool:
    """Whether something answers at a port of this machine."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def open_once_there(port: int) -> None:
    """Open the browser as soon as the page answers."""
    until = time.monotonic() + _ANSWERS_WITHIN
    while time.monotonic() < until and not is_there(port):
        time.sleep(0.2)
    webbrowser.open(address(port))


def _speak_to_a_log() -> None:
    if sys.stdout is not None and sys.stderr is not None:
        return
    from planner.serve.config import default_data

    folder = Path(default_data())
    folder.mkdir(parents=True, exist_ok=True)
    log = (folder / "page.log").open("a", encoding="utf-8", buffering=1)
    sys.stdout = sys.stdout or log
    sys.stderr = sys.stderr or log


if __name__ == "__main__":
    sys.exit(main())

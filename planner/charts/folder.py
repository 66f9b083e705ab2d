"""The folder that charts are written to."""

from __future__ import annotations

from pathlib import Path

from planner.errors import OutputError


def ensure_folder(folder: Path) -> None:
    """Make the folder where it is missing.

    Raises:
        OutputError: there is a file of that name, or it cannot be made.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"'{folder}' is a file. Name a folder for the charts.")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        text = f"The folder '{folder}' cannot be made: the system says '{error.strerror}'."
        raise OutputError(f"{text} Name another place.") from error

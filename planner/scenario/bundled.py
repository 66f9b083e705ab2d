"""The scenarios that come with the planner, a line each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from planner.scenario.folder import read_folder
from planner.scenario.load import bundled_folders, with_base
from planner.scenario.overlay import strategies
from planner.scenario.settings import setting


@dataclass(frozen=True)
class Bundled:
    """A bundled scenario: its name, what it is, its strategies, and the folder it lies in."""

    name: str
    title: str
    strategies: tuple[str, ...]
    folder: Path

    def __str__(self) -> str:
        listed = ", ".join(self.strategies) or "none"
        return f"{self.name}: {self.title} (strategies: {listed})"


def bundled() -> list[Bundled]:
    """The bundled scenarios, in order of name."""
    return [_bundled(name, folder) for name, folder in bundled_folders().items()]


def _bundled(name: str, folder: Path) -> Bundled:
    raw, _ = with_base(read_folder(folder))
    return Bundled(name, setting(raw, "title") or name, tuple(strategies(raw)), folder)

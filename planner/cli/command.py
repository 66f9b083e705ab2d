"""What a command of the command line is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command: what it is called, does and takes, what it gives in words, and an example of its use.

    `run` gives the exit code of `docs/cli.md`. A module that declares one imports heavy libraries only in `run`.
    """

    name: str
    run: Callable[[argparse.Namespace], int]
    take: Callable[[argparse.ArgumentParser], None]
    gives: str
    example: str

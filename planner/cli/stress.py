"""`planner stress`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_results, hand_over, invalid_as_json
from planner.errors import InputError, Problem, UsageError

if TYPE_CHECKING:
    from planner.scenario.load import Loaded
    from planner.trial.stress import Stress

_STOPPED = 5


def _stress(options: argparse.Namespace) -> int:
    if options.plan and options.strategy:
        raise UsageError("Name strategies or a plan, not both: a plan knows its strategy.")
    ensure_results(options, [options.scenario])
    with invalid_as_json(options):
        found = _tried(options, *_asked(options))
    from planner.trial.views import stress_study

    # What was tried is there: writing it down is the answer to Ctrl-C as well.
    with terminal.uninterrupted():
        hand_over(options, stress_study(found), found.loaded, found.document, found.complete)
    return 0 if found.complete else _STOPPED


def _asked(options: argparse.Namespace) -> tuple[list[Loaded], dict[str, Any] | None]:
    """The scenario with each strategy, and the plan to be tried where one is named."""
    from planner.comparison.cell import AS_IT_STANDS
    from planner.reading import load

    if options.plan is not None:
        plan = read_plan(options.plan)
        strategy = plan.get("provenance", {}).get("strategy")
        return [load(options.scenario, strategy, add_up=options.add_up)], plan
    names = [None if name == AS_IT_STANDS else name for name in options.strategy or [AS_IT_STANDS]]
    return [load(options.scenario, name, add_up=options.add_up) for name in names], None


def read_plan(path: Path) -> dict[str, Any]:
    """A plan that was written as JSON. Raises UsageError or InputError where there is none."""
    import json

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The plan {path} cannot be read: {error.strerror}.") from error
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError([Problem("no_plan", f"{path} is not a plan written by `planner solve --json`.", "")])
    return found


def _tried(options: argparse.Namespace, every: list[Loaded], plan: dict[str, Any] | None) -> Stress:
    from planner.batch.run import Board
    from planner.cli.comparing import following
    from planner.trial.noise import Noise
    from planner.trial.stress import How, stress

    how = How(options.gap, options.time_limit, options.leaves, not options.no_hindsight)
    board = Board(0)
    with following(board):
        return stress(
            every, options.courses, options.seed, options.policy, noise=Noise(**(options.noise or {})),
            weights=options.weights, plan=plan, how=how, workers=options.workers, cluster=options.cluster,
            resume=options.resume, board=board,
        )  # fmt: skip


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of strategies, such as no-china,diversify")
    return names


def _pairs(text: str) -> dict[str, float]:
    """'a=0.5,b=0.2' as names and numbers."""
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.rpartition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            found[""] = 0.0
    if "" in found or not all(0 <= value < float("inf") for value in found.values()):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list such as demand=0.15,price=0.1")
    return found


def _noise(text: str) -> dict[str, float]:
    found = _pairs(text)
    unknown = [name for name in found if name not in ("demand", "price", "capacity")]
    if unknown or any(value > 2 for value in found.values()):
        what = f"'{unknown[0]}' has no noise" if unknown else "a noise of more than 2 is beyond all measure"
        raise argparse.ArgumentTypeError(f"{what}: name demand, price or capacity, such as demand=0.15,price=0.1")
    return found


def _whole(text: str) -> int:
    if not text.lstrip("-").isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    return int(text)


def _arguments(command: argparse.ArgumentParser) -> None:
    arguments.scenario(command)
    strategy = "strategies to be tried on the same paths, separated by commas (default: the scenario as it stands)"
    command.add_argument("--strategy", metavar="A,B", type=_names, help=strategy)
    plan = "try this plan (`solve --json`) in place of the optimum"
    command.add_argument("--plan", metavar="PLAN.json", type=Path, help=plan)
    courses = "how many paths (default 1000)"
    command.add_argument("--courses", metavar="N", type=arguments.number, default=1000, help=courses)
    command.add_argument("--seed", metavar="S", type=_whole, default=1, help="of the drawing of paths (default 1)")
    policy = "plan: decide by the plan's node that fits best; replan: plan every period again (default plan)"
    command.add_argument("--policy", choices=("plan", "replan"), default="plan", help=policy)
    noise = "standard deviations of factors on demand, price and capacity, such as demand=0.15,price=0.1"
    command.add_argument("--noise", metavar="WHAT=X,…", type=_noise, help=noise)
    weights = "draw the scenario's own futures by these weights (default: paths of its climates, where it has any)"
    command.add_argument("--weights", metavar="FUTURE=P,…", type=_pairs, help=weights)
    leaves = "futures of the trees that periods are planned again with, where they come from climates (default 5)"
    command.add_argument("--leaves", metavar="N", type=arguments.number, default=5, help=leaves)
    hindsight = "leave out what hindsight would have cost"
    command.add_argument("--no-hindsight", action="store_true", help=hindsight)
    arguments.add_results(command)
    arguments.add_gap(command)
    arguments.add_time_limit(command, "take the best plan of each strategy found by then")
    arguments.add_processes(command)


STRESS = Command(
    "stress",
    _stress,
    _arguments,
    "how plans hold on paths that they were not made for",
    "stress climate-india --courses 1000 --policy plan --json stress.json",
)

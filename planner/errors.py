"""Everything that can go wrong, as one tree.

    PlannerError
    ├── UsageError            the command was called wrongly                     exit 2
    ├── InputError            the scenario is wrong: carries its Problems        exit 3
    │   └── MappingNeeded     names of an export are not mapped to ours yet      exit 3
    ├── OutputError           a result could not be written                      exit 3
    │   └── FileInUse         what it would replace is open in Excel             exit 3
    ├── Fault                 the planner itself went wrong: to be reported      exit 1
    ├── WorkerLost            a worker process ended before its answer           exit 1
    │   ├── OutOfMemory       it needed more memory than it has                  exit 1
    │   └── EngineLost        no worker can be reached: the work is not to blame exit 1
    └── NoPlan                there is no plan to hand over
        ├── Infeasible        no plan can satisfy the scenario                   exit 4
        └── StoppedWithoutPlan  a limit or the user came before the first plan   exit 6
            └── TooLarge      the model would need more memory than there is     exit 6

Messages are for planners: they speak of sheets, cells, suppliers and months.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong (or, as a warning, doubtful) in a scenario.

    `cell` is what to click on: 'offers!G14' in a workbook, 'offers.csv line 14' in a folder.
    `message` says what stands there and why it is wrong, `fix` what would be right.
    Where one problem stands for several alike, `cells` are all the places.
    """

    kind: str
    message: str
    fix: str = ""
    table: str | None = None
    row: str | None = None
    field: str | None = None
    cell: str | None = None
    cells: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.cell}: " if self.cell else ""
        fix = f" {self.fix}" if self.fix else ""
        return f"{where}{self.message}{fix}"


class PlannerError(Exception):
    """Base of all errors that a user can do something about."""

    exit_code = 1


class UsageError(PlannerError):
    """The command was called wrongly."""

    exit_code = 2


class InputError(PlannerError):
    """The scenario is wrong; `problems` shows everything that is, at once."""

    exit_code = 3

    def __init__(self, problems: list[Problem], warnings: list[Problem] | None = None) -> None:
        self.problems = problems
        self.warnings = warnings or []
        super().__init__("\n".join(str(problem) for problem in problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[list[Problem], list[Problem]]]:
        """Carried between processes whole: as made, not as stated."""
        return type(self), (self.problems, self.warnings)


class MappingNeeded(InputError):
    """Sheets, columns or names of an export are not mapped to those of the scenario yet; a problem each."""


class OutputError(PlannerError):
    """A file could not be written; whatever stood there before still stands."""

    exit_code = 3


class FileInUse(OutputError):
    """What stands at a file's name is open in Excel or write-protected."""


class Fault(PlannerError):
    """The planner itself went wrong: the solver gave up, or its plan does not pass the audit."""


class WorkerLost(PlannerError):
    """A worker process ended without an answer, and so did those that tried again."""


class OutOfMemory(WorkerLost):
    """A piece of work needed more memory than a worker process has."""


class EngineLost(WorkerLost):
    """No worker process can be reached, or none started: the same work may end well once some can."""


class NoPlan(PlannerError):
    """The solver ended without a plan."""


class Infeasible(NoPlan):
    """No plan can satisfy every row of the scenario."""

    exit_code = 4


class StoppedWithoutPlan(NoPlan):
    """A limit, or the user, came before the first plan was found."""

    exit_code = 6


class TooLarge(StoppedWithoutPlan):
    """The model of the scenario would need more memory than there is: foretold before it is built."""

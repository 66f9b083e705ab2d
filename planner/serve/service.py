"""What a person can ask of the server: one function each, that the page and the REST API share."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import planner
from planner.comparison.cell import CellAnswer, answer_of
from planner.comparison.compare import differences
from planner.excel.template import write_template
from planner.scenario.diff import Difference
from planner.scenario.load import bundled_folders
from planner.serve import work
from planner.serve.config import Config
from planner.serve.folder import Folder, read_json, remove, safe_name
from planner.serve.queue import Queue
from planner.serve.store import (
    DONE,
    GOOD,
    RUNNING,
    STOPPED,
    UNFINISHED,
    WAITING,
    Comparison,
    Run,
    Scenario,
    Store,
    new_id,
)

MOST_CELLS = 200
"""Strategies × scenarios that one comparison may have."""

_DRAWN_WITHIN = 120.0
"""Seconds in which the charts of a run must be drawn."""

_Kind = TypeVar("_Kind", Scenario, Run, Comparison)


class RefusedError(Exception):
    """What was asked for cannot be done: an HTTP status and why, in a planner's words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


_NAMES: dict[type[Any], str] = {Scenario: "scenario", Run: "run", Comparison: "comparison"}


class Service:
    """The server's store, files and queue, and all that can be done with them."""

    def __init__(self, config: Config, store: Store, folder: Folder, queue: Queue) -> None:
        self.config, self.store, self.folder, self.queue = config, store, folder, queue

    # --- looking up ------------------------------------------------------------------------------

    def scenario(self, identifier: str) -> Scenario:
        """A scenario; refused where there is none."""
        return self._found(Scenario, identifier)

    def run(self, identifier: str) -> Run:
        """A run; refused where there is none."""
        return self._found(Run, identifier)

    def comparison(self, identifier: str) -> Comparison:
        """A comparison; refused where there is none."""
        return self._found(Comparison, identifier)

    def _found(self, kind: type[_Kind], identifier: str) -> _Kind:
        row = self.store.get(kind, identifier)
        if row is None:
            raise RefusedError(404, f"There is no such {_NAMES[kind]}: it was deleted, or has expired.")
        return row

    def file(self, run: Run, name: str) -> Path:
        """A file of a run; refused where it has none."""
        path = self.folder.run(run.id) / name
        if not path.is_file():
            raise RefusedError(404, "This run has no such file.")
        return path

    def read(self, run: Run, name: str) -> Any:
        """What a JSON file of a run holds; refused where it has none."""
        return read_json(self.file(run, name))

    def cell(self, run: Run) -> CellAnswer | None:
        """A run's plan told in figures; None where it has none."""
        found = read_json(self.folder.run(run.id) / work.CELL) if run.state == DONE else None
        return answer_of(found) if found else None

    # --- scenarios -------------------------------------------------------------------------------

    def upload(self, name: str, content: bytes, who: str) -> Scenario:
        """Take in a workbook; it is checked next."""
        identifier, name = new_id(), safe_name(name)
        # The file first: what is in the store is checked at once.
        (self.folder.scenario(identifier) / name).write_bytes(content)
        scenario = self.store.add(Scenario(id=identifier, name=name, who=who))
        self.queue.wake()
        return scenario

    def open_bundled(self, name: str, who: str) -> Scenario:
        """A bundled scenario, ready to be looked at and solved."""
        if name not in bundled_folders():
            raise RefusedError(404, f"There is no bundled scenario '{name}'.")
        known = self.store.bundled(name)
        if known is not None:
            return known
        scenario = self.store.add(Scenario(name=f"{name}.xlsx", bundled=name, who=who))
        self.queue.wake()
        return scenario

    def derive(self, parent: Scenario, strategy: str | None, changes: Sequence[dict[str, str]], who: str) -> Scenario:
        """A scenario made from another, with one of its strategies, by changing cells."""
        if parent.state != GOOD:
            raise RefusedError(409, "Only a scenario without problems can be changed here.")
        self._refuse_strategy(parent, strategy)
        name = f"{Path(parent.name).stem} changed.xlsx"
        scenario = Scenario(
            name=name, title=parent.title, parent=parent.id, strategy=strategy, changes=list(changes), who=who
        )
        self.store.add(scenario)
        self.queue.wake()
        return scenario

    def delete_scenario(self, scenario: Scenario) -> None:
        """Remove a scenario and its runs."""
        runs = self.store.runs_of(scenario.id)
        if any(run.state == RUNNING for run in runs):
            raise RefusedError(409, "A run of this scenario is being solved: stop it first.")
        self.store.remove(Scenario, scenario.id)
        for run in runs:
            remove(self.folder.run(run.id))
        remove(self.folder.scenario(scenario.id))

    # --- runs ------------------------------------------------------------------------------------

    def start(
        self,
        scenario: Scenario,
        strategies: Sequence[str | None],
        options: dict[str, Any],
        who: str,
        label: str = "",
        base: str | None = None,
    ) -> list[Run]:
        """Put a scenario with each of some strategies (None: as it stands) in the queue."""
        for strategy in strategies:
            self._refuse_strategy(scenario, strategy)
        runs = [
            Run(scenario=scenario.id, strategy=strategy, options=options, who=who, label=label, base=base)
            for strategy in strategies
        ]
        self._put(runs)
        return runs

    def compare(
        self,
        scenarios: Sequence[Scenario],
        strategies: Sequence[str | None] | None,
        options: dict[str, Any],
        who: str,
        label: str = "",
    ) -> Comparison:
        """Put strategies × scenarios in the queue; without `strategies` all that each scenario has, and none."""
        cells = [
            (scenario, strategy)
            for scenario in scenarios
            for strategy in (strategies if strategies is not None else [None, *scenario.strategies])
        ]
        if not 1 <= len(cells) <= MOST_CELLS:
            raise RefusedError(422, f"A comparison has from 1 to {MOST_CELLS} cells, not {len(cells)}.")
        for scenario, strategy in cells:
            if scenario.state != GOOD:
                raise RefusedError(409, f"{scenario.name} has problems, or is still being checked.")
            self._refuse_strategy(scenario, strategy)
        comparison = self.store.add(Comparison(label=label, who=who))
        now = time.time()
        self._put(
            [
                Run(
                    scenario=scenario.id, strategy=strategy, options=options, who=who,
                    comparison=comparison.id, created=now + place * 1e-4,
                )
                for place, (scenario, strategy) in enumerate(cells)
            ]
        )  # fmt: skip
        return comparison

    def _put(self, runs: Sequence[Run]) -> None:
        self.store.add_all(runs)
        self.queue.wake()

    def _refuse_strategy(self, scenario: Scenario, strategy: str | None) -> None:
        if strategy is not None and strategy not in scenario.strategies:
            raise RefusedError(422, f"{scenario.name} has no strategy '{strategy}'.")

    def stop(self, run: Run) -> None:
        """End a run: one that waits is dropped, one that runs ends with the best plan so far."""
        told = "Stopped before it was started."
        if self.store.set_if(run.id, WAITING, state=STOPPED, message=told, ended=time.time()):
            return
        if not self.store.set_if(run.id, RUNNING, cancel=True):
            raise RefusedError(409, "This run has ended already.")
        self.queue.wake()

    def rename(self, run: Run, label: str) -> None:
        """Give a run another label."""
        self.store.set(Run, run.id, label=label)

    def delete_run(self, run: Run) -> None:
        """Remove a run that has ended, or waits."""
        if run.state == RUNNING:
            raise RefusedError(409, "This run is being solved: stop it first.")
        self.store.remove(Run, run.id)
        remove(self.folder.run(run.id))

    def what_if(self, run: Run, changes: Sequence[dict[str, str]], who: str, label: str = "") -> Run:
        """Solve a run's scenario once more with some cells changed, with the same options."""
        parent = self.scenario(run.scenario)
        scenario = self.derive(parent, run.strategy, changes, who)
        return self.start(scenario, [None], run.options, who, label, base=run.id)[0]

    def repair(self, run: Run, number: int, who: str) -> Run:
        """Solve the scenario of a run that had no plan once more, with one of the repairs made (1 is the first)."""
        repairs = self.read(run, work.EXPLAINED)["repairs"]
        if not 1 <= number <= len(repairs):
            raise RefusedError(404, f"There is no repair {number}: {len(repairs)} were found.")
        names = ("table", "key", "field")
        changes = [
            {name: one[name] for name in names} | {"value": one["new"]} for one in repairs[number - 1]["changes"]
        ]
        return self.what_if(run, changes, who, f"Repair {number}")

    def charts(self, run: Run) -> Path:
        """The charts of a run as a zip file, drawn where they have not been yet."""
        if run.state != DONE:
            raise RefusedError(409, "Only a run that has a plan has charts.")
        path = self.folder.run(run.id) / work.CHARTS
        if not path.is_file():
            try:
                self.queue.draw(run, self.scenario(run.scenario), _DRAWN_WITHIN)
            except TimeoutError as error:
                raise RefusedError(409, "The charts are still being drawn: ask for them again in a minute.") from error
        return path

    def template(self) -> Path:
        """The workbook to fill in, written where it has not been yet."""
        path = self.config.data / f"template {planner.__version__}.xlsx"
        if not path.is_file():
            write_template(path)
        return path

    def differences(self, a: Run, b: Run) -> list[Difference]:
        """What the plans of two runs differ in."""
        paths = [str(self.file(run, work.PLAN)) for run in (a, b)]
        return differences(*paths)

    def position(self, run: Run) -> int | None:
        """The place of a waiting run in the queue, 1 for the next; None where it does not wait."""
        return self.store.ahead_of(run) + 1 if run.state == WAITING else None

    def is_unfinished(self, run: Run) -> bool:
        """Whether a run waits or is being solved."""
        return run.state in UNFINISHED

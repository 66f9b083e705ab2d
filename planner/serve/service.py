"""What a person can ask of the server: one function each, that the page and the REST API share."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import planner.version
from planner.comparison.cell import CellAnswer, answer_of
from planner.comparison.compare import differences
from planner.excel.starter import write_starter
from planner.excel.template import write_template
from planner.scenario.diff import Difference
from planner.scenario.load import bundled_folders
from planner.serve import keeping, turns, work
from planner.serve.access import Access, Person, RefusedError
from planner.serve.asked import ANSWERS, Asked, AskedStress
from planner.serve.config import Config
from planner.serve.folder import Folder, plain_text, read_json, remove, safe_name
from planner.serve.queue import Queue
from planner.serve.store import (
    GOOD,
    RUNNING,
    STOPPED,
    UNFINISHED,
    WAITING,
    WORKBOOK_FILE,
    Comment,
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

_ROOM = 256 * 2**20
"""Bytes that an upload must leave free on the disk."""

_Kind = TypeVar("_Kind", Scenario, Run, Comparison)

_NAMES: dict[type[Any], str] = {Scenario: "scenario", Run: "run", Comparison: "comparison"}


@dataclass(frozen=True)
class Server:
    """What a server consists of."""

    config: Config
    store: Store
    folder: Folder
    queue: Queue
    access: Access


class Service:
    """All that one person can do: they are shown, and change, only what they may."""

    def __init__(self, server: Server, person: Person) -> None:
        self.server, self.person, self.viewer = server, person, person.viewer
        self.config, self.store, self.folder, self.queue = server.config, server.store, server.folder, server.queue

    # --- looking up ------------------------------------------------------------------------------

    def scenario(self, identifier: str) -> Scenario:
        """A scenario; refused where there is none that they may see."""
        return _found(Scenario, self.store.scenario(identifier, self.viewer))

    def run(self, identifier: str) -> Run:
        """A run; refused where there is none that they may see."""
        return _found(Run, self.store.run(identifier, self.viewer))

    def comparison(self, identifier: str) -> Comparison:
        """A comparison; refused where there is none that they may see."""
        return _found(Comparison, self.store.comparison(identifier, self.viewer))

    def scenario_of(self, run: Run) -> Scenario:
        """The scenario of a run that they may see."""
        return _found(Scenario, self.store.get(Scenario, run.scenario))

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
        found = read_json(self.folder.run(run.id) / work.CELL) if run.has_plan else None
        return answer_of(found) if found else None

    def may_change(self, row: Scenario | Run) -> bool:
        """Whether something is theirs to change."""
        return not self.person.is_reader and self.person.owns(row.owner)

    def _own(self, row: Scenario | Run) -> None:
        if not self.may_change(row):
            raise RefusedError(403, "This belongs to somebody else: you may look at it, but not change it.")

    def may_plan(self) -> None:
        """Refuse who may only look."""
        if self.person.is_reader:
            raise RefusedError(
                403, "You may look at plans, but not make any: ask an administrator for the role planner."
            )

    def _by(self) -> dict[str, Any]:
        """Whose what is made now is."""
        return {"owner": self.person.id, "who": self.person.name}

    def note(self, action: str, subject: str) -> None:
        """Add to the audit trail."""
        self.store.people.note(self.person.name or "not given", action, subject, self.person.address)

    # --- scenarios -------------------------------------------------------------------------------

    def upload(self, name: str, content: BinaryIO) -> Scenario:
        """Take in a workbook; it is checked next."""
        self.may_plan()
        self._within_quota(checks=1)
        if shutil.disk_usage(self.folder.data).free < _ROOM:
            raise RefusedError(
                507,
                "The server's disk is nearly full, so that nothing can be uploaded. Tell whoever looks after it.",
            )
        identifier = new_id()
        # The file first: what is in the store is checked at once.
        with (self.folder.scenario(identifier) / WORKBOOK_FILE).open("wb") as file:
            shutil.copyfileobj(content, file, 2**20)
        scenario = self.store.add(Scenario(id=identifier, name=safe_name(name), **self._by()))
        self.note("uploaded", f"scenario {identifier}")
        self.queue.wake()
        return scenario

    def open_bundled(self, name: str) -> Scenario:
        """A bundled scenario, ready to be looked at and solved."""
        if name not in bundled_folders():
            raise RefusedError(404, f"There is no bundled scenario '{name}'.")
        known = self.store.bundled(name, self.person.id)
        if known is not None:
            return known
        self.may_plan()
        scenario = self.store.add(Scenario(name=f"{name}.xlsx", bundled=name, **self._by()))
        self.queue.wake()
        return scenario

    def derive(self, parent: Scenario, strategy: str | None, changes: Sequence[dict[str, str]]) -> Scenario:
        """A scenario made from another, with one of its strategies, by changing cells."""
        self.may_plan()
        if parent.state != GOOD:
            raise RefusedError(409, "Only a scenario without problems can be changed here.")
        self._refuse_strategy(parent, strategy)
        name = f"{Path(parent.name).stem} changed.xlsx"
        scenario = Scenario(
            name=name, title=parent.title, parent=parent.id, strategy=strategy, changes=list(changes), **self._by()
        )
        self.store.add(scenario)
        self.queue.wake()
        return scenario

    def take_in(self, identifier: str, name: str) -> Scenario:
        """A scenario whose workbook lies in its folder already; it is checked next."""
        self.may_plan()
        self._within_quota(checks=1)
        scenario = self.store.add(Scenario(id=identifier, name=safe_name(name), **self._by()))
        self.queue.wake()
        return scenario

    def delete_scenario(self, scenario: Scenario) -> None:
        """Remove a scenario and its runs."""
        self._own(scenario)
        runs = self.store.runs_of(scenario.id)
        if any(run.state == RUNNING for run in runs):
            raise RefusedError(409, "A run of this scenario is being solved: stop it first.")
        if any(run.approved for run in runs):
            raise RefusedError(409, "A plan of this scenario is signed off: withdraw that first.")
        self.store.remove(Scenario, scenario.id)
        self.note("deleted", f"scenario {scenario.id}")
        for run in runs:
            remove(self.folder.run(run.id))
        remove(self.folder.scenario(scenario.id))

    # --- runs ------------------------------------------------------------------------------------

    def start(
        self,
        scenario: Scenario,
        strategies: Sequence[str | None],
        options: dict[str, Any],
        label: str = "",
        base: str | None = None,
    ) -> list[Run]:
        """Put a scenario with each of some strategies (None: as it stands) in the queue."""
        for strategy in strategies:
            self._refuse_strategy(scenario, strategy)
        runs = [
            Run(
                scenario=scenario.id,
                strategy=strategy,
                options=options,
                label=plain_text(label),
                base=base,
                **self._by(),
            )
            for strategy in strategies
        ]
        self._put(runs)
        return runs

    def compare(
        self,
        scenarios: Sequence[Scenario],
        strategies: Sequence[str | None] | None,
        options: dict[str, Any],
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
        self.may_plan()
        self._within_quota(runs=len(cells))
        comparison = self.store.add(Comparison(label=plain_text(label), **self._by()))
        now = time.time()
        self._put(
            [
                Run(
                    scenario=scenario.id, strategy=strategy, options=options,
                    comparison=comparison.id, created=now + place * 1e-4, **self._by(),
                )
                for place, (scenario, strategy) in enumerate(cells)
            ]
        )  # fmt: skip
        return comparison

    def _put(self, runs: Sequence[Run]) -> None:
        self.may_plan()
        self._within_quota(runs=len(runs))
        self.store.add_all(runs)
        for run in runs:
            self.note("asked for", f"run {run.id}")
        self.queue.wake()

    def _within_quota(self, checks: int = 0, runs: int = 0) -> None:
        """Refuse what would have one person fill the queue."""
        checking, unfinished = self.store.unfinished_of(self.person.id or self.person.name)
        if checks and checking + checks > self.config.most_checks:
            raise RefusedError(
                429, f"{checking} of your workbooks are still to be checked. Wait for some, then upload more."
            )
        if runs and unfinished + runs > self.config.most_runs:
            told = f"{unfinished} of your runs have not ended, and you may have {self.config.most_runs}."
            raise RefusedError(429, f"{told} Wait for some, or stop some, then ask for more.")

    def _refuse_strategy(self, scenario: Scenario, strategy: str | None) -> None:
        if strategy is not None and strategy not in scenario.strategies:
            raise RefusedError(422, f"{scenario.name} has no strategy '{strategy}'.")

    def stop(self, run: Run) -> None:
        """End a run: one that waits is dropped, one that runs ends with the best plan so far."""
        self._own(run)
        told = "Stopped before it was started."
        if self.store.set_if(run.id, WAITING, state=STOPPED, message=told, ended=time.time()):
            return
        if not self.store.set_if(run.id, RUNNING, cancel=True):
            raise RefusedError(409, "This run has ended already.")
        self.queue.wake()

    def rename(self, run: Run, label: str) -> None:
        """Give a run another label."""
        self._own(run)
        self.store.set(Run, run.id, label=plain_text(label))

    def delete_run(self, run: Run) -> None:
        """Remove a run that has ended, or waits."""
        self._own(run)
        if run.state == RUNNING:
            raise RefusedError(409, "This run is being solved: stop it first.")
        if run.approved:
            raise RefusedError(409, "This plan is signed off: withdraw that first.")
        self.store.remove(Run, run.id)
        self.note("deleted", f"run {run.id}")
        remove(self.folder.run(run.id))

    def study(
        self, scenario: Scenario, asked: Asked, options: dict[str, Any], label: str = "", *,
        strategy: str | None = None, base: Run | None = None,
    ) -> Run:  # fmt: skip
        """Put a study of a scenario with a strategy in the queue, or of the run `base`, whose plan it looks into."""
        if scenario.state != GOOD:
            raise RefusedError(409, f"{scenario.name} has problems, or is still being checked.")
        if base is not None and not base.has_plan:
            raise RefusedError(409, "This run has no plan to look into.")
        strategy = base.strategy if base is not None else strategy
        for name in (strategy, *(asked.strategies if isinstance(asked, AskedStress) else ())):
            self._refuse_strategy(scenario, name)
        its = {name: options[name] for name in ("gap", "time_limit")} | {"why": False, "asked": asked.model_dump()}
        run = Run(
            scenario=scenario.id, strategy=strategy, options=its, label=plain_text(label), study=asked.study,
            base=base.id if base is not None else None, **self._by(),
        )  # fmt: skip
        self._put([run])
        return run

    def again(self, run: Run, why: bool) -> Run:
        """Solve or answer once more with the same options; a study goes on from the answers that are there."""
        if run.study is None:
            options = run.options | ({"why": True} if why else {})
            return self.start(self.scenario_of(run), [run.strategy], options, run.label, base=run.base)[0]
        made = Run(
            id=new_id(), scenario=run.scenario, strategy=run.strategy, options=run.options, label=run.label,
            study=run.study, base=run.base, **self._by(),
        )  # fmt: skip
        self.may_plan()
        answers = self.folder.run(run.id) / ANSWERS
        if answers.is_dir():
            shutil.copytree(answers, self.folder.run(made.id) / ANSWERS)
        self._put([made])
        return made

    def what_if(self, run: Run, changes: Sequence[dict[str, str]], label: str = "") -> Run:
        """Solve a run's scenario once more with some cells changed, with the same options."""
        if run.study is not None:
            raise RefusedError(409, "A study has no plan to compare with: change cells from a plan's page.")
        scenario = self.derive(self.scenario_of(run), run.strategy, changes)
        return self.start(scenario, [None], run.options, label, base=run.id)[0]

    def repair(self, run: Run, number: int) -> Run:
        """Solve the scenario of a run that had no plan once more, with one of the repairs made (1 is the first)."""
        repairs = self.read(run, work.EXPLAINED)["repairs"]
        if not 1 <= number <= len(repairs):
            raise RefusedError(404, f"There is no repair {number}: {len(repairs)} were found.")
        names = ("table", "key", "field")
        changes = [
            {name: one[name] for name in names} | {"value": one["new"]} for one in repairs[number - 1]["changes"]
        ]
        return self.what_if(run, changes, f"Repair {number}")

    # --- with others -----------------------------------------------------------------------------

    def share(self, scenario: Scenario, users: Sequence[str]) -> None:
        """Have these users, and no others, look at a scenario and all its runs."""
        self._own(scenario)
        known = {user.id for user in self.store.people.users()}
        self.store.share(scenario.id, [user for user in dict.fromkeys(users) if user in known])
        self.note("shared", f"scenario {scenario.id} with {len(users)}")

    def comment(self, run: Run, text: str) -> None:
        """Say something of a run."""
        text = plain_text(text, lines=True)
        if not text:
            raise RefusedError(409, "The comment is empty.")
        self.store.add(Comment(run=run.id, who=self.person.name or "not given", text=text))

    def approve(self, run: Run, note: str) -> None:
        """Sign off a plan; it is kept until that is withdrawn."""
        self.may_plan()
        if not run.has_plan:
            raise RefusedError(409, "Only a run that has a plan can be signed off.")
        if not self.person.name:
            raise RefusedError(409, "Set your name first, top right: it stands beside what you sign off.")
        self.store.set(Run, run.id, approver=self.person.name, approved=time.time(), approval=plain_text(note))
        self.note("signed off", f"run {run.id}")

    def withdraw(self, run: Run) -> None:
        """Take back that a plan is signed off: who signed it off may, its owner, and administrators."""
        if run.approver != self.person.name and not self.may_change(run):
            raise RefusedError(403, "Only who signed it off, or whose it is, can withdraw it.")
        self.store.set(Run, run.id, approver=None, approved=None, approval="")
        self.note("withdrew sign-off", f"run {run.id}")

    # --- files and figures -----------------------------------------------------------------------

    def charts(self, run: Run) -> Path:
        """The charts of a run as a zip file, drawn where they have not been yet."""
        if not run.has_plan:
            raise RefusedError(409, "Only a run that has a plan has charts.")
        path, ends = self.folder.run(run.id) / work.CHARTS, time.monotonic() + _DRAWN_WITHIN
        if not path.is_file():
            self.store.set(Run, run.id, draw=True)
            self.queue.wake()
        while not path.is_file():
            time.sleep(0.1)
            held = self.store.get(Run, run.id)
            if (held is None or not held.draw) and not path.is_file():
                raise RefusedError(409, "The charts could not be drawn. The server's log says why.")
            if time.monotonic() > ends:
                raise RefusedError(409, "The charts are still being drawn: ask for them again in a minute.")
        return path

    def template(self) -> Path:
        """The workbook to fill in, written where it has not been yet."""
        path = self.config.data / f"template {planner.version.__version__}.xlsx"
        if not path.is_file():
            write_template(path)
        return path

    def starter(self) -> Path:
        """Its short form: six sheets in plain words."""
        path = self.config.data / f"starter {planner.version.__version__}.xlsx"
        if not path.is_file():
            write_starter(path)
        return path

    def differences(self, a: Run, b: Run) -> list[Difference]:
        """What the plans of two runs differ in."""
        paths = [str(self.file(run, work.PLAN)) for run in (a, b)]
        return differences(*paths)

    def positions(self) -> dict[str, int]:
        """By waiting run its place in the queue, 1 for the next."""
        return turns.line(self.store.unfinished(), self.store.served(time.time() - 3600)).positions()

    def position(self, run: Run) -> int | None:
        """The place of a waiting run in the queue, 1 for the next; None where it does not wait."""
        return self.positions().get(run.id) if run.state == WAITING else None

    def is_unfinished(self, run: Run) -> bool:
        """Whether a run waits or is being solved."""
        return run.state in UNFINISHED

    def removed_at(self, run: Run) -> float | None:
        """When a run is removed, where that is soon; None else."""
        when = None if run.approved else keeping.removed_at(run.ended, self.config.keep_days)
        return when if when is not None and when - time.time() < keeping.WARNED else None


def _found(kind: type[_Kind], row: _Kind | None) -> _Kind:
    if row is None:
        raise RefusedError(404, f"There is no such {_NAMES[kind]}: it was deleted, or has expired.")
    return row

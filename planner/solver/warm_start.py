"""Programs alike in all but numbers: each begins from what came out of one of them, in the HiGHS that held the last."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from planner.model.tiling import Instance
from planner.solver.halt import Halt
from planner.solver.outcome import BRANCHING, Outcome
from planner.solver.patch import are_alike, mean_the_same
from planner.solver.relaxation import Relaxation
from planner.solver.scaling import Scaling, scale


@dataclass
class WarmStart:
    """`base` is one of the programs and `outcome` what came out of it: the others begin from its basis and its plan.

    HiGHS is kept from one to the next and gets only what has changed. None begins from the one before it, nor by other
    scaling of HiGHS's own than the base's: what comes out does not depend on their order.
    """

    base: Instance
    outcome: Outcome
    _held: Relaxation | None = field(default=None, init=False, repr=False)

    @cached_property
    def scaling(self) -> Scaling:
        """By which all of them are scaled."""
        return scale(self.base)

    @property
    def is_searched(self) -> bool:
        """Whether the base's plan came of branch and bound: its relaxation lies too far off for dives in it."""
        return self.outcome.x is not None and any(step.name == BRANCHING for step in self.outcome.steps)

    def fits(self, instance: Instance) -> bool:
        """Whether a program's rows and columns mean what the warm start's do, which was solved as far as a basis."""
        return self.outcome.basis is not None and mean_the_same(self.base, instance)

    def relaxation(self, instance: Instance, seed: int, halt: Halt, deadline: float | None) -> Relaxation:
        """The relaxation of a program that fits, to be solved from the warm start's basis.

        One whose entries stand at other places is handed over whole, which takes less than making room for them.

        Raises as `Relaxation.solve` does.
        """
        if not are_alike(self.base, instance):
            return self._begun(instance, seed, halt, deadline)
        if self._held is None or self._held.is_rescaled:
            held = self._begun(self.base, seed, halt, deadline)
            held.solve()  # so that HiGHS's own scaling is the base's for all
            self._held = held
        self._held.become(instance, self.outcome.basis, halt, deadline)
        return self._held

    def _begun(self, instance: Instance, seed: int, halt: Halt, deadline: float | None) -> Relaxation:
        relaxation = Relaxation(instance, self.scaling, seed, halt, deadline)
        relaxation.begin_from(self.outcome.basis)
        return relaxation

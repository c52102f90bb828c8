"""The vote at home: what everybody expects of it, and how it ends.

All expect it with the central stance of the scenario; the true stance is drawn for every talk. A government that counts on
a vote can therefore be wrong, and a package that it signed can fail against its will.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negosim.core.ratification import chance_to_pass, expected

if TYPE_CHECKING:
    from negosim.core.lines import Line
    from negosim.core.problem import Problem
    from negosim.sim.model import NegotiationModel

Array = NDArray[np.float64]


class Parliament:
    """Votes on packages that change law; without such votes every package is sure to pass.

    Attributes
    ----------
    expected : float
        Stance that all count with, support of events included.
    """

    def __init__(self, model: NegotiationModel) -> None:
        self._model = model
        spec = model.scenario_spec.document.ratification
        self.spec = spec if model.problem.vote is not None else None
        self._centre = 0.0 if self.spec is None else model.central(self.spec.stance)
        self._true = 0.0 if self.spec is None else model.draw(self.spec.stance, "ratification stance")
        self._days = 0.0 if self.spec is None else model.central(self.spec.days)
        self.expected = self._centre
        self._chances: dict[frozenset[Line], Array] = {}
        self._laws: dict[int, bool] = {}

    def _added(self, *, known: bool) -> float:
        """Return what the events up to the vote on a package signed today add to its support: those known today, or all."""
        today = self._model.day
        events = self._model.timetable.support
        return math.fsum(
            amount for day, since, amount in events if day <= today + self._days and (since <= today or not known)
        )

    def turn_to_day(self) -> bool:
        """Count the events up to a vote on what is signed today; tell whether chances have changed."""
        if self.spec is None:
            return False
        now = self._centre + self._added(known=True)
        changed = now != self.expected
        self.expected = now
        if changed:
            self._chances.clear()
        return changed

    def chances(self, problem: Problem) -> Array:
        """Return the expected chance to pass of every package on a menu that needs the vote, in the order of `voted`."""
        if problem.lines not in self._chances:
            support = problem.support(problem.menu.components[problem.voted])
            self._chances[problem.lines] = chance_to_pass(self.expected + support)
        return self._chances[problem.lines]

    def anticipated(self, problem: Problem, flows: Array, no_deal: float) -> Array:
        """Return what the packages of a menu are worth when a vote may fail; the flows given are used up."""
        if len(problem.voted):
            flows[problem.voted] = expected(flows[problem.voted], self.chances(problem), no_deal)
        return flows

    def chance(self, code: int, components: Array, stance: float | None = None) -> float:
        """Return the chance of one package to pass, as all expect it or at a stance; 1 where it needs no vote."""
        problem = self._model.problem
        if self.spec is None or not self._needed(code):
            return 1.0
        return float(chance_to_pass((self.expected if stance is None else stance) + float(problem.support(components))))

    def _needed(self, code: int) -> bool:
        """Return whether a package needs the vote."""
        if code not in self._laws:
            problem = self._model.problem
            self._laws[code] = len(problem.needing_vote(problem.space.decode(np.array([code])))) > 0
        return self._laws[code]

    def vote(self, code: int, components: Array) -> dict[str, Any] | None:
        """Hold the vote on a signed package and return how it went; None where none is needed."""
        model, problem = self._model, self._model.problem
        if self.spec is None or not self._needed(code):
            return None
        chance = self.chance(code, components, self._true + self._added(known=False))
        date = model.timetable.date(model.day + self._days)
        assert problem.vote is not None
        levels = problem.space.decode(code)
        return {
            "needed_for": [problem.space.names[i] for i, kept in problem.vote.kept if levels[i] != kept],
            "expected_chance": self.chance(code, components),
            "chance": chance,
            "passed": model.streams.uniform("ratification") < chance,
            "date": None if date is None else date.isoformat(),
        }

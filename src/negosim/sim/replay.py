"""A run played again with one value fixed at another number.

Most of the time of a run goes into the efficient packages of its problem. Many values (of behaviour, of dates, of beliefs) leave
the problem as it is; then the one that is known already is used again.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from negosim.core.problem import Problem
from negosim.errors import NegosimError
from negosim.scenario.load import Scenario, load_scenario
from negosim.sim.ended import Ended, Stopped, play

LARGE = 10_000_000
"""Packages of a space above which a problem that is not needed any more is cleared away at once."""


@dataclass(frozen=True)
class Replay:
    """A run by its ingredients; what was worked out from them stays in the process that did."""

    folder: Path
    overrides: tuple[str, ...]
    settings: Mapping[str, Any] = field(hash=False)
    seed: int = 0
    issue: str = ""

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario of the run."""
        return load_scenario(self.folder, self.overrides, self.settings)

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def at(self, name: str, number: float) -> Ended | Stopped:
        """Play the run with one value fixed at a number."""
        try:
            scenario = load_scenario(self.folder, self.overrides, {**self.settings, f"values.{name}": number})
        except NegosimError as error:
            return Stopped(str(error), broken=False)
        if same_talks(scenario.problem, self.scenario.problem):
            vars(scenario)["problem"] = self.scenario.problem  # its efficient packages are known already
            return play(scenario, self.seed, self.issue)
        end = play(scenario, self.seed, self.issue)
        if scenario.problem.space.size > LARGE:
            del scenario
            gc.collect()  # its packages fill hundreds of megabytes
        return end


def same_talks(one: Problem, other: Problem) -> bool:
    """Tell whether two problems give the same talks, so that what was worked out from one serves the other.

    Central weights of the seats do not count: talks go by the weights that a run draws or fixes.
    """
    if list(one.parties) != list(other.parties):
        return False
    parties = {
        name: replace(party, default=other.parties[name].default) if name in one.seats else party
        for name, party in one.parties.items()
    }
    return _same(parties, other.parties) and all(
        _same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one) if f.compare and f.name != "parties"
    )


def _same(one: object, other: object) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, Mapping):
        assert isinstance(other, Mapping)
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        assert isinstance(other, list | tuple)
        return len(one) == len(other) and all(map(_same, one, other))
    if is_dataclass(one):
        return all(_same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one) if f.compare)
    return bool(one == other)

"""Which red lines and public lines stand today, and the packages that they leave."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from negosim.core.lines import Line
from negosim.core.space import Level
from negosim.scenario.home import limits_of

if TYPE_CHECKING:
    from negosim.core.problem import Problem
    from negosim.sim.model import NegotiationModel


class StandingLines:
    """The lines that parties at the table have declared.

    They are public: nobody tables what crosses a red line of anybody, nor accepts it, and everybody counts with what crossing a
    public line costs.

    Attributes
    ----------
    problem : Problem
        With the lines that stand; the talks choose from its packages.
    deadlocked : bool
        The red lines of all parties together leave no package at all.
    log : list of dict
        Every line, with the day it came and the day it went.
    """

    def __init__(self, model: NegotiationModel) -> None:
        self._model = model
        self._standing: dict[tuple[str, str], list[Line]] = {}
        self._packages: dict[int, list[Level]] = {}
        self._forbidden: dict[int, bool] = {}
        self.problem: Problem = model.problem
        self.deadlocked = False
        self.log: list[dict[str, Any]] = []
        self.active = model.scenario_spec.document.mechanisms.lines
        for name in model.problem.seats if self.active else ():
            party = model.scenario_spec.document.parties.get(name)
            for key, commitment in party.commitments.items() if party else ():
                if commitment.from_start:
                    self.declare(
                        name, key, commitment.label, limits_of(model.scenario_spec, name, commitment), "from the start"
                    )

    def declare(
        self, party: str, key: str, label: str, lines: Iterable[Line], why: str, day: float | None = None
    ) -> bool:
        """Let lines of a party stand, in place of those it declared under the same key; tell whether anything changed.

        They stand from a day, today by default. The same line declared twice counts once; different ones add up.
        """
        lines = list(lines)
        if party not in self._model.problem.seats or self._standing.get((party, key), []) == lines:
            return False
        self.release(party, key)
        self._standing[party, key] = lines
        for line in lines:
            entry = {
                "key": key,
                "party": party,
                "label": label,
                "line": line,
                "from_day": max(self._model.day if day is None else day, 0.0),
                "to_day": None,
                "why": why,
            }
            self.log.append(entry)
        self._changed()
        return True

    def release(self, party: str, key: str) -> list[Line]:
        """Let the lines declared under a key go, and return them."""
        gone = self._standing.pop((party, key), [])
        if gone:
            for entry in self.log:
                if entry["party"] == party and entry["key"] == key and entry["to_day"] is None:
                    entry["to_day"] = self._model.day
            self._changed()
        return gone

    def _changed(self) -> None:
        lines = self.all()
        self._forbidden.clear()
        self.deadlocked = not self._model.problem.leaves_packages(lines)
        if not self.deadlocked:
            self.problem = self._model.problem.under(lines)
        self._model.forget()

    def all(self) -> list[Line]:
        """Return every line that stands."""
        return list(dict.fromkeys(line for lines in self._standing.values() for line in lines))

    def without(self, party: str, key: str) -> list[Line]:
        """Return every line that would stand without those declared under a key."""
        others = (lines for name, lines in self._standing.items() if name != (party, key))
        return list(dict.fromkeys(line for lines in others for line in lines))

    def of(self, party: str) -> list[Line]:
        """Return the lines of one party."""
        return [line for line in self.all() if line.party == party]

    def forbids(self, code: int) -> bool:
        """Return whether a package crosses a red line."""
        if code not in self._forbidden:
            self._forbidden[code] = any(line.red and self.crosses(line, code) for line in self.all())
        return self._forbidden[code]

    def crosses(self, line: Line, code: int) -> bool:
        """Return whether a package crosses a line."""
        space = self._model.problem.space
        if code not in self._packages:
            self._packages[code] = list(space.package(code).values())
        level = self._packages[code][line.issue]
        return level > line.level if line.above else level < line.level  # type: ignore[operator]

    def covers(self, party: str, wanted: Line) -> bool:
        """Return whether a line of a party already says what another would: at least as strict, and red if that is."""
        return any(
            line.issue == wanted.issue
            and line.above == wanted.above
            and (line.red or not wanted.red)
            and (line.level <= wanted.level if wanted.above else line.level >= wanted.level)
            for line in self.of(party)
        )

    def dated_events(self, day_before: float) -> None:
        """Let the events since a day declare and release commitments."""
        model = self._model
        for turn in model.timetable.turns if self.active else ():
            if not day_before < turn.day <= model.day or turn.party not in model.problem.seats:
                continue
            commitment = model.scenario_spec.document.parties[turn.party].commitments[turn.commitment]
            if turn.stands:
                lines = limits_of(model.scenario_spec, turn.party, commitment)
                self.declare(turn.party, turn.commitment, commitment.label, lines, f"event {turn.event}", turn.day)
            else:
                self.release(turn.party, turn.commitment)


def as_row(line: Line, issue: str) -> dict[str, Any]:
    """Return a line as columns of a table."""
    return {
        "kind": "red_line" if line.red else "public_line",
        "issue": issue,
        "side": "at_most" if line.above else "at_least",
        "level": line.level,
        "cost": None if math.isinf(line.cost) else line.cost,
    }


def red_or_public(kind: str, cost: float) -> float:
    """Return the cost of a line of a kind: infinite for a red one."""
    return float(np.inf) if kind == "red_line" else cost

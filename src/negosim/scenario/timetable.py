"""Rounds, deadlines and situations: what is in force, and what no deal means, on which day.

Days count from the start of the calendar. A scenario without dates has one round a day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from negosim.core.problem import NO_DEAL
from negosim.scenario import schema

if TYPE_CHECKING:
    from negosim.scenario.load import Scenario

STATUS_QUO = "status_quo"
MOVED = "no_deal once moved"
Levels = dict[str, float | str]


@dataclass(frozen=True)
class Move:
    """A later deadline and the chance that the deadline is moved there."""

    day: float
    probability: float


@dataclass(frozen=True)
class Timetable:
    """The clock of a scenario.

    Attributes
    ----------
    start : date or None
        Day 0; None for a scenario without dates.
    rounds : tuple of float
        Days of all rounds, those after the deadline included.
    deadline, announced, horizon : float
        Days: the deadline, when the parties learn whether it is moved, the end of what counts.
    moves : tuple of Move
        Later deadlines; with the rest of the probability the deadline is carried out.
    in_force, no_deal : tuple of (float, str)
        From which day which reference of the problem is in force, or is what no deal means.
    line_factors : tuple of (float, str, float)
        From which day whose public line costs how many times as much.
    exchanges_per_round : int
    second_phase_start : float
        Share of the way of concession at which the second phase starts.
    """

    start: dt.date | None
    rounds: tuple[float, ...]
    deadline: float
    announced: float
    horizon: float
    moves: tuple[Move, ...]
    in_force: tuple[tuple[float, str], ...]
    no_deal: tuple[tuple[float, str], ...]
    line_factors: tuple[tuple[float, str, float], ...]
    exchanges_per_round: int
    second_phase_start: float

    @classmethod
    def of(cls, scenario: Scenario) -> Timetable:
        """Read the clock of a scenario."""
        document, number = scenario.document, scenario.number
        calendar, deadline = document.calendar, document.deadline
        rounds = _rounds(calendar)
        last = rounds[-1] if deadline is None else day_of(calendar, deadline.date)
        moves: tuple[Move, ...] = ()
        announced = last
        if deadline is not None:
            moves = tuple(Move(day_of(calendar, m.to), number(m.probability)) for m in deadline.moves)
            announced = last if deadline.announced is None else day_of(calendar, deadline.announced)
        events = sorted(document.events.items(), key=lambda item: (item[1].date, item[0]))
        factors = tuple(
            (day_of(calendar, event.date), party, number(factor))
            for _, event in events
            for party, factor in event.line_factor.items()
        )
        known = situations(scenario)
        return cls(
            calendar.start,
            rounds,
            last,
            announced,
            number(calendar.horizon_years) * 365.0 if calendar.start else max(last + 1.0, 365.0),
            moves,
            tuple((day, name) for name, (day, _) in known.items() if name.startswith("in force")) or ((0.0, NO_DEAL),),
            tuple((day, name) for name, (day, _) in known.items() if name.startswith(NO_DEAL) and name != MOVED),
            factors,
            calendar.exchanges_per_round,
            number(deadline.second_phase_start) if deadline else 0.0,
        )

    def date(self, day: float) -> dt.date | None:
        """Return the date of a day, or None without dates."""
        return None if self.start is None else self.start + dt.timedelta(days=day)

    def phase(self, after: float, until: float) -> tuple[float, ...]:
        """Return the days of the rounds after one day and up to another; the last day always is one."""
        days = [day for day in self.rounds if after < day <= until]
        return tuple(days) if days and days[-1] == until else (*days, until)


def day_of(calendar: schema.Calendar, date: dt.date) -> float:
    """Return the day of a date, counted from the start of the calendar."""
    assert calendar.start is not None
    return float((date - calendar.start).days)


def _rounds(calendar: schema.Calendar) -> tuple[float, ...]:
    if isinstance(calendar.rounds, int):
        return tuple(float(k) for k in range(calendar.rounds))
    return tuple(day_of(calendar, date) for date in calendar.rounds)


def situations(scenario: Scenario) -> dict[str, tuple[float, Levels]]:
    """Return every situation that is not a package: its name, the day it starts, and the level of every issue.

    Situations need a status quo and a no-deal level of every issue; without them there is none, and each party's
    ``reserve`` says what no deal is worth.
    """
    document = scenario.document
    if any(issue.status_quo is None or issue.no_deal is None for issue in document.issues.values()):
        return {}

    def levels(given: dict[str, float | str]) -> Levels:
        return {
            name: level if isinstance(document.issues[name].levels[0], str) else scenario.number(level)
            for name, level in given.items()
        }

    status_quo: Levels = {n: i.status_quo for n, i in document.issues.items() if i.status_quo is not None}
    no_deal: Levels = {n: i.no_deal for n, i in document.issues.items() if i.no_deal is not None}
    in_force = {**status_quo, **levels(document.calendar.in_force_at_start)}
    found: dict[str, tuple[float, Levels]] = {
        STATUS_QUO: (0.0, status_quo),
        NO_DEAL: (0.0, no_deal),
        "in force": (0.0, in_force),
    }
    for name, event in sorted(document.events.items(), key=lambda item: (item[1].date, item[0])):
        day = day_of(document.calendar, event.date)
        if event.in_force:
            in_force = {**in_force, **levels(event.in_force)}
            found[f"in force after {name}"] = (day, in_force)
        if event.no_deal:
            no_deal = {**no_deal, **levels(event.no_deal)}
            found[f"{NO_DEAL} after {name}"] = (day, no_deal)
    moved = levels(document.deadline.no_deal) if document.deadline else {}
    found[MOVED] = (0.0, {**no_deal, **moved})
    return found

"""Rounds, deadlines and situations: what is in force, and what no deal means, on which day.

Days count from the start of the calendar. A scenario without dates has one round a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from negosim.core.problem import NO_DEAL
from negosim.scenario import schema

if TYPE_CHECKING:
    from negosim.scenario.load import Scenario

STATUS_QUO = "status_quo"
MOVED = "no_deal once moved"
IN_FORCE = "in force"
Levels = dict[str, float | str]


@dataclass(frozen=True)
class Move:
    """A later deadline and the chance that the deadline is moved there."""

    day: float
    probability: float


@dataclass(frozen=True)
class Change:
    """A situation that starts on a day, and from when the parties count with it.

    Attributes
    ----------
    day, known : float
    reference : str
        Name of the situation among the references of the problem.
    moved : str
        What no deal means instead once the deadline is moved; empty for what is in force.
    """

    day: float
    known: float
    reference: str
    moved: str = ""


@dataclass(frozen=True)
class Turn:
    """An event that declares a commitment of a party, or releases it."""

    day: float
    event: str
    party: str
    commitment: str
    stands: bool


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
    in_force : tuple of Change
        What is in force from which day on, in the order of the days.
    no_deal : tuple of Change
        What no deal means, in the order in which it becomes known; ``day`` and ``known`` are the same.
    line_factors : tuple of (float, str, float)
        From which day whose public line costs how many times as much.
    weight_factors : tuple of (float, str, float)
        From which day which private weight is how many times as large.
    turns : tuple of Turn
        Commitments that events declare and release.
    support : tuple of (float, float, float)
        From which day on, and known from which, votes have how much more support.
    event_days : mapping of str to float
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
    in_force: tuple[Change, ...]
    no_deal: tuple[Change, ...]
    line_factors: tuple[tuple[float, str, float], ...]
    weight_factors: tuple[tuple[float, str, float], ...]
    turns: tuple[Turn, ...]
    support: tuple[tuple[float, float, float], ...]
    event_days: Mapping[str, float]
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
        events = in_order(scenario)
        in_force, no_deal = changes(scenario)
        return cls(
            calendar.start,
            rounds,
            last,
            announced,
            number(calendar.horizon_years) * 365.0 if calendar.start else max(last + 1.0, 365.0),
            moves,
            in_force,
            no_deal,
            tuple((day, party, number(f)) for day, _, event in events for party, f in event.line_factor.items()),
            tuple((day, name, number(f)) for day, _, event in events for name, f in event.weight_factor.items()),
            tuple(
                Turn(day, name, party, key, stands)
                for day, name, event in events
                for stands, given in ((False, event.releases), (True, event.declares))
                for party, keys in given.items()
                for key in keys
            ),
            tuple(
                (day, day if event.announced is None else day_of(calendar, event.announced), number(event.support))
                for day, _, event in events
                if event.support != 0.0
            ),
            {name: day for day, name, _ in events},
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


def changes(scenario: Scenario) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return what is in force from which day on, and what no deal means from which day on.

    Without dates waiting earns nothing and costs nothing: what no deal means counts as in force.
    """
    document, known = scenario.document, situations(scenario)
    no_deal = [Change(0.0, 0.0, NO_DEAL, MOVED)]
    in_force = [Change(0.0, 0.0, IN_FORCE)]
    for day, name, event in in_order(scenario):
        told = min(day, day if event.announced is None else day_of(document.calendar, event.announced))
        if event.in_force:
            in_force.append(Change(day, told, after(IN_FORCE, name)))
        if event.no_deal:
            no_deal.append(Change(told, told, after(NO_DEAL, name), after(MOVED, name)))
    if not known or document.calendar.start is None:
        in_force = [Change(0.0, 0.0, NO_DEAL)]
    return tuple(in_force), tuple(sorted(no_deal, key=lambda change: change.day))


def in_order(scenario: Scenario) -> list[tuple[float, str, schema.Event]]:
    """Return day, name and event by day, and by name on the same day."""
    calendar = scenario.document.calendar
    found = [
        (day_of(calendar, event.date) + scenario.number(event.delay_days), name, event)
        for name, event in scenario.document.events.items()
    ]
    return sorted(found, key=lambda item: item[:2])


def after(situation: str, event: str) -> str:
    """Return the name of a situation once an event has changed it."""
    return f"{situation} after {event}"


def situations(scenario: Scenario) -> dict[str, Levels]:
    """Return every situation that is not a package: its name, and the level of every issue.

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
    moved = levels(document.deadline.no_deal) if document.deadline else {}
    found = {STATUS_QUO: status_quo, NO_DEAL: no_deal, MOVED: {**no_deal, **moved}, IN_FORCE: in_force}
    for _, name, event in in_order(scenario):
        if event.in_force:
            in_force = {**in_force, **levels(event.in_force)}
            found[after(IN_FORCE, name)] = in_force
        if event.no_deal:
            no_deal = {**no_deal, **levels(event.no_deal)}
            found[after(NO_DEAL, name)] = no_deal
            found[after(MOVED, name)] = {**no_deal, **moved}
    return found

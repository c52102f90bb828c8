"""How much of a hurry a negotiator is in, and what that does to its tactic.

Delay costs alone hardly move talks that end near their deadline, because at the deadline they have cancelled. Patience and hurry
therefore also act through the tactic: a hurried party gives way earlier (a larger exponent) and insists on less to the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from negosim.scenario.timetable import day_of

if TYPE_CHECKING:
    from negosim.scenario.politics import Hurry as Spec
    from negosim.sim.model import NegotiationModel


@dataclass
class Hurry:
    """A share of full hurry that moves evenly between two days.

    Attributes
    ----------
    start, end : float
        Hurry up to the first day, and from the second on, 0 to 1.
    since, by : float
        The days.
    exponent, floor : float
        What full hurry multiplies the exponent of the tactic and the share insisted on by.
    calmed : float
        Share of it that payments at home have taken away.
    """

    start: float = 0.0
    end: float = 0.0
    since: float = 0.0
    by: float = 1.0
    exponent: float = 1.0
    floor: float = 1.0
    calmed: float = 0.0

    @classmethod
    def of(cls, model: NegotiationModel, spec: Spec | None) -> Hurry:
        """Read it from a scenario; without one, or switched off, there is none."""
        document, central = model.scenario_spec.document, model.central
        if spec is None or not document.mechanisms.hurry:
            return cls()
        calendar = document.calendar
        since = 0.0 if spec.since is None else day_of(calendar, spec.since)
        by = model.timetable.deadline if spec.by is None else day_of(calendar, spec.by)
        return cls(central(spec.start), central(spec.end), since, by, central(spec.exponent), central(spec.floor))

    def on(self, day: float) -> float:
        """Return the hurry on a day."""
        if self.by <= self.since:
            passed = float(day >= self.by)
        else:
            passed = min(1.0, max(0.0, (day - self.since) / (self.by - self.since)))
        return (self.start + (self.end - self.start) * passed) * (1.0 - self.calmed)

    def exponent_factor(self, day: float) -> float:
        """Return what the exponent of a time-dependent tactic is multiplied by."""
        return 1.0 + (self.exponent - 1.0) * self.on(day)

    def floor_factor(self, day: float) -> float:
        """Return what the share of the gain that is insisted on to the end is multiplied by."""
        return 1.0 + (self.floor - 1.0) * self.on(day)

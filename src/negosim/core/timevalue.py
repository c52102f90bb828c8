r"""Value over time: what waiting is worth.

Flows count from day 0 over a horizon of H years. Until a deal the party receives the flow in force :math:`s(u)`, piecewise
constant, less the cost of delay :math:`c(u)`; from a deal at t on it receives the package's flow W(x); without a deal, from
the deadline T on, the flow n of no deal:

.. math::
    V(x, t) = \int_0^t (s - c)\,du + (H - t) W(x), \qquad
    V(\text{none}) = \int_0^T (s - c)\,du + (H - T) n .

What was received before t cancels. A package is worth at least no deal exactly if its flow reaches the *reserve*

.. math::
    r(t) = n + \frac{1}{H - t} \int_t^T (s - c - n)\,du ,

which is n at the deadline whatever H and c. Days run from day 0; a year has 365.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

DAYS_PER_YEAR = 365.0


@dataclass(frozen=True)
class InForce:
    """Flows while the talks last.

    Attributes
    ----------
    starts : tuple of float
        Days from which each flow holds, ascending; the first is 0.
    flows : tuple of float
        Flow a year, in the party's money.
    known : tuple of float
        Days from which the party counts with each flow; empty if it knows all of them from the beginning.
    """

    starts: tuple[float, ...]
    flows: tuple[float, ...]
    known: tuple[float, ...] = ()

    def as_known(self, day: float) -> InForce:
        """Return what is in force as far as it is known on a day: what is not yet known does not happen."""
        if not self.known or max(self.known) <= day:
            return self
        kept = [k for k, since in enumerate(self.known) if since <= day]
        return InForce(tuple(self.starts[k] for k in kept), tuple(self.flows[k] for k in kept))

    def excess(self, over: float, start: float, end: float) -> float:
        """Return the integral of (flow - over) from one day to another, in money (flow · years)."""
        total = 0.0
        for begins, ends, flow in zip(self.starts, (*self.starts[1:], math.inf), self.flows, strict=True):
            days = min(ends, end) - max(begins, start)
            if days > 0.0:
                total += days * (flow - over)
        return total / DAYS_PER_YEAR


@dataclass(frozen=True)
class DelayCost:
    """Cost of a year without a deal, linear from day 0 to the deadline, constant after.

    Attributes
    ----------
    start, end : float
        Money a year on day 0, and from the deadline on.
    deadline : float
        The day, as first set.
    """

    start: float = 0.0
    end: float = 0.0
    deadline: float = 1.0

    def between(self, start: float, end: float) -> float:
        """Return the cost of the days between, in money."""

        def until(day: float) -> float:
            rising = min(day, self.deadline)
            slope = (self.end - self.start) / self.deadline
            return self.start * rising + slope * rising**2 / 2.0 + self.end * max(0.0, day - self.deadline)

        return (until(end) - until(start)) / DAYS_PER_YEAR


def reserve_flow(
    day: float, deadline: float, horizon: float, in_force: InForce, delay: DelayCost, no_deal: float
) -> float:
    """Return the flow that makes a package as good as no deal on a given day.

    Parameters
    ----------
    day, deadline, horizon : float
        In days from day 0; ``horizon`` lies after ``deadline``.
    in_force : InForce
    delay : DelayCost
    no_deal : float
        Flow of no deal, from the deadline on.

    Returns
    -------
    float
        Money a year.

    Examples
    --------
    >>> steady = InForce((0.0,), (5.0,))
    >>> reserve_flow(0.0, 365.0, 730.0, steady, DelayCost(), no_deal=1.0)
    3.0
    >>> reserve_flow(365.0, 365.0, 730.0, steady, DelayCost(), no_deal=1.0)
    1.0
    """
    waiting = in_force.excess(no_deal, day, deadline) - delay.between(day, deadline)
    return no_deal + waiting / ((horizon - day) / DAYS_PER_YEAR)


@dataclass(frozen=True)
class Outlook:
    """What waiting means to a party with given weights.

    Attributes
    ----------
    situations : mapping of str to float
        The party's flow in every situation, by name.
    in_force : InForce
    delay : DelayCost
    horizon : float
        In days from day 0.
    """

    situations: Mapping[str, float]
    in_force: InForce
    delay: DelayCost
    horizon: float

    def reserve(self, day: float, deadline: float, no_deal: str, hope: float = 0.0, attainable: float = 0.0) -> float:
        """Return the reserve on a day, with a deadline and a situation that no deal means.

        With ``hope`` a share of what is attainable beyond no deal is expected to be won in the end.
        """
        flow = self.situations[no_deal]
        flow += hope * max(0.0, attainable - flow)
        return reserve_flow(day, deadline, self.horizon, self.in_force.as_known(day), self.delay, flow)


def with_line(reserve: float, line: float, strength: float) -> float:
    """Lift a reserve by a public line: stepping a unit below the line costs ``strength`` units.

    The cost never reorders packages, so it is a higher reserve, ``(r + A l) / (1 + A)`` for a line l above it.
    """
    return (reserve + strength * max(line, reserve)) / (1.0 + strength)

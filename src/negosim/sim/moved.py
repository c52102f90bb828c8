"""One value of a scenario moved through its range, and how the run ends then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from negosim.sim.ended import Ended


@dataclass(frozen=True)
class Crossing:
    """Where the ending changes.

    Attributes
    ----------
    side : str
        ``below`` or ``above`` the threshold the talks end differently.
    ending : str
        How they end just beyond it.
    within : tuple of float
        The last number with the ending of the start, and the first beyond.
    """

    side: str
    ending: str
    within: tuple[float, float]

    @property
    def threshold(self) -> float:
        """The middle of the interval."""
        return sum(self.within) / 2.0


@dataclass(frozen=True)
class Moved:
    """One value and what moving it does.

    Attributes
    ----------
    value, unit : str
    range : tuple of float
    start : float
        What this run used.
    drawn : bool
        Whether chance drew it.
    at_start, at_low, at_high : Ended or None
        How the run ends there; None where the scenario does not allow it.
    same_start : bool
        Whether the run with the value fixed at `start` ends as the run itself; it may not for a value that is drawn more than
        once, or of which the parties expect something else than is drawn.
    refused : str
        Why one end could not be tried.
    spread : float or None
        How far apart the levels of the issue lie in the deals among the three runs; steps for levels that are words.
    crossings : tuple of Crossing
    """

    value: str
    unit: str
    range: tuple[float, float]
    start: float
    drawn: bool
    at_start: Ended
    at_low: Ended | None
    at_high: Ended | None
    same_start: bool
    refused: str = ""
    spread: float | None = None
    crossings: tuple[Crossing, ...] = ()

    @property
    def nearest(self) -> float:
        """Distance from the start to the nearest crossing, as a share of the range."""
        width = self.range[1] - self.range[0]
        return min((abs(c.threshold - self.start) / width for c in self.crossings), default=float("inf"))


COLUMNS = [
    "value", "unit", "low", "high", "start", "drawn", "ending_at_start", "ending_at_low", "ending_at_high",
    "flips_below", "ending_below", "flips_above", "ending_above", "level_at_start", "level_at_low", "level_at_high",
    "spread", "same_start", "left_out",
]  # fmt: skip
"""Of flip.csv; what keeps a value from being moved stands in the last."""


def row(m: Moved) -> dict[str, Any]:
    """Return a moved value as a row of flip.csv."""
    found: dict[str, Any] = {"value": m.value, "unit": m.unit, "low": m.range[0], "high": m.range[1], "start": m.start}
    found |= {"drawn": m.drawn, "same_start": m.same_start, "spread": m.spread, "left_out": m.refused}
    for where, end in (("start", m.at_start), ("low", m.at_low), ("high", m.at_high)):
        if end is not None:
            found |= {f"ending_at_{where}": end.ending, f"level_at_{where}": end.level}
    for crossing in m.crossings:
        found |= {f"flips_{crossing.side}": crossing.threshold, f"ending_{crossing.side}": crossing.ending}
    return found

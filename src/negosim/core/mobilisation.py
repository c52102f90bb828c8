"""How interest groups turn a threat into pressure: quiet, lobbying, mobilised.

A member's *threat* runs from 0 to 1. Its level rises by one step as soon as the threat reaches the next threshold, and
falls by one step only after the threat has stayed for some rounds below a share of the threshold at which the level began:
memory, a gap between the thresholds (hysteresis) and a time to dwell keep levels from swinging with every offer.

    threat now    min(1, shortfall from the claim / alarm) · (1 - ripening · (1 - t/T))
    threat        max(threat now, memory · threat before)
    pressure      mean level of a group's members, weighted by what packages can do to each

All forms are assumptions.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

QUIET, LOBBYING, MOBILISED = 0, 1, 2


@dataclass(frozen=True)
class Thresholds:
    """When levels begin and end.

    Attributes
    ----------
    lobbying, mobilised : float
        Threats at which the levels begin.
    down : float
        A level ends below this share of the threat at which it began.
    dwell : int
        After so many rounds in a row, at least 1.
    """

    lobbying: float
    mobilised: float
    down: float = 1.0
    dwell: int = 1


@dataclass(frozen=True)
class Mood:
    """Where a member stands: its level, its remembered threat, and for how many rounds the threat has been low."""

    level: int = QUIET
    threat: float = 0.0
    low: int = 0


def threat_of(shortfall: float, alarm: float, ripening: float, elapsed: float) -> float:
    """Return the threat of one package.

    Parameters
    ----------
    shortfall : float
        What the package falls short of the member's claim, in its money; below 0 where it exceeds it.
    alarm : float
        Shortfall that is a threat of 1.
    ripening : float
        Share of the threat that grows from 0 on the first day to its full size at the deadline.
    elapsed : float
        Share of the time to the deadline that has passed, 0 to 1.

    Examples
    --------
    >>> threat_of(5.0, 10.0, 1.0, 0.5), threat_of(25.0, 10.0, 0.0, 0.5), threat_of(-3.0, 10.0, 0.0, 1.0)
    (0.25, 1.0, 0.0)
    """
    return min(1.0, max(0.0, shortfall) / alarm) * (1.0 - ripening * (1.0 - elapsed))


def remembered(before: float, now: float, memory: float) -> float:
    """Return the threat that counts: the new one, or what is left of the old one if that is more."""
    return max(now, memory * before)


def moved(mood: Mood, threat: float, thresholds: Thresholds) -> Mood:
    """Return the mood of a member after a round in which it felt this threat.

    Examples
    --------
    >>> limits = Thresholds(0.1, 0.25, down=0.6, dwell=2)
    >>> mood = moved(Mood(), 0.9, limits)
    >>> mood.level, moved(mood, 0.9, limits).level
    (1, 2)
    >>> calm = moved(mood, 0.05, limits)
    >>> calm.level, moved(calm, 0.05, limits).level
    (1, 0)
    """
    begins = (0.0, thresholds.lobbying, thresholds.mobilised)
    if mood.level < MOBILISED and threat >= begins[mood.level + 1]:
        return Mood(mood.level + 1, threat)
    if mood.level > QUIET and threat < thresholds.down * begins[mood.level]:
        if mood.low + 1 >= thresholds.dwell:
            return Mood(mood.level - 1, threat)
        return Mood(mood.level, threat, mood.low + 1)
    return Mood(mood.level, threat)


def weight_factor(pressure: float, share: float, boost: float) -> float:
    """Return what a group's pressure multiplies a weight of its government by.

    Parameters
    ----------
    pressure : float
        0 to 2.
    share : float
        Rise for each level.
    boost : float
        What full pressure adds besides, as a factor, while an election is ahead; 0 after it.

    Examples
    --------
    >>> weight_factor(2.0, 0.25, 1.0), weight_factor(2.0, 0.25, 0.0), weight_factor(0.0, 0.25, 1.0)
    (3.0, 1.5, 1.0)
    """
    return (1.0 + share * pressure) * (1.0 + boost * pressure / MOBILISED)


def reversals(levels: list[int]) -> int:
    """Return how often a level turns round again after it first fell: quiet, mobilised, quiet is none.

    Examples
    --------
    >>> reversals([0, 1, 2, 2, 1, 0]), reversals([0, 1, 0, 1]), reversals([0, 1, 0, 1, 0])
    (0, 1, 2)
    """
    turns = 0
    direction = 1
    for before, after in itertools.pairwise(levels):
        if after != before and (after > before) != (direction > 0):
            turns += 1
            direction = -direction
    return max(0, turns - 1)

"""What a group asks of its government: limits on issues that give its members what they claim, or a sum of money that does.

A limit is the loosest level of an issue at which a member gets what it claims while all other issues stay as they are
today. It does not depend on the details of the package under discussion: a public demand is a plain number. The rule is an
assumption; its kin are the lobbies of Grossman & Helpman (1994), "Protection for Sale", AER 84(4),
whose offers also answer what a policy takes from them, but compete all at once and for a whole schedule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negosim.core.problem import Problem


def loosest_limits(
    problem: Problem,
    vector: NDArray[np.float64],
    today: NDArray[np.int64],
    claim: float,
    issues: Sequence[tuple[int, bool]],
) -> list[tuple[int, bool, float]]:
    """Return the limits that a member demands.

    Parameters
    ----------
    problem : Problem
    vector : ndarray, shape (K,)
        The member's flow is ``components @ vector``.
    today : ndarray, shape (m,)
        Number of the level at which each issue stands.
    claim : float
        Flow that the member claims.
    issues : sequence of (int, bool)
        Positions of the issues it turns to, in order, and whether it wants them at most at a level rather than at least.

    Returns
    -------
    list of (int, bool, float)
        Issue, side and level of each limit. A member that has what it claims today guards every issue that could take it
        away. One that falls short today turns to one issue after the other until a level of it is enough, and asks for the
        best level of those that are not.
    """
    asked = (problem.lines, vector.tobytes(), today.tobytes(), claim, tuple(issues))
    if asked not in problem._limits:  # the runs of a scenario ask the same again and again
        problem._limits[asked] = _worked_out(problem, vector, today, claim, issues)
    return list(problem._limits[asked])


def _worked_out(
    problem: Problem,
    vector: NDArray[np.float64],
    today: NDArray[np.int64],
    claim: float,
    issues: Sequence[tuple[int, bool]],
) -> list[tuple[int, bool, float]]:
    found: list[tuple[int, bool, float]] = []
    for issue, at_most in issues:
        grid = np.array(problem.space.issues[issue].levels, dtype=np.float64)
        packages = np.repeat(today[np.newaxis], len(grid), axis=0)
        packages[:, issue] = np.arange(len(grid))
        flows = problem.components(problem.space.encode(packages)) @ vector
        enough = flows >= claim
        if enough.all() or (flows == flows[0]).all():
            continue
        good = enough if enough.any() else flows == flows.max()
        level = grid[good].max() if at_most else grid[good].min()
        found.append((issue, at_most, float(level)))
        if enough.any() and not enough[today[issue]]:
            break
    return found


def least_sum(amounts: Sequence[float], relief: float, shortfall: float) -> float:
    """Return the least sum whose relief covers a shortfall, or the largest there is.

    Examples
    --------
    >>> least_sum((0.0, 100.0, 500.0), 0.1, 30.0), least_sum((0.0, 100.0), 0.1, 30.0)
    (500.0, 100.0)
    """
    return next((amount for amount in amounts if relief * amount >= shortfall), amounts[-1])

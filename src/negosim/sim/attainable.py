"""What a government could reach at the main table under other weights and lines: by this it weighs its answers at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from negosim.core.beliefs import Prior
from negosim.sim.agents import Array

if TYPE_CHECKING:
    from negosim.core.problem import Problem
    from negosim.sim.negotiator import Negotiator


def attainable(government: Negotiator, problem: Problem, factors: Array) -> tuple[float, int | None]:
    """Return the best flow that the others are believed to leave, and the code of its package.

    What a weight adds to a flow counts from the package that is best in it, so that a heavier weight never makes a
    package look better.

    Parameters
    ----------
    government : Negotiator
    problem : Problem
        With the lines that are to stand.
    factors : ndarray, shape (f,)
        What the drawn weights are to be multiplied by.

    Returns
    -------
    float
        Of no deal where the others would take nothing.
    int or None
    """
    talks = government.talks
    if government.known_prospects is None or len(government.estimates) < len(talks.negotiators) - 1:
        government.look()
    weights = government.under(factors)
    ideal = float(talks.problem.highest[government.party.columns][1:] @ weights)
    least = government.least_score()
    standing = problem.lines == talks.current.lines
    if standing and np.array_equal(factors, government.factors):
        best = government.prospects.best(government.no_deal, least)
        found = None if best is None else government.prospects.bid(best)
        if found is not None:
            return found[1] - ideal, found[0]
    no_deal = float(government.party.flows(talks.problem.references[talks.no_deal_today], weights))
    if standing:
        believed = [government.estimates[seat] for seat in sorted(government.estimates)]
    else:
        believed = [government.believed(other, problem) for other in talks.negotiators if other is not government]
    own = Prior(weights).estimate(problem.menu_components[government.name], problem.menu_levels)
    own = talks.parliament.anticipated(problem, own, no_deal)
    np.putmask(own, government.joint(believed) < least, -np.inf)
    row = int(np.argmax(own))
    if own[row] == -np.inf:
        return no_deal - ideal, None
    return max(float(own[row]), no_deal) - ideal, int(problem.menu.codes[row])

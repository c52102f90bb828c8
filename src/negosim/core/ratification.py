"""A vote that packages need which change law, and what the chance to lose it does to their worth.

Support for a package is a number on the scale of log-odds, a sum over blocks of issues like every flow, and the vote passes
with the logistic chance of it. Who signs such a package gets its flow W if it passes and no deal n if not, so it is worth

    π W + (1 - π) n ,        π = 1 / (1 + exp(-S))

which is not a sum over blocks. Packages with and without a vote are therefore kept apart until all blocks are merged, and
packages with a vote are compared by their flows *and* their support: one that is at least as good in both for everybody is
worth at least as much to everybody who prefers it to no deal, whatever the stance of parliament turns out to be.

References
----------
Putnam (1988), "Diplomacy and Domestic Politics: The Logic of Two-Level Games", International Organization 42(3): a deal has
to lie in both win-sets, and who signs may fail at home against his will. Iida (1993), "When and How Do Domestic Constraints
Matter?", Journal of Conflict Resolution 37(3): it does happen when the chance to pass is uncertain. The logistic form is an
assumption.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negosim.core.blocks import round_to
from negosim.core.space import Space

SUPPORT_STEP = 2.0**-30
"""Support is rounded to multiples of this, so that its sums are exact."""
CHANCE_STEP = 2.0**-20
"""Chances are rounded to multiples of this: another processor's last bit of the exponential cannot flip a choice."""
NO_VOTE = 2.0**60
"""Stands for the support of what needs no vote, when compared with what does."""


@dataclass(frozen=True)
class Vote:
    """Which packages need a vote.

    Attributes
    ----------
    kept : tuple of (int, int)
        Position of an issue and number of its level that changes no law; any other level of it needs the vote.
    column : int
        Where the support of packages stands among the components.
    """

    kept: tuple[tuple[int, int], ...]
    column: int

    def needed(self, levels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which packages, given by level numbers of shape (…, m), need the vote, shape (…)."""
        needed = np.zeros(levels.shape[:-1], dtype=bool)
        for issue, level in self.kept:
            needed |= levels[..., issue] != level
        return needed

    def needed_in_block(self, space: Space, issues: tuple[int, ...]) -> NDArray[np.bool_] | None:
        """Return which rows of the block with these issues need the vote, or None if it holds none of the vote's issues."""
        if not any(issue in issues for issue, _ in self.kept):
            return None
        shape = tuple(space.shape[i] for i in issues)
        rows = np.unravel_index(np.arange(int(np.prod(shape))), shape)
        needed = np.zeros(len(rows[0]), dtype=bool)
        for issue, level in self.kept:
            if issue in issues:
                needed |= rows[issues.index(issue)] != level
        return needed


def chance_to_pass(support: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return the chance that a vote with this support passes.

    Parameters
    ----------
    support : array_like, any shape
        Log-odds.

    Examples
    --------
    >>> chance_to_pass(np.array([0.0, 800.0, -800.0]))
    array([0.5, 1. , 0. ])
    """
    odds = np.exp(-np.clip(np.asarray(support, dtype=np.float64), -700.0, 700.0))
    return round_to(1.0 / (1.0 + odds), CHANCE_STEP)


def expected(flows: NDArray[np.float64], chance: NDArray[np.float64] | float, no_deal: float) -> NDArray[np.float64]:
    """Return what packages that may fail at home are worth.

    Parameters
    ----------
    flows : ndarray
        Flow of each package once it is law.
    chance : ndarray of the same shape, or float
        To pass.
    no_deal : float
        Flow of no deal.

    Examples
    --------
    >>> expected(np.array([8.0]), 0.25, 4.0)
    array([5.])
    """
    return no_deal + chance * (flows - no_deal)

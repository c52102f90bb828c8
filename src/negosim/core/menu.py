"""What a party can table: its packages, sorted by what they are worth to it.

Every package ``x`` of the menu has an *own* flow ``W(x)`` and a *score*: the flow the other seat is
believed to get (with several other seats, `joint_score`).  A party asks two questions of its menu:

    bid(a)  = argmax { score(x) : W(x) >= a }        the friendliest package that reaches the aspiration a
    best(s) = max    { W(x) : score(x) >= s }        the best own flow that leaves the other at least s

All packages *at least* as good as ``a`` count, not a band around it: the answer is never empty while ``a``
is within reach, it is efficient under the belief, and no tolerance has to be chosen.

Read from the highest own flow down, the running maximum of the score rises at a few packages only.  This
*staircase* answers both questions by bisection; packages off it are never the answer.  To find it, packages
are cut into thin slices of own flow: only those that score more than everything in better slices can be on
it, and only these few are sorted. A new belief changes the scores and not the slices.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SLICES = 1024
_SLACK = 0.02


class Menu:
    """Packages of one party, ready to be asked for bids.

    Parameters
    ----------
    own
        (N,) own flow of each package.
    score
        (N,) what the other seat is believed to get from it, in any unit.
    codes
        (N,) package codes, strictly ascending; the last resort between equals.

    Attributes
    ----------
    codes
        As given.
    ceiling
        The highest own flow on the menu.

    Raises
    ------
    ValueError
        When the menu is empty, the lengths differ, the codes do not ascend or a flow is not a number.

    Examples
    --------
    >>> menu = Menu(np.array([9.0, 7.0, 7.0, 2.0]), np.array([1.0, 3.0, 4.0, 4.0]), np.arange(4))
    >>> menu.bid(6.5), menu.best(3.5), menu.bid(9.5)
    (2, 7.0, None)
    """

    __slots__ = (
        "_own",
        "_slice",
        "_step_index",
        "_step_owed",
        "_step_score",
        "ceiling",
        "codes",
    )

    def __init__(self, own: NDArray[np.float64], score: NDArray[np.float64], codes: NDArray[np.int64]) -> None:
        if own.ndim != 1 or len(own) == 0 or own.shape != codes.shape:
            raise ValueError(f"own has shape {own.shape} and codes {codes.shape}; both must be (N,) with N >= 1")
        if not np.all(codes[1:] > codes[:-1]):
            raise ValueError("codes must ascend strictly: they decide between equal packages")
        self.codes = codes
        self.ceiling = float(own.max())
        if np.isnan(self.ceiling):
            raise ValueError("own holds a flow that is not a number")
        self._own = own
        # Cut into slices of own flow, few packages need the exact order.
        span = self.ceiling - float(own.min())
        depth = self.ceiling - own
        depth *= (_SLICES - 1) / span if span > 0 else 0.0
        self._slice = depth.astype(np.intp)
        self._climb(score)

    def _climb(self, score: NDArray[np.float64]) -> None:
        """Keep the strict rises of the running maximum of the score, from the highest own flow down."""
        if score.shape != self._own.shape:
            raise ValueError(f"score has shape {score.shape}; the menu has {self._own.shape}")
        if np.isnan(score.max()):
            raise ValueError("score holds a value that is not a number")
        best = np.full(_SLICES + 1, -np.inf)
        np.maximum.at(best[1:], self._slice, score)
        # A rise beats every package of a better slice; the few that do are put in exact order.
        before = np.maximum.accumulate(best)
        rivals = np.flatnonzero(score > before.take(self._slice))
        if score.min() == -np.inf:  # the highest own flow is always a step
            rivals = np.union1d(rivals, np.flatnonzero(self._slice == 0))
        rivals = rivals[np.lexsort((rivals, -self._own.take(rivals)))]
        height = np.maximum.accumulate(score.take(rivals))
        rises = np.concatenate(([True], height[1:] > height[:-1]))
        self._step_score = height[rises]
        self._step_index = rivals[rises]
        self._step_owed = -self._own.take(self._step_index)

    def rescored(self, score: NDArray[np.float64]) -> Menu:
        """Return the same menu under another belief.

        Parameters
        ----------
        score
            (N,) new scores, in the order of the arrays the menu was built from.

        Returns
        -------
        Menu
            Shares the slices; this menu is unchanged.

        Raises
        ------
        ValueError
            When the length differs or a score is not a number.
        """
        menu = object.__new__(Menu)
        menu.codes = self.codes
        menu.ceiling = self.ceiling
        menu._own = self._own
        menu._slice = self._slice
        menu._climb(score)
        return menu

    def own(self, row: int) -> float:
        """Return the own flow of a package by its position."""
        return float(self._own[row])

    def bid(self, aspiration: float) -> int | None:
        """Return the package with the highest score among those worth at least `aspiration`.

        Of equal scores the higher own flow wins, then the lower code.

        Parameters
        ----------
        aspiration
            Own flow asked for.

        Returns
        -------
        int or None
            Position in the arrays the menu was built from; None when nothing is worth that much.
        """
        reached = int(self._step_owed.searchsorted(-aspiration, side="right"))
        return int(self._step_index[reached - 1]) if reached else None

    def best(self, score_floor: float) -> float | None:
        """Return the highest own flow among packages that score at least `score_floor`; None if none does."""
        step = int(self._step_score.searchsorted(score_floor))
        return -float(self._step_owed[step]) if step < len(self._step_owed) else None


class Prospects:
    """All packages of a party, of which menus are made only as far as they are asked for.

    Most packages give one side less than it would ever take. A menu of the few that give both at least what they insist on
    answers nearly every question, and is made anew when someone insists on less.

    Parameters
    ----------
    own, score, codes
        As for `Menu`.

    Attributes
    ----------
    ceiling
        The highest own flow of all.

    Examples
    --------
    >>> prospects = Prospects(np.array([9.0, 7.0, 7.0, 2.0]), np.array([1.0, 3.0, 4.0, 4.0]), np.arange(10, 14))
    >>> prospects.best(5.0, 3.5), prospects.best(8.0, 3.5), prospects.bid(6.5), prospects.bid(8.0), prospects.bid(9.5)
    (7.0, None, (12, 7.0), (10, 9.0), None)
    """

    __slots__ = ("_codes", "_menu", "_own", "_own_from", "_score", "_score_from", "_whole", "ceiling")

    def __init__(self, own: NDArray[np.float64], score: NDArray[np.float64], codes: NDArray[np.int64]) -> None:
        self._own, self._score, self._codes = own, score, codes
        self.ceiling = float(own.max())
        self._menu: Menu | None = None
        self._whole: Menu | None = None
        self._own_from = self._score_from = np.inf

    def rescored(self, score: NDArray[np.float64]) -> Prospects:
        """Return the same packages under another belief."""
        return Prospects(self._own, score, self._codes)

    def best(self, own_floor: float, score_floor: float) -> float | None:
        """Return the highest own flow among packages worth and scoring at least so much; None if there is none."""
        if own_floor < self._own_from or score_floor < self._score_from:
            # A little lower than asked, because floors move from day to day.
            self._own_from = own_floor - _SLACK * abs(self.ceiling - own_floor)
            self._score_from = score_floor - _SLACK * abs(score_floor)
            rows = np.flatnonzero((self._own >= self._own_from) & (self._score >= self._score_from))
            self._menu = Menu(self._own[rows], self._score[rows], self._codes[rows]) if len(rows) else None
        found = None if self._menu is None else self._menu.best(score_floor)
        return None if found is None or found < own_floor else found

    def bid(self, aspiration: float) -> tuple[int, float] | None:
        """Return code and own flow of the package that `Menu.bid` finds among all; None when nothing is worth that much."""
        if self._menu is not None and aspiration >= self._own_from:
            row = self._menu.bid(aspiration)
            if row is not None:
                return int(self._menu.codes[row]), self._menu.own(row)
        if self._whole is None:
            self._whole = Menu(self._own, self._score, self._codes)
        row = self._whole.bid(aspiration)
        return None if row is None else (int(self._codes[row]), self._whole.own(row))


def joint_score(flows: Sequence[NDArray[np.float64]], reserves: Sequence[float]) -> NDArray[np.float64]:
    """Return one score for several other seats: how well the one that fares worst is served.

    A package that every other seat would take scores the smallest of their gains, each as a share of the most that seat could
    gain from packages all of them would take; seats that cannot gain at all drop out. A package that some seat would refuse
    scores below 0: the largest of the shortfalls, as a share of that seat's range.

    Parameters
    ----------
    flows : sequence of ndarray, each shape (N,)
        Believed flow of every package for each other seat.
    reserves : sequence of float
        The believed reserve of each.

    Returns
    -------
    ndarray, shape (N,)

    Examples
    --------
    The second seat can at best keep what it has, so it must not lose but does not stop the first from gaining.

    >>> joint_score([np.array([4.0, 2.0, 4.0]), np.array([0.0, 0.0, -1.0])], [0.0, 0.0])
    array([ 1. ,  0.5, -1. ])
    """
    gains = np.array([own - reserve for own, reserve in zip(flows, reserves, strict=True)])
    taken = np.all(gains >= 0.0, axis=0)
    attainable = np.max(np.where(taken, gains, 0.0), axis=1)
    gaining = attainable > 0.0
    shares = gains[gaining] / attainable[gaining, np.newaxis]
    spread = np.ptp(gains, axis=1)
    shortfall = np.min(gains / np.where(spread > 0.0, spread, 1.0)[:, np.newaxis], axis=0)
    score = np.min(shares, axis=0, initial=np.inf) if gaining.any() else np.zeros(gains.shape[1])
    return np.where(taken, score, shortfall)

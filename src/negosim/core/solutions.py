"""What bargaining theory would pick, and how far a deal is from it.

Symbols. ``x_i`` is the flow that party ``i`` has from a package, ``r_i`` its reserve, ``g_i = x_i - r_i`` its
gain. A package is individually rational when no gain is negative; only such packages can win. ``I_i`` is the
ideal gain, the largest gain of party ``i`` over the individually rational packages.

    nash                the largest product of gains
    kalai_smorodinsky   the largest smallest share ``g_i / I_i``
    egalitarian         the largest smallest gain ``s_i g_i``, ``s_i`` turning money into a common one
    utilitarian         the largest sum of the gains ``s_i g_i``

The packages are finitely many, so winners can tie, and a largest minimum can be shared by packages that
differ in the rest: then the next smallest decides, and so on (the lexicographic maximin, "leximin"). All
winners are undominated. The reserve may lie below what every package gives.

A tie is a tie of real numbers, not of rounded ones: packages within rounding of the best are compared once
more in fractions. So the order of the parties and the unit of their money cannot break or make one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rank = Callable[[list[Fraction]], list[Fraction]]

ROUNDING = 1e-12  # relative; far above what rounding does to a score, as gains are rounded once


def individually_rational(points: Floats, reserve: Floats) -> Ints:
    """Return the packages that leave no party below its reserve.

    Parameters
    ----------
    points : (N, P) array
        Flow of each package to each party, in the party's own money per year.
    reserve : (P,) array
        What each party has without a deal, same units.

    Returns
    -------
    (n,) array
        Indices, ascending.
    """
    return np.flatnonzero((points >= reserve).all(axis=1))


def nash(points: Floats, reserve: Floats) -> Ints | None:
    """Return the packages with the largest product of gains.

    Parameters
    ----------
    points : (N, P) array
        Flow of each package to each party, in the party's own money per year.
    reserve : (P,) array
        What each party has without a deal, same units.

    Returns
    -------
    (n,) array or None
        Indices of all tied winners; None when no package is individually rational.

    Notes
    -----
    Where every product is 0, the packages that let the most parties gain are compared by the product of their
    positive gains, each as a share of its ideal since different parties may gain. Unmoved by the units of any
    party.

    References
    ----------
    Nash, J. (1950), The bargaining problem, Econometrica.

    Examples
    --------
    >>> nash(np.array([[0.9, 0.1], [0.6, 0.4], [0.5, 0.5]]), np.array([0.2, 0.1]))
    array([1])
    """
    rational = individually_rational(points, reserve)
    if not len(rational):
        return None
    gains = points[rational] - reserve
    gaining = np.count_nonzero(gains, axis=1)
    fullest = gaining == gaining.max()
    shares = np.divide(gains, gains.max(axis=0), out=np.ones_like(gains), where=gains > 0)
    ideal = _exact_ideal(points[rational], reserve)

    def rank(gain: list[Fraction]) -> list[Fraction]:
        return [math.prod((g / best for g, best in zip(gain, ideal, strict=True) if g), start=Fraction(1))]

    return _winners(rational[fullest], shares.prod(axis=1)[fullest], rank, points, reserve, None)


def kalai_smorodinsky(points: Floats, reserve: Floats) -> Ints | None:
    """Return the packages that give all parties the most equal share of their ideal gains.

    Parameters
    ----------
    points : (N, P) array
        Flow of each package to each party, in the party's own money per year.
    reserve : (P,) array
        What each party has without a deal, same units.

    Returns
    -------
    (n,) array or None
        Indices of all tied winners; None when no package is individually rational.

    Notes
    -----
    On a finite set no package need lie on the ray to the ideal point; the leximin of the shares is taken. A
    party whose ideal gain is 0 has no share and is left out. Unmoved by the units of any party.

    References
    ----------
    Kalai, E. and Smorodinsky, M. (1975), Other solutions to Nash's bargaining problem, Econometrica.

    Examples
    --------
    >>> kalai_smorodinsky(np.array([[4.0, 0.0], [2.0, 0.5], [1.0, 0.9], [0.0, 1.0]]), np.array([0.0, 0.0]))
    array([1])
    """
    rational = individually_rational(points, reserve)
    if not len(rational):
        return None
    gains = points[rational] - reserve
    hopeful = gains.max(axis=0) > 0
    if not hopeful.any():
        return rational
    lowest = (gains[:, hopeful] / gains[:, hopeful].max(axis=0)).min(axis=1)
    ideal = _exact_ideal(points[rational], reserve)

    def rank(gain: list[Fraction]) -> list[Fraction]:
        return sorted(g / best for g, best in zip(gain, ideal, strict=True) if best)

    return _winners(rational, lowest, rank, points, reserve, None)


def egalitarian(points: Floats, reserve: Floats, scale: Floats | None = None) -> Ints | None:
    """Return the packages whose smallest gain is largest, in a common money.

    Parameters
    ----------
    points : (N, P) array
        Flow of each package to each party, in the party's own money per year.
    reserve : (P,) array
        What each party has without a deal, same units.
    scale : (P,) array, optional
        What one unit of each party's money is in the common one, positive; 1 by default.

    Returns
    -------
    (n,) array or None
        Indices of all tied winners; None when no package is individually rational.

    Notes
    -----
    Ties in the smallest gain are settled by the next smallest. Moves with the scale: it compares parties.

    References
    ----------
    Kalai, E. (1977), Proportional solutions to bargaining situations: interpersonal
    utility comparisons, Econometrica 45(7), 1623-1630.

    Examples
    --------
    >>> egalitarian(np.array([[3.0, 1.0], [2.0, 2.0], [1.0, 4.0]]), np.array([0.0, 0.0]))
    array([1])
    """
    rational = individually_rational(points, reserve)
    if not len(rational):
        return None
    gains = points[rational] - reserve
    lowest = (gains if scale is None else gains * scale).min(axis=1)
    return _winners(rational, lowest, sorted, points, reserve, scale)


def utilitarian(points: Floats, reserve: Floats, scale: Floats | None = None) -> Ints | None:
    """Return the packages with the largest sum of gains, in a common money.

    Parameters
    ----------
    points : (N, P) array
        Flow of each package to each party, in the party's own money per year.
    reserve : (P,) array
        What each party has without a deal, same units.
    scale : (P,) array, optional
        What one unit of each party's money is in the common one, positive; 1 by default.

    Returns
    -------
    (n,) array or None
        Indices of all tied winners; None when no package is individually rational.

    Examples
    --------
    >>> utilitarian(np.array([[3.0, 1.0], [2.0, 2.0], [1.0, 4.0]]), np.array([0.0, 0.0]))
    array([2])
    """
    rational = individually_rational(points, reserve)
    if not len(rational):
        return None
    gains = points[rational] - reserve
    total = (gains if scale is None else gains * scale).sum(axis=1)
    return _winners(rational, total, lambda gain: [sum(gain, Fraction(0))], points, reserve, scale)


def gain_lost(flows: Floats, points: Floats, reserve: Floats) -> float:
    """Return what the parties left on the table, as a share of their ideal gains.

    Parameters
    ----------
    flows : (P,) array
        What the deal gives each party.
    points : (N, P) array
        The efficient packages.
    reserve : (P,) array
        What each party has without a deal.

    Returns
    -------
    float
        Over the efficient packages that are at least as good for every party, the largest average over
        parties of ``(z_i - x_i) / I_i``; 0 exactly when no efficient package beats the deal.

    Notes
    -----
    Where no individually rational package lets a party gain, its range over `points` stands for ``I_i``.

    Examples
    --------
    >>> gain_lost(np.array([1.0, 1.0]), np.array([[4.0, 0.0], [2.0, 1.0], [0.0, 2.0]]), np.array([0.0, 0.0]))
    0.125
    """
    better = points[(points >= flows).all(axis=1)]
    if not len(better):
        return 0.0
    return float(((better - flows) / _yardstick(points, reserve)).mean(axis=1).max())


def distance(flows: Floats, target: Floats, points: Floats, reserve: Floats) -> float:
    """Return the straight distance of a deal from a target, every axis in ideal gains.

    Parameters
    ----------
    flows, target : (P,) array
        What the deal and the target give each party.
    points : (N, P) array
        The efficient packages.
    reserve : (P,) array
        What each party has without a deal: 0 on its axis, where the ideal is 1.

    Returns
    -------
    float
        Euclidean distance, no unit.

    Notes
    -----
    Where no individually rational package lets a party gain, its range over `points` stands for ``I_i``.

    Examples
    --------
    >>> frontier = np.array([[4.0, 0.0], [2.0, 1.0], [0.0, 2.0]])
    >>> distance(frontier[0], frontier[2], frontier, np.array([0.0, 1.0]))
    2.8284271247461903
    """
    return float(np.linalg.norm((flows - target) / _yardstick(points, reserve)))


def _exact_ideal(rational: Floats, reserve: Floats) -> list[Fraction]:
    most = rational.max(axis=0).tolist()
    return [Fraction(x) - Fraction(r) for x, r in zip(most, reserve.tolist(), strict=True)]


def _winners(
    candidates: Ints, score: Floats, rank: Rank, points: Floats, reserve: Floats, scale: Floats | None
) -> Ints:
    """Of the candidates within rounding of the best score, those with the highest exact rank."""
    near = candidates[score >= score.max() * (1 - ROUNDING)]
    units = [Fraction(1)] * len(reserve) if scale is None else [Fraction(s) for s in scale.tolist()]
    floor = [Fraction(r) for r in reserve.tolist()]
    ranks = []
    for point in points[near].tolist():
        gain = [(Fraction(x) - r) * s for x, r, s in zip(point, floor, units, strict=True)]
        ranks.append(rank(gain))
    best = max(ranks)
    winners: Ints = near[np.array([r == best for r in ranks])]
    return winners


def _yardstick(points: Floats, reserve: Floats) -> Floats:
    """Ideal gains, or the range over the points where there is nothing to gain."""
    rational = points[individually_rational(points, reserve)]
    ideal = rational.max(axis=0) - reserve if len(rational) else np.zeros_like(reserve)
    spread = np.ptp(points, axis=0)
    return np.where(ideal > 0, ideal, np.where(spread > 0, spread, 1.0))

r"""Who bears a change of price: households whose costs differ.

Cash cost ``c`` per kilogram is lognormal over households, ``ln c ~ N(mu, s^2)``. A household gives up when
the price ``p`` no longer covers its cost; the share that does is ``1 - Phi((ln p - mu) / s)``, with ``Phi``
the standard normal distribution function. Given the spread ``s``, one observed pair of a price and the share
that gave up at it fixes the median: ``exp(mu) = price * exp(-s z)``, ``Phi(z)`` being those who carried on.

Households are points of the distribution, never draws from it: a figure of ten thousand farms needs no seed.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from negosim.core.kinds import Array, MarketKind, Quantities, by_unit, check_range


def median_cost(*, base_price: float, base_exit_share: float, cost_spread: float) -> float:
    """Solve the cost of the middle household from the share that gave up at a known price.

    Parameters
    ----------
    base_price : float
        The price of the observation [price].
    base_exit_share : float
        Share of households that gave up at it, strictly between 0 and 1.
    cost_spread : float
        Standard deviation of the logarithm of cost, above 0.

    Returns
    -------
    float
        In the unit of the price.

    Raises
    ------
    negosim.core.kinds.OutOfRangeError
        A parameter is outside its range.

    Examples
    --------
    Half give up at a price that is just the median cost:

    >>> median_cost(base_price=200.0, base_exit_share=0.5, cost_spread=0.3)
    200.0
    """
    check_range("base_price", base_price, 0.0, ends="()")
    check_range("base_exit_share", base_exit_share, 0.0, 1.0, ends="()")
    check_range("cost_spread", cost_spread, 0.0, ends="()")
    return base_price * math.exp(cost_spread * NormalDist().inv_cdf(base_exit_share))


def cost_quantiles(n_households: int, *, base_price: float, base_exit_share: float, cost_spread: float) -> Array:
    """Return the costs of ``n_households`` evenly spaced households, cheapest first.

    Parameters
    ----------
    n_households : int
        At least one. Household ``i`` stands at the quantile ``(i + 1/2) / n_households``.
    base_price, base_exit_share, cost_spread : float
        As in `median_cost`.

    Returns
    -------
    ndarray
        (n_households,) costs in the unit of the price.

    Raises
    ------
    negosim.core.kinds.OutOfRangeError
        A parameter is outside its range.

    Examples
    --------
    >>> cost_quantiles(3, base_price=200.0, base_exit_share=0.5, cost_spread=0.3).round().tolist()
    [150.0, 200.0, 267.0]
    """
    check_range("n_households", n_households, 1.0)
    middle = median_cost(base_price=base_price, base_exit_share=base_exit_share, cost_spread=cost_spread)
    standard = NormalDist()
    steps = np.array([standard.inv_cdf((i + 0.5) / n_households) for i in range(n_households)])
    return np.asarray(middle * np.exp(cost_spread * steps), dtype=np.float64)


def cost_distribution(
    price: ArrayLike,
    start_price: ArrayLike,
    *,
    base_price: float,
    base_exit_share: float,
    cost_spread: float,
    households: float,
) -> Quantities:
    """Count the households that a price drives out, beyond those that give up anyway.

    Parameters
    ----------
    price : array_like
        What households are paid under the package [price].
    start_price : array_like
        What they are paid under the status quo; need not be the price of the observation [price].
    base_price, base_exit_share, cost_spread : float
        The observation and the spread, as in `median_cost`.
    households : float
        How many there are.

    Returns
    -------
    dict
        ``uncovered_share``, the share whose cost is above the price; ``exit_share``, the same less its value
        at the start price; ``exits``, that share of the households [households]. A price above the start
        makes the last two negative.

    Raises
    ------
    negosim.core.kinds.OutOfRangeError
        A parameter or a price is outside its range.

    Examples
    --------
    >>> farms = cost_distribution(
    ...     180.0, 255.0, base_price=255.0, base_exit_share=0.05, cost_spread=0.3, households=1000
    ... )
    >>> round(float(farms["uncovered_share"]), 3), round(float(farms["exits"]))
    (0.314, 264)
    """
    check_range("households", households, 0.0)
    middle = median_cost(base_price=base_price, base_exit_share=base_exit_share, cost_spread=cost_spread)
    prices, starts = np.broadcast_arrays(np.asarray(price, dtype=np.float64), np.asarray(start_price, dtype=np.float64))
    check_range("price", prices, 0.0, ends="()")
    check_range("start_price", starts, 0.0, ends="()")
    uncovered = _upper_tail(np.log(prices / middle) / cost_spread)
    added = uncovered - _upper_tail(np.log(starts / middle) / cost_spread)
    return {
        "uncovered_share": uncovered,
        "exit_share": added,
        "exits": np.asarray(households * added),
    }


def _upper_tail(z: Array) -> Array:
    """Return ``1 - Phi(z)`` without losing the far tail to rounding."""
    values, where = np.unique(z, return_inverse=True)
    tail = np.array([0.5 * math.erfc(x / math.sqrt(2.0)) for x in values.tolist()])
    return np.asarray(tail[where].reshape(np.shape(z)), dtype=np.float64)


INCIDENCE: dict[str, MarketKind] = {
    "cost_distribution": MarketKind(
        cost_distribution,
        units=by_unit(share="uncovered_share exit_share", households="exits"),
        takes=by_unit(
            price="price start_price base_price",
            share="base_exit_share",
            index="cost_spread",
            households="households",
        ),
    ),
}

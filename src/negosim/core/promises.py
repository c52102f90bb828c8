"""Flows that follow an issue's level without a market in between: proportional changes, and promises of money."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from negosim.core.kinds import OutOfRangeError, Quantities, as_arrays, check_range


def linear(level: ArrayLike, *, full: float, at_zero: float, at_full: float) -> Quantities:
    """Let a flow grow in proportion from nothing at one level of an issue to its full size at another.

    Parameters
    ----------
    level : array_like
        The issue's level, in its own unit.
    full : float
        The flow at ``at_full`` [money].
    at_zero, at_full : float
        Levels of no flow and of the full flow; they differ, either may be the larger.

    Returns
    -------
    dict
        ``value`` [money]; beyond the two levels the line goes on.

    Raises
    ------
    OutOfRangeError
        The two levels are the same, or a parameter is not finite.

    Examples
    --------
    >>> linear([0.2, 0.1, 0.0], full=8.0, at_zero=0.2, at_full=0.0)["value"].tolist()
    [0.0, 4.0, 8.0]
    """
    for name, number in {"full": full, "at_zero": at_zero, "at_full": at_full}.items():
        check_range(name, number, -math.inf, ends="()")
    if at_zero == at_full:
        raise OutOfRangeError("at_full", at_full, f"any level but at_zero ({at_zero:g})")
    levels = np.asarray(level, dtype=np.float64)
    return as_arrays(value=full * ((levels - at_zero) / (at_full - at_zero)) + 0.0)


def pledge(amount: ArrayLike, *, full: float, additional_share: float = 0.0, years: float = 1.0) -> Quantities:
    """Weigh a promise to buy or to invest: what it adds, and what it costs the one who gives it.

    Parameters
    ----------
    amount : array_like
        What is promised, in the issue's unit of money; once, or per year.
    full : float
        The amount at which a unit weighs, on average, twice what the first does, in the same unit.
    additional_share : float
        Share of the promise that would not have happened anyway [share].
    years : float
        Years over which a promise made once is carried; 1 for a yearly promise.

    Returns
    -------
    dict
        ``additional`` = share * amount and ``burden`` = amount * (1 + amount / full) / years [money].

    Raises
    ------
    OutOfRangeError
        A parameter or an amount is outside its range.

    Examples
    --------
    >>> pledge(8.0, full=16.0, additional_share=0.25)
    {'additional': array(2.), 'burden': array(12.)}
    """
    check_range("full", full, 0.0, ends="(]")
    check_range("additional_share", additional_share, 0.0, 1.0, ends="[]")
    check_range("years", years, 0.0, ends="()")
    amounts = np.asarray(amount, dtype=np.float64)
    check_range("amount", amounts, 0.0)
    return as_arrays(additional=additional_share * amounts, burden=amounts * (1.0 + amounts / full) / years)

"""What a kind of market is, and how it refuses a number.

A *kind of market* is an elementwise function. Its positional parameters are inputs (the level of an issue, or
a quantity of another market), its keyword-only parameters plain numbers; it returns named quantities, an
array each, of the shape of the inputs. A formula holds no numbers of its own: each is a parameter.

Units: ``share`` is a fraction of one, ``money`` the unit of money that the market declares (a billion of some
currency, mostly per year), ``price`` that currency per kilogram, ``level`` whatever unit the issue has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negosim.errors import NegosimError

Array: TypeAlias = NDArray[np.float64]
Quantities: TypeAlias = dict[str, Array]


class OutOfRangeError(NegosimError, ValueError):
    """A parameter of a market lies where its formula means nothing.

    Attributes
    ----------
    parameter : str
        Name of the parameter, so that a loader can say where the number was written.
    """

    def __init__(self, parameter: str, found: float, allowed: str) -> None:
        super().__init__(f"{parameter} is {found:g}; allowed: {allowed}")
        self.parameter = parameter


def check_range(parameter: str, found: ArrayLike, low: float, high: float = math.inf, *, ends: str = "[)") -> None:
    """Refuse a number, or any element of an array, outside an interval.

    Parameters
    ----------
    parameter : str
        The name to report.
    found : array_like
        What was given; "not a number" is never inside.
    low, high : float
        The interval.
    ends : str
        Two brackets: square when the end itself is allowed, round when it is not.

    Raises
    ------
    OutOfRangeError
        Names the parameter, the first offending number and the interval.

    Examples
    --------
    >>> check_range("spread", -0.5, 0.0)
    Traceback (most recent call last):
    negosim.core.kinds.OutOfRangeError: spread is -0.5; allowed: 0 <= spread < inf
    """
    numbers = np.atleast_1d(np.asarray(found, dtype=np.float64))
    above = numbers >= low if ends[0] == "[" else numbers > low
    below = numbers <= high if ends[1] == "]" else numbers < high
    outside = numbers[~(above & below)]
    if outside.size:
        signs = ["<=" if bracket in "[]" else "<" for bracket in ends]
        allowed = f"{low:g} {signs[0]} {parameter} {signs[1]} {high:g}"
        raise OutOfRangeError(parameter, float(outside.flat[0]), allowed)


def as_arrays(**quantities: ArrayLike) -> Quantities:
    """Name quantities, each an array of float64."""
    return {name: np.asarray(quantity, dtype=np.float64) for name, quantity in quantities.items()}


@dataclass(frozen=True)
class MarketKind:
    """A kind of market that a scenario can name.

    Attributes
    ----------
    function : callable
        Inputs by position, numbers by keyword; returns the quantities.
    units : mapping
        Unit of each quantity returned.
    takes : mapping
        Unit of each input and number taken.
    """

    function: Callable[..., Quantities]
    units: Mapping[str, str]
    takes: Mapping[str, str]


def by_unit(**names: str) -> dict[str, str]:
    """Turn ``unit="name name"`` into name -> unit.

    Examples
    --------
    >>> by_unit(money="value revenue", share="volume_change")
    {'value': 'money', 'revenue': 'money', 'volume_change': 'share'}
    """
    return {name: unit for unit, words in names.items() for name in words.split()}

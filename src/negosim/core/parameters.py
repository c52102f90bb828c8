"""What can be tuned in a tactic or a belief, and the values it may have.

A tunable function takes its numbers as keyword-only parameters with defaults.  `parameters` reads their types
and defaults from the signature, `LIMITS` holds the values each may have, and a name means the same limits
wherever it occurs.  The functions check their own numbers with `check_limits`; what a scenario says is
checked with `check_parameters`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_type_hints

from negosim.errors import NegosimError, nearest


class TacticError(NegosimError):
    """A tactic, a belief or one of its parameters that does not exist or cannot have that value."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The values a parameter may have: `low` to `high`, the ends included or not."""

    low: float
    high: float
    closed: bool = True

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high if self.closed else self.low < value < self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}" + ("" if self.closed else ", both excluded")


LIMITS: Mapping[str, Interval] = MappingProxyType(
    {
        "beta": Interval(0.0, math.inf, closed=False),
        "share": Interval(0.0, 1.0),
        "seed_concession": Interval(0.0, 1.0),
        "boulware_floor_beta": Interval(0.0, math.inf, closed=False),
        "alpha": Interval(0.0, 1.0),
        "after": Interval(0.0, 1.0),
        "nu": Interval(0.0, 1.0),
        "hypotheses": Interval(1, 1000),
        "sigma": Interval(0.0, math.inf, closed=False),
        "learning": Interval(0.0, 1.0),
    }
)


def check_limits(parameter: str, value: float) -> None:
    """Refuse a value outside the limits of a parameter.

    Raises
    ------
    ValueError
        Names the parameter, the value and what is allowed.

    Examples
    --------
    >>> check_limits("share", 1.5)
    Traceback (most recent call last):
    ValueError: share is 1.5; allowed is 0 to 1
    """
    if value not in LIMITS[parameter]:
        raise ValueError(f"{parameter} is {value}; allowed is {LIMITS[parameter]}")


def parameters(function: Callable[..., Any]) -> dict[str, tuple[type, Any]]:
    """Return type and default of each parameter of a tactic or belief, from its signature.

    Examples
    --------
    >>> from negosim.core.tactics import tit_for_tat
    >>> parameters(tit_for_tat)
    {'seed_concession': (<class 'float'>, 0.03), 'boulware_floor_beta': (<class 'float'>, 0.1)}
    """
    hints = get_type_hints(function)
    return {
        name: (hints[name], parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def check_parameters(
    table: Mapping[str, Callable[..., Any]], name: str, given: Mapping[str, object]
) -> dict[str, float]:
    """Check what a scenario says about one tactic or belief and fill in the defaults.

    Parameters
    ----------
    table
        `BIDDING`, `ACCEPTANCE`, `BELIEFS` or another table of functions with keyword-only parameters.
    name
        Name in that table.
    given
        Parameter values by name.

    Returns
    -------
    dict
        Every parameter of the function with its value.

    Raises
    ------
    TacticError
        For an unknown name or parameter, a value of the wrong type or one out of range.

    Examples
    --------
    >>> from negosim.core.tactics import BIDDING
    >>> check_parameters(BIDDING, "tit_for_tat", {"seed_concession": 0})
    {'seed_concession': 0.0, 'boulware_floor_beta': 0.1}
    """
    if name not in table:
        raise TacticError(f"there is no {name!r}; allowed: {', '.join(table)}{nearest(name, table)}")
    known = parameters(table[name])
    checked: dict[str, float] = {parameter: default for parameter, (_, default) in known.items()}
    for parameter, value in given.items():
        if parameter not in known:
            allowed = ", ".join(known) or "none"
            raise TacticError(f"{name} has no parameter {parameter!r}; allowed: {allowed}{nearest(parameter, known)}")
        wanted = known[parameter][0]
        if isinstance(value, bool) or not isinstance(value, int | float) or (wanted is int and value % 1):
            raise TacticError(f"{name}.{parameter} is {value!r}; it must be of type {wanted.__name__}")
        if value not in LIMITS[parameter]:
            raise TacticError(f"{name}.{parameter} is {value}; allowed is {LIMITS[parameter]}")
        checked[parameter] = wanted(value)
    return checked

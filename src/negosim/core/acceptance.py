"""When a party says yes to the package that stands.

An acceptance tactic looks at the flow ``x`` of the standing package, at the flow ``y`` of the party's own
next bid and at its aspiration ``a``, and never accepts below the reserve ``r*``; ``b`` is the best attainable
flow.  All are flows in the party's own money; the situation is a `View`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from negosim.core.parameters import check_limits
from negosim.core.tactics import View


def ac_next(view: View, offer: float, bid: float | None, aspiration: float) -> bool:
    """Accept what is worth at least the own next bid or the aspiration, whichever is less: ``x >= min(y, a)``.

    Parameters
    ----------
    view
        The party's situation.
    offer
        Own flow of the standing package.
    bid
        Own flow of the package it would table instead, at least the aspiration; None when it has none.
    aspiration
        Its aspiration at this turn.

    Returns
    -------
    bool
        Whether it accepts; never below the reserve.

    Notes
    -----
    `ac_next`, `ac_const`, `ac_time` and `ac_combi` follow the conditions of the same names in Baarslag,
    Hindriks & Jonker (Decision Support Systems 60, 2014), with a departure in `ac_next`: theirs compares with
    the next bid.  The packages are few, so that the bid can be worth clearly more than was aspired to; what
    reaches the aspiration is accepted also in the gap below the bid.  A bid is never worth less than the
    aspiration, so that the aspiration decides.

    Examples
    --------
    >>> view = View(
    ...     tau=0.5, reserve=0.0, floor=20.0, best=100.0, ceiling=100.0, history=(), n_turns=10, turns_left=5,
    ...     last_aspiration=None,
    ... )
    >>> ac_next(view, 62.0, 65.0, 60.0), ac_next(view, 59.0, 65.0, 60.0)
    (True, False)
    """
    return offer >= view.reserve and offer >= (aspiration if bid is None else min(bid, aspiration))


def ac_const(view: View, offer: float, bid: float | None, aspiration: float, *, alpha: float = 0.3) -> bool:
    """Accept a fixed share of the attainable gain: ``x >= r* + alpha (b - r*)``.

    Parameters
    ----------
    alpha
        Share of the attainable gain, 0 to 1.

    Notes
    -----
    The floor does not bind, and deals at the first offer are possible.
    """
    check_limits("alpha", alpha)
    return offer >= view.reserve + alpha * (view.best - view.reserve)


def ac_time(view: View, offer: float, bid: float | None, aspiration: float, *, after: float = 0.95) -> bool:
    """Accept as `ac_next`, and from ``tau >= after`` on anything at or above the reserve.

    Parameters
    ----------
    after
        The tau from which it takes what it can get, 0 to 1.

    Notes
    -----
    From then on the floor binds its bids only.
    """
    check_limits("after", after)
    return ac_next(view, offer, bid, aspiration) or (view.tau >= after and offer >= view.reserve)


def ac_combi(view: View, offer: float, bid: float | None, aspiration: float, *, after: float = 0.9) -> bool:
    """Accept as `ac_next`, and from ``tau >= after`` on the best of as many past offers as turns remain.

    The past offers include the standing one, so at the last turn anything at or above the reserve is
    accepted.

    Parameters
    ----------
    after
        The tau from which it compares with past offers, 0 to 1.

    Notes
    -----
    From then on the floor binds its bids only.
    """
    check_limits("after", after)
    if ac_next(view, offer, bid, aspiration):
        return True
    if view.tau < after or offer < view.reserve:
        return False
    return offer >= max(view.received[-max(view.turns_left, 1) :], default=-math.inf)


ACCEPTANCE: Mapping[str, Callable[..., bool]] = MappingProxyType(
    {"ac_next": ac_next, "ac_const": ac_const, "ac_time": ac_time, "ac_combi": ac_combi}
)

r"""What a duty-free quota and a duty above it do to a price and to those who live by it.

Symbols
-------
``w`` is the world price at the border, ``d`` the specific duty on whatever comes in above the quota, ``m``
(at least 1) what buyers pay for the home good relative to an equal imported one, and ``p0`` the home price
without imports above the quota. The home price is

    p(d) = min(p0, m (w + d))

and the part of the duty above ``p0 / m - w`` is water. At a price below ``p0`` imports above the quota fill
the gap ``D (p/p0)^(-e) - (D - q) (p/p0)^eps - q`` between use and home supply, ``D`` being use at ``p0``,
``q`` the quota on the same shelf, ``e`` and ``eps`` the elasticities of use and of home supply.

Units are those of `kinds`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from negosim.core.kinds import Array, Quantities, as_arrays, check_range

BILLION_PER_KT_TIMES_PRICE = 1e-3  # a kilotonne is a million kilograms, and money is counted in billions


def rate_quota(
    duty: ArrayLike,
    *,
    base_duty: float,
    world_price: float,
    home_premium: float,
    closed_price: float,
    milling_yield: float,
    home_output: float,
    home_demand: float,
    market_quota: float,
    demand_elasticity: float,
    supply_elasticity: float,
    partner_share: float,
    partner_capacity: float,
    border_weight: float = 1.0,
) -> Quantities:
    """Price a good with a duty-free quota and a specific duty on whatever comes in above it.

    The home price is the lower of the price without over-quota imports and the ceiling at which they begin to
    pay, ``home_premium * (world_price + duty)``. What a duty exceeds ``closed_price / home_premium -
    world_price`` by is water: giving it up changes nothing.

    Parameters
    ----------
    duty : array_like
        On a kilogram imported above the quota, at most the base duty [price].
    base_duty : float
        The duty before [price].
    world_price : float
        Of the processed good at the border, freight included [price].
    home_premium : float
        What buyers pay for the home good relative to an equal imported one; 1 = the same.
    closed_price : float
        Processed home price without imports above the quota, given stocks and harvest [price].
    milling_yield : float
        Processed kilograms from a kilogram as grown: the farm price per processed price [kg_per_kg].
    home_output, home_demand : float
        A year's harvest; a year's use at the closed price, both as grown [kt_per_year].
    market_quota : float
        The part of the quota that reaches the same shelf [kt_per_year].
    demand_elasticity, supply_elasticity : float
        Of use and of home supply around the closed price; supply between 0 and 1.
    partner_share, partner_capacity : float
        The partner's share of over-quota imports [share]; the most it can ship [kt_per_year].
    border_weight : float
        Kilograms that pay the world price and the duty, to a kilogram as grown; 1 takes no account of
        processing, the milling yield charges the processed weight [kg_per_kg].

    Returns
    -------
    dict
        ``consumer_price`` (processed), ``farm_price``, ``start_farm_price`` (at the base duty) and
        ``idle_duty`` (the water) [price]; ``over_quota_imports`` [kt_per_year]; ``partner_exports``,
        ``partner_exports_change``, ``farm_income_change``, ``buyer_surplus_change``, ``duty_revenue``,
        ``duty_revenue_change`` and ``quota_rent`` (mark-up on a full quota) [money].

    Raises
    ------
    OutOfRangeError
        A parameter or a duty is outside its range.

    Notes
    -----
    Only the marginal rate moves prices, as in Hallren and Riker, USITC working paper 2018-02-B; which origin
    fills the quota moves none. Income and surplus are areas beside straight lines that have the elasticities
    at the start price; halving the price at a supply elasticity of 0.25 costs farms one per cent more than
    beside the constant-elasticity curve. Above a supply elasticity of one, or with a duty above the base, a
    straight line could cross its axis and turn a loss into a gain: both are refused.

    Examples
    --------
    >>> grain = rate_quota(
    ...     [300.0, 100.0], base_duty=300, world_price=100, home_premium=1.0, closed_price=250,
    ...     milling_yield=0.9, home_output=1000, home_demand=1000, market_quota=0, demand_elasticity=0.2,
    ...     supply_elasticity=0.25, partner_share=0.5, partner_capacity=400
    ... )
    >>> grain["consumer_price"].tolist(), grain["idle_duty"].tolist()
    ([250.0, 200.0], [150.0, 0.0])
    """
    duties = np.asarray(duty, dtype=np.float64)
    check_range("base_duty", base_duty, 0.0)
    check_range("duty", duties, 0.0, base_duty, ends="[]")
    check_range("world_price", world_price, 0.0, ends="()")
    check_range("closed_price", closed_price, 0.0, ends="()")
    check_range("home_premium", home_premium, 1.0)
    check_range("milling_yield", milling_yield, 0.0, 1.0, ends="(]")
    check_range("border_weight", border_weight, 0.0, 1.0, ends="(]")
    check_range("home_output", home_output, 0.0)
    check_range("home_demand", home_demand, 0.0)
    check_range("market_quota", market_quota, 0.0, home_demand, ends="[]")
    check_range("demand_elasticity", demand_elasticity, 0.0)
    check_range("supply_elasticity", supply_elasticity, 0.0, 1.0, ends="[]")
    check_range("partner_share", partner_share, 0.0, 1.0, ends="[]")
    check_range("partner_capacity", partner_capacity, 0.0, ends="[]")

    def price(at: Array) -> Array:
        return np.minimum(closed_price, home_premium * (world_price + at))

    def imports(at: Array) -> Array:
        relative = price(at) / closed_price
        use = home_demand * relative**-demand_elasticity
        supply = (home_demand - market_quota) * relative**supply_elasticity
        # At the closed price the market clears by construction; rounding must not invent a tonne.
        return np.where(relative < 1.0, np.maximum(0.0, use - supply - market_quota), 0.0)

    def partner_exports(at: Array) -> Array:
        shipped = np.minimum(partner_share * imports(at), partner_capacity)
        return shipped * border_weight * world_price * BILLION_PER_KT_TIMES_PRICE

    def revenue(at: Array) -> Array:
        return at * imports(at) * border_weight * BILLION_PER_KT_TIMES_PRICE

    start = np.asarray(base_duty, dtype=np.float64)
    start_farm_price = milling_yield * price(start)
    farm_price = milling_yield * price(duties)
    fall = start_farm_price - farm_price
    relative_fall = fall / start_farm_price
    farms = fall * home_output * (1.0 - 0.5 * supply_elasticity * relative_fall)
    buyers = fall * home_demand * (1.0 + 0.5 * demand_elasticity * relative_fall)
    mark_up = np.maximum(0.0, price(duties) / home_premium - world_price)
    return as_arrays(
        consumer_price=price(duties),
        farm_price=farm_price,
        start_farm_price=np.broadcast_to(start_farm_price, duties.shape),
        idle_duty=np.maximum(0.0, duties - max(0.0, closed_price / home_premium - world_price)),
        over_quota_imports=imports(duties),
        partner_exports=partner_exports(duties),
        partner_exports_change=partner_exports(duties) - partner_exports(start),
        farm_income_change=-BILLION_PER_KT_TIMES_PRICE * farms + 0.0,
        buyer_surplus_change=BILLION_PER_KT_TIMES_PRICE * buyers,
        duty_revenue=revenue(duties),
        duty_revenue_change=revenue(duties) - revenue(start),
        quota_rent=mark_up * market_quota * border_weight * BILLION_PER_KT_TIMES_PRICE,
    )

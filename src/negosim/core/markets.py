r"""What a negotiated tariff, quota or pledge does to trade, prices and incomes.

`MARKETS` lists the kinds of market of this module and of `quota` and `promises`. What a kind is, and the units of what
it takes and returns, are told in `kinds`.

Symbols
-------
``t0`` and ``t1`` are the duty rates before and now, as fractions, ``T = (1 + t1) / (1 + t0)``; ``V0`` is the
base value at the exporter's price, duty excluded; ``e`` is the buyers' elasticity of demand for this origin
and ``eps`` the exporters' elasticity of supply, both constant and positive. With the absorbed share
``k = e / (e + eps)`` the market clears at

    exporter's price  T^(-k)          buyers' price     T^(1 - k)
    volume            T^(-k eps)      value, no duty    T^(-k (1 + eps))

Surplus changes are the exact areas beside these curves; a large importer gains most at the rate ``1 / eps``.
``e = 0``, ``e = 1``, ``eps = 0`` and ``eps = inf`` are taken as exact limits. A rate enters through ``ln T``
alone, so that an unchanged rate changes every quantity by exactly nothing.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from negosim.core.kinds import (
    Array,
    MarketKind,
    OutOfRangeError,
    Quantities,
    as_arrays,
    by_unit,
    check_range,
)
from negosim.core.promises import linear, pledge
from negosim.core.quota import rate_quota


def own_elasticity(substitution: float, industry_demand: float, expenditure_share: float) -> float:
    """Return the elasticity of demand for one origin among substitutes, its share of spending given.

    Parameters
    ----------
    substitution : float
        Elasticity of substitution between origins.
    industry_demand : float
        Elasticity of demand for all origins together, as a positive number.
    expenditure_share : float
        The origin's share of spending, a fraction.

    Returns
    -------
    float
        The elasticity, positive. Another origin's price moves this demand by
        ``(substitution - industry_demand) * (its expenditure share)``.

    Notes
    -----
    Textbook result for goods that differ by origin: Armington (1969), IMF Staff Papers 16(1), 159-178.

    Examples
    --------
    >>> round(own_elasticity(2.8, 0.8, 0.186), 3)
    2.428
    """
    return substitution * (1.0 - expenditure_share) + industry_demand * expenditure_share


HIGHEST_RATE = 10.0
"""Highest duty rate that is taken for one: beyond ten times the value it is a percentage given as a share."""


def tariff(
    tariff: ArrayLike,
    *,
    base_value: float,
    base_tariff: float,
    ordinary_tariff: float = 0.0,
    demand_elasticity: float,
    supply_elasticity: float,
) -> Quantities:
    """Clear the market for one origin under a duty rate, in closed form.

    Parameters
    ----------
    tariff : array_like
        The negotiated rate, a fraction.
    base_value : float
        Yearly value before any change, duty excluded [money].
    base_tariff : float
        The whole rate that applied to the base value, ordinary duty included [share].
    ordinary_tariff : float
        Duty that is paid on top of the negotiated rate [share]; 0 when that rate is the whole one.
    demand_elasticity : float
        Buyers' elasticity for this origin; 0 = they buy the same whatever the price.
    supply_elasticity : float
        Exporters' elasticity; ``inf`` = their price is given elsewhere. Not 0 together with the other.

    Returns
    -------
    dict
        ``value`` and ``value_change`` [money]; ``volume_change``, ``exporter_price_change`` and
        ``buyer_price_change`` (duty included) as shares of the base; ``exporter_surplus_change``,
        ``buyer_surplus_change``, ``revenue`` and ``revenue_change`` [money].

    Raises
    ------
    OutOfRangeError
        A parameter, or the whole rate, is outside its range.

    Notes
    -----
    No rival origin and no home producer. At the rate ``1 / supply_elasticity``, the textbook optimal tariff,
    the buyers' loss at the margin equals the gain in revenue.

    Examples
    --------
    A duty of 25 % where the price abroad is given:

    >>> metal = tariff(
    ...     0.25, base_value=100, base_tariff=0, demand_elasticity=1.23, supply_elasticity=float("inf")
    ... )
    >>> round(float(metal["volume_change"]), 3), float(metal["exporter_surplus_change"])
    (-0.24, 0.0)
    """
    check_range("base_value", base_value, 0.0)
    check_range("base_tariff", base_tariff, -1.0, HIGHEST_RATE, ends="(]")
    check_range("ordinary_tariff", ordinary_tariff, 0.0)
    check_range("demand_elasticity", demand_elasticity, 0.0)
    check_range("supply_elasticity", supply_elasticity, 0.0, ends="[]")
    if demand_elasticity == 0.0 and supply_elasticity == 0.0:
        raise OutOfRangeError("supply_elasticity", 0.0, "above 0 while demand_elasticity is 0 (no price would clear)")
    rate = np.asarray(tariff, dtype=np.float64) + ordinary_tariff
    check_range("tariff", rate, -1.0, HIGHEST_RATE, ends="(]")

    e, eps = demand_elasticity, supply_elasticity
    absorbed = 0.0 if math.isinf(eps) else e / (e + eps)
    volume_exponent = e if math.isinf(eps) else absorbed * eps
    log_rise = np.log1p(rate) - np.log1p(base_tariff)
    log_buyer_price = (1.0 - absorbed) * log_rise
    spending = base_value * (1.0 + base_tariff)
    value_change = base_value * np.expm1(-(absorbed + volume_exponent) * log_rise)
    revenue = rate * (base_value + value_change)
    return as_arrays(
        value=base_value + value_change,
        value_change=value_change,
        volume_change=np.expm1(-volume_exponent * log_rise),
        exporter_price_change=np.expm1(-absorbed * log_rise),
        buyer_price_change=np.expm1(log_buyer_price),
        # The exporter's price to the power 1 + eps is the value, so the area needs no other power.
        exporter_surplus_change=value_change / (1.0 + eps) + 0.0,
        buyer_surplus_change=-spending * _growth(log_buyer_price, 1.0 - e),
        revenue=revenue,
        revenue_change=revenue - base_tariff * base_value,
    )


def import_response(tariff: ArrayLike, *, base_value: float, base_tariff: float, elasticity: float) -> Quantities:
    """Let imports follow their own duty-paid price, the price abroad being given.

    The `tariff` kind with an infinite supply elasticity, for a flow of which only the value matters.

    Parameters
    ----------
    tariff : array_like
        The whole rate, a fraction.
    base_value : float
        Yearly value before any change, duty excluded [money].
    base_tariff : float
        The rate that applied to it [share].
    elasticity : float
        Of import demand, positive.

    Returns
    -------
    dict
        ``value`` and ``value_change`` [money].

    Raises
    ------
    OutOfRangeError
        A parameter or the rate is outside its range.

    Examples
    --------
    >>> float(import_response(0.0, base_value=2.0, base_tariff=0.25, elasticity=2.0)["value_change"])
    1.125
    """
    check_range("base_value", base_value, 0.0)
    check_range("base_tariff", base_tariff, -1.0, HIGHEST_RATE, ends="(]")
    check_range("elasticity", elasticity, 0.0)
    rate = np.asarray(tariff, dtype=np.float64)
    check_range("tariff", rate, -1.0, HIGHEST_RATE, ends="(]")
    change = base_value * (((1.0 + base_tariff) / (1.0 + rate)) ** elasticity - 1.0)
    return as_arrays(value=base_value + change, value_change=change)


def competing_import(
    tariff: ArrayLike,
    *,
    base_tariff: float,
    home_output: float,
    base_imports: float,
    import_share: float,
    substitution_elasticity: float,
    demand_elasticity: float,
    supply_elasticity: float,
) -> Quantities:
    """Set home producers against imports of all origins when the import duty changes.

    Parties: buyers, who spend the share ``s`` on imports; home producers; the treasury. The price abroad is
    given, so that the cut ``c = ln((1 + t0) / (1 + t1))`` is what imports become cheaper by, in logarithms.
    How prices and quantities follow from it is derived in the notes.

    Parameters
    ----------
    tariff : array_like
        The import duty, a fraction.
    base_tariff : float
        The duty before [share].
    home_output, base_imports : float
        Yearly values before any change, imports without duty [money].
    import_share : float
        Share of imports in spending; between 0 and 1.
    substitution_elasticity, demand_elasticity : float
        Between home and imported goods; of both together. The first is at least the second.
    supply_elasticity : float
        Of home producers; ``inf`` = their price is given.

    Returns
    -------
    dict
        ``output_change`` and ``output_price_change`` as shares; ``producer_surplus_change``,
        ``import_change`` (without duty) and ``buyer_and_treasury_change`` [money].

    Raises
    ------
    OutOfRangeError
        A parameter or the rate is outside its range.

    Notes
    -----
    Write ``a = sigma - eta``, ``e_m`` and ``e_h`` for the own elasticities of imports and of home goods
    (`own_elasticity` at the shares ``s`` and ``1 - s``), and ``ln p`` for the change of the home price. The
    two demands and the home supply, all in logarithms, are

        imports  ln M = e_m c + a (1 - s) ln p
        home     ln H = -e_h ln p - a s c
        supply   ln H = eps ln p

    The last two clear at ``ln p = -a s c / (eps + e_h)``. Put into the first, the cheaper home good takes
    back part of what imports win; what remains is again a constant elasticity ``k``:

        ln M = k c,    k = e_m - a^2 s (1 - s) / (eps + e_h)

    It is above 0, and reaches ``e_m`` where the home price is given (``eps = inf``). Taking ``e_m`` at every
    ``eps`` would let the home price fall for producers and not for those who choose between home goods and
    imports.

    Along the way buyers gain ``-H dp - M dt``, producers ``H dp`` and the treasury ``M dt + t dM``; the sum
    is ``t dM``. So buyers and treasury together gain what producers lose, a transfer, and the duty summed
    over the added imports. With ``1 + t = (1 + t0) exp(-c)`` and ``M0`` the base imports that is

        M0 k ((1 + t0) (exp((k - 1) c) - 1) / (k - 1) - (exp(k c) - 1) / k)

    Both this and the producers' loss are exact areas.

    Examples
    --------
    >>> herds = competing_import(
    ...     0.0, base_tariff=0.25, home_output=100, base_imports=50, import_share=0.5,
    ...     substitution_elasticity=3.0, demand_elasticity=1.0, supply_elasticity=2.0
    ... )
    >>> round(float(herds["output_change"]), 3), round(float(herds["import_change"]), 2)
    (-0.106, 23.89)
    """
    check_range("base_tariff", base_tariff, -1.0, HIGHEST_RATE, ends="(]")
    check_range("home_output", home_output, 0.0)
    check_range("base_imports", base_imports, 0.0)
    check_range("import_share", import_share, 0.0, 1.0, ends="[]")
    check_range("demand_elasticity", demand_elasticity, 0.0, ends="()")
    check_range("substitution_elasticity", substitution_elasticity, demand_elasticity)
    check_range("supply_elasticity", supply_elasticity, 0.0, ends="[]")
    rate = np.asarray(tariff, dtype=np.float64)
    check_range("tariff", rate, -1.0, HIGHEST_RATE, ends="(]")

    sigma, eta, eps = substitution_elasticity, demand_elasticity, supply_elasticity
    log_cut = np.log1p(base_tariff) - np.log1p(rate)
    shift = (sigma - eta) * import_share * log_cut
    home_demand = own_elasticity(sigma, eta, 1.0 - import_share)
    log_price = -shift / (eps + home_demand)
    log_output = -shift if math.isinf(eps) else eps * log_price
    producers = np.zeros_like(rate) if math.isinf(eps) else home_output * _growth(log_price, 1.0 + eps)
    given_back = (sigma - eta) ** 2 * import_share * (1.0 - import_share) / (eps + home_demand)
    k = own_elasticity(sigma, eta, import_share) - given_back
    duty_on_added = base_imports * k * ((1.0 + base_tariff) * _growth(log_cut, k - 1.0) - _growth(log_cut, k))
    return as_arrays(
        output_change=np.expm1(log_output),
        output_price_change=np.expm1(log_price),
        producer_surplus_change=producers,
        import_change=base_imports * np.expm1(k * log_cut),
        buyer_and_treasury_change=-producers + duty_on_added,
    )


def _growth(log_change: Array, power: float) -> Array:
    """Return ``(x^power - 1) / power`` for ``x = exp(log_change)``; its limit ``log_change`` at power 0."""
    return log_change if power == 0.0 else np.expm1(power * log_change) / power


MARKETS: dict[str, MarketKind] = {
    "tariff": MarketKind(
        tariff,
        units=by_unit(
            money="value value_change exporter_surplus_change buyer_surplus_change revenue revenue_change",
            share="volume_change exporter_price_change buyer_price_change",
        ),
        takes=by_unit(
            share="tariff base_tariff ordinary_tariff",
            money="base_value",
            elasticity="demand_elasticity supply_elasticity",
        ),
    ),
    "import_response": MarketKind(
        import_response,
        units=by_unit(money="value value_change"),
        takes=by_unit(share="tariff base_tariff", money="base_value", elasticity="elasticity"),
    ),
    "competing_import": MarketKind(
        competing_import,
        units=by_unit(
            share="output_change output_price_change",
            money="producer_surplus_change import_change buyer_and_treasury_change",
        ),
        takes=by_unit(
            share="tariff base_tariff import_share",
            money="home_output base_imports",
            elasticity="substitution_elasticity demand_elasticity supply_elasticity",
        ),
    ),
    "rate_quota": MarketKind(
        rate_quota,
        units=by_unit(
            price="consumer_price farm_price start_farm_price idle_duty",
            kt_per_year="over_quota_imports",
            money="partner_exports partner_exports_change farm_income_change buyer_surplus_change"
            " duty_revenue duty_revenue_change quota_rent",
        ),
        takes=by_unit(
            price="duty base_duty world_price closed_price",
            index="home_premium",
            kg_per_kg="milling_yield border_weight",
            kt_per_year="home_output home_demand market_quota partner_capacity",
            elasticity="demand_elasticity supply_elasticity",
            share="partner_share",
        ),
    ),
    "linear": MarketKind(
        linear,
        units=by_unit(money="value"),
        takes=by_unit(level="level at_zero at_full", money="full"),
    ),
    "pledge": MarketKind(
        pledge,
        units=by_unit(money="additional burden"),
        takes=by_unit(level="amount full", share="additional_share", years="years"),
    ),
}

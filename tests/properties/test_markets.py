"""What holds in every market, whatever its numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negosim.core.incidence import cost_distribution, cost_quantiles
from negosim.core.markets import (
    MARKETS,
    competing_import,
    import_response,
    tariff,
)
from negosim.core.promises import linear, pledge
from negosim.core.quota import rate_quota

quick = settings(max_examples=40, deadline=None)

rates = st.floats(0.0, 1.5)
elasticities = st.floats(0.05, 12.0)
values = st.floats(0.1, 1e4)
tariff_markets = st.fixed_dictionaries(
    {
        "base_value": values,
        "base_tariff": st.floats(0.0, 0.5),
        "demand_elasticity": elasticities,
        "supply_elasticity": elasticities,
    }
)
competing_markets = st.fixed_dictionaries(
    {
        "base_tariff": st.floats(0.0, 0.5),
        "home_output": values,
        "base_imports": values,
        "import_share": st.floats(0.05, 0.95),
        "substitution_elasticity": st.floats(1.1, 8.0),
        "demand_elasticity": st.floats(0.1, 1.0),
        "supply_elasticity": elasticities,
    }
)
quota_markets = st.fixed_dictionaries(
    {
        "base_duty": st.floats(0.0, 400.0),
        "world_price": st.floats(50.0, 300.0),
        "home_premium": st.floats(1.0, 2.0),
        "closed_price": st.floats(100.0, 600.0),
        "milling_yield": st.floats(0.5, 1.0),
        "home_output": st.floats(100.0, 9000.0),
        "home_demand": st.floats(1000.0, 9000.0),
        "market_quota": st.floats(0.0, 900.0),
        "demand_elasticity": st.floats(0.0, 1.5),
        "supply_elasticity": st.floats(0.0, 1.0),
        "partner_share": st.floats(0.0, 1.0),
        "partner_capacity": st.floats(0.0, 2000.0),
    }
)
Numbers = dict[str, float]


def rises(array: np.ndarray) -> bool:
    """Each element is at least the one before, up to rounding of the largest."""
    return bool(np.all(np.diff(array) >= -1e-9 * (1.0 + np.abs(array).max())))


@quick
@given(tariff_markets, rates)
def test_the_signs_of_a_higher_tariff(numbers: Numbers, rise: float) -> None:
    market = tariff(numbers["base_tariff"] + rise, **numbers)
    for loss in ("exporter_surplus_change", "buyer_surplus_change", "value_change", "volume_change"):
        assert market[loss] <= 0.0
    assert market["exporter_price_change"] <= 0.0 <= market["buyer_price_change"]
    assert market["revenue"] >= 0.0
    # The world as a whole only loses: duty is a transfer with a wedge.
    world = sum(float(market[f"{who}_change"]) for who in ("exporter_surplus", "buyer_surplus", "revenue"))
    assert world <= 1e-9 * numbers["base_value"]


@quick
@given(tariff_markets)
def test_the_base_tariff_changes_exactly_nothing(numbers: Numbers) -> None:
    market = tariff(numbers["base_tariff"], **numbers)
    assert all(array == 0.0 for name, array in market.items() if name.endswith("_change"))
    assert market["value"] == numbers["base_value"]


@quick
@given(tariff_markets)
def test_a_rising_tariff_moves_every_quantity_one_way(numbers: Numbers) -> None:
    market = tariff(np.linspace(0.0, 1.5, 31), **numbers)
    for name in ("value", "volume_change", "exporter_price_change", "exporter_surplus_change"):
        assert rises(-market[name])
    assert rises(-market["buyer_surplus_change"])
    assert rises(market["buyer_price_change"])


@quick
@given(tariff_markets, rates)
def test_value_is_price_times_volume_and_buyers_pay_price_and_duty(numbers: Numbers, rate: float) -> None:
    market = tariff(rate, **numbers)
    price, volume = 1.0 + market["exporter_price_change"], 1.0 + market["volume_change"]
    assert market["value"] == pytest.approx(numbers["base_value"] * price * volume)
    wedge = (1.0 + rate) / (1.0 + numbers["base_tariff"])
    assert 1.0 + market["buyer_price_change"] == pytest.approx(price * wedge)


@quick
@given(tariff_markets, rates)
def test_surplus_is_the_area_beside_the_curve(numbers: Numbers, rate: float) -> None:
    market = tariff(rate, **numbers)
    e, eps, value = numbers["demand_elasticity"], numbers["supply_elasticity"], numbers["base_value"]
    for name, curve, size in (
        ("exporter", lambda p: p**eps, value),
        ("buyer", lambda p: -(p**-e), value * (1.0 + numbers["base_tariff"])),
    ):
        prices = np.linspace(1.0, 1.0 + float(market[f"{name}_price_change"]), 4001)
        heights = curve(prices)
        area = size * float(np.sum((heights[1:] + heights[:-1]) / 2 * np.diff(prices)))
        assert market[f"{name}_surplus_change"] == pytest.approx(area, rel=1e-4, abs=1e-6 * size)


@quick
@given(tariff_markets, rates, st.sampled_from([-1e-7, 1e-7]))
def test_unit_demand_elasticity_is_the_limit_from_both_sides(numbers: Numbers, rate: float, step: float) -> None:
    at = tariff(rate, **{**numbers, "demand_elasticity": 1.0})
    near = tariff(rate, **{**numbers, "demand_elasticity": 1.0 + step})
    for name in at:
        assert near[name] == pytest.approx(at[name], rel=1e-5, abs=1e-5 * numbers["base_value"])


@quick
@given(
    tariff_markets,
    rates,
    st.sampled_from(
        [
            ("supply_elasticity", math.inf, 1e9),
            ("supply_elasticity", 0.0, 1e-9),
            ("demand_elasticity", 0.0, 1e-9),
        ]
    ),
)
def test_the_other_limits_are_limits(numbers: Numbers, rate: float, limit: tuple[str, float, float]) -> None:
    name, end, close = limit
    at = tariff(rate, **{**numbers, name: end})
    near = tariff(rate, **{**numbers, name: close})
    for quantity in at:
        assert near[quantity] == pytest.approx(at[quantity], rel=1e-5, abs=1e-6 * numbers["base_value"])


@quick
@given(tariff_markets, rates)
def test_twice_the_trade_is_twice_the_money_and_the_same_shares(numbers: Numbers, rate: float) -> None:
    once = tariff(rate, **numbers)
    twice = tariff(rate, **{**numbers, "base_value": 2.0 * numbers["base_value"]})
    for name, unit in MARKETS["tariff"].units.items():
        expected = once[name] * (2.0 if unit == "money" else 1.0)
        # Below the smallest normal number halves are rounded.
        np.testing.assert_allclose(twice[name], expected, rtol=0.0, atol=1e-300)


@quick
@given(competing_markets)
def test_cheaper_imports_hurt_home_producers_less_than_they_help_buyers_and_treasury(
    numbers: Numbers,
) -> None:
    cuts = np.linspace(numbers["base_tariff"], 0.0, 11)
    market = competing_import(cuts, **numbers)
    assert all(array[0] == 0.0 for array in market.values())
    for name in ("output_change", "output_price_change", "producer_surplus_change"):
        assert rises(-market[name])
    assert rises(market["import_change"])
    assert np.all(market["buyer_and_treasury_change"] >= -market["producer_surplus_change"] - 1e-9)


def cleared(numbers: Numbers, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return home price, home output and imports at each rate, found by halving intervals of the price.

    Demands of two goods that substitute at sigma, under a price index that total demand answers at eta.
    """
    sigma, eta, share = (numbers[k] for k in ("substitution_elasticity", "demand_elasticity", "import_share"))
    import_price = np.log((1.0 + rates) / (1.0 + numbers["base_tariff"]))

    def demanded(own: np.ndarray, home_price: np.ndarray) -> np.ndarray:
        index = share * import_price + (1.0 - share) * home_price
        return -sigma * own + (sigma - eta) * index

    low, high = np.full(rates.shape, -10.0), np.full(rates.shape, 10.0)
    for _ in range(60):
        middle = (low + high) / 2
        scarce = demanded(middle, middle) > numbers["supply_elasticity"] * middle
        low, high = np.where(scarce, middle, low), np.where(scarce, high, middle)
    home = numbers["home_output"] * np.exp(numbers["supply_elasticity"] * low)
    return np.exp(low), home, numbers["base_imports"] * np.exp(demanded(import_price, low))


@quick
@given(competing_markets)
def test_both_goods_clear_at_the_same_home_price(numbers: Numbers) -> None:
    rates = np.linspace(numbers["base_tariff"], 0.0, 9)
    market, (price, home, imports) = competing_import(rates, **numbers), cleared(numbers, rates)
    np.testing.assert_allclose(1.0 + market["output_price_change"], price, rtol=1e-9)
    np.testing.assert_allclose(numbers["home_output"] * (1.0 + market["output_change"]), home, rtol=1e-9)
    np.testing.assert_allclose(numbers["base_imports"] + market["import_change"], imports, rtol=1e-9)


@quick
@given(competing_markets)
def test_what_buyers_producers_and_treasury_gain_adds_up_along_the_way(numbers: Numbers) -> None:
    rates = np.linspace(numbers["base_tariff"], 0.0, 801)
    price, home, imports = cleared(numbers, rates)
    producers = float(np.sum((home[1:] + home[:-1]) / 2 * np.diff(price)))
    imported_cheaper = -float(np.sum((imports[1:] + imports[:-1]) / 2 * np.diff(rates)))
    treasury = rates[-1] * imports[-1] - rates[0] * imports[0]
    market = competing_import(0.0, **numbers)
    size = numbers["home_output"] + numbers["base_imports"]
    assert market["producer_surplus_change"] == pytest.approx(producers, rel=1e-4, abs=1e-6 * size)
    buyers_and_treasury = -producers + imported_cheaper + treasury
    assert market["buyer_and_treasury_change"] == pytest.approx(buyers_and_treasury, rel=1e-4, abs=1e-5 * size)


@quick
@given(competing_markets)
def test_a_very_elastic_home_supply_approaches_the_limit(numbers: Numbers) -> None:
    at = competing_import(0.0, **{**numbers, "supply_elasticity": math.inf})
    near = competing_import(0.0, **{**numbers, "supply_elasticity": 1e9})
    for name in at:
        assert near[name] == pytest.approx(at[name], rel=1e-5, abs=1e-4)


@quick
@given(values, st.floats(0.0, 0.5), elasticities, rates)
def test_imports_fall_when_their_duty_rises(value: float, base: float, elasticity: float, rise: float) -> None:
    change = import_response(base + rise, base_value=value, base_tariff=base, elasticity=elasticity)
    assert -value <= change["value_change"] <= 0.0
    same = import_response(base, base_value=value, base_tariff=base, elasticity=elasticity)
    assert same["value_change"] == 0.0


@quick
@given(quota_markets)
def test_water_in_the_duty_can_be_given_up_for_nothing(numbers: Numbers) -> None:
    binding = max(0.0, numbers["closed_price"] / numbers["home_premium"] - numbers["world_price"])
    wet = {**numbers, "base_duty": 5000.0}
    idle = rate_quota(binding * (1 + 1e-9) + np.array([1e-6, 1.0, 1000.0]), **wet)
    for name in set(idle) - {"idle_duty"}:
        assert np.all(idle[name] == idle[name][0])
    assert np.all(idle["over_quota_imports"] == 0.0)
    assert idle["idle_duty"][2] == pytest.approx(1000.0, abs=1e-3)


@quick
@given(quota_markets)
def test_the_base_duty_changes_exactly_nothing_there_either(numbers: Numbers) -> None:
    market = rate_quota(numbers["base_duty"], **numbers)
    assert all(array == 0.0 for name, array in market.items() if name.endswith("_change"))
    assert market["farm_price"] == market["start_farm_price"]


@quick
@given(quota_markets)
def test_a_lower_duty_feeds_buyers_and_starves_farms(numbers: Numbers) -> None:
    market = rate_quota(np.linspace(numbers["base_duty"], 0.0, 41), **numbers)
    for name in ("consumer_price", "farm_price", "farm_income_change", "idle_duty", "quota_rent"):
        assert rises(-market[name])
    for name in ("over_quota_imports", "partner_exports", "buyer_surplus_change"):
        assert rises(market[name])
    assert np.all(market["duty_revenue"] >= 0.0)
    assert market["duty_revenue"][-1] == 0.0


@quick
@given(st.floats(-100, 100), st.floats(-50, 50), st.floats(1, 50), st.floats(0, 1))
def test_linear_is_a_straight_line(full: float, at_zero: float, width: float, part: float) -> None:
    level = at_zero + part * width
    value = linear(level, full=full, at_zero=at_zero, at_full=at_zero + width)["value"]
    assert value == pytest.approx(part * full, abs=1e-9)


@quick
@given(st.floats(0, 1e3), st.floats(0, 1e3), st.floats(1, 1e3), st.floats(0.5, 10))
def test_two_pledges_weigh_less_than_their_sum_in_one(first: float, second: float, full: float, years: float) -> None:
    apart = sum(float(pledge(each, full=full, years=years)["burden"]) for each in (first, second))
    assert pledge(first + second, full=full, years=years)["burden"] >= apart - 1e-9 * (1 + apart)


cost_models = st.fixed_dictionaries(
    {
        "base_price": st.floats(50, 500),
        "base_exit_share": st.floats(0.001, 0.5),
        "cost_spread": st.floats(0.05, 0.8),
    }
)


@quick
@given(cost_models, st.floats(0, 1e7))
def test_a_lower_price_never_keeps_a_household(numbers: Numbers, households: float) -> None:
    prices = numbers["base_price"] * np.linspace(1.0, 0.2, 17)
    farms = cost_distribution(prices, numbers["base_price"], **numbers, households=households)
    assert np.all(np.diff(farms["uncovered_share"]) >= 0.0)
    assert farms["uncovered_share"][0] == pytest.approx(numbers["base_exit_share"], abs=1e-12)
    assert farms["exits"][0] == 0.0
    assert np.all(farms["exits"] <= households)


@quick
@given(cost_models, st.integers(1, 400), st.floats(0.3, 2.0))
def test_quantiles_and_distribution_count_alike(numbers: Numbers, n_households: int, relative: float) -> None:
    price = relative * numbers["base_price"]
    share = cost_distribution(price, price, **numbers, households=1.0)["uncovered_share"]
    counted = float(np.mean(cost_quantiles(n_households, **numbers) > price))
    assert counted == pytest.approx(share, abs=0.5 / n_households + 1e-9)

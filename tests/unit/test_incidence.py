"""Households on a lognormal distribution of costs: the distribution, its quantiles, the count of exits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from negosim.core.incidence import cost_distribution, cost_quantiles, median_cost
from negosim.core.kinds import OutOfRangeError

OBSERVED = {"base_price": 250.0, "base_exit_share": 0.04, "cost_spread": 0.3}


def test_the_base_price_returns_the_share_it_was_solved_from() -> None:
    farms = cost_distribution(250.0, 250.0, **OBSERVED, households=5000.0)
    assert farms["uncovered_share"] == pytest.approx(0.04, abs=1e-12)
    assert farms["exit_share"] == 0.0
    assert farms["exits"] == 0.0


def test_half_give_up_at_the_median_cost() -> None:
    middle = median_cost(**OBSERVED)
    assert cost_distribution(middle, 250.0, **OBSERVED, households=1.0)["uncovered_share"] == 0.5
    # One standard deviation of ln(cost) below and above the median: the textbook 84.13 and 15.87 %.
    shares = cost_distribution(middle * np.exp([-0.3, 0.3]), 250.0, **OBSERVED, households=1.0)["uncovered_share"]
    assert shares.tolist() == pytest.approx([0.841345, 0.158655], abs=1e-6)


def test_exits_are_counted_from_the_start_price_not_from_the_observation() -> None:
    farms = cost_distribution(np.array([180.0, 250.0, 400.0]), 300.0, **OBSERVED, households=1000.0)
    uncovered = farms["uncovered_share"]
    start = float(cost_distribution(300.0, 300.0, **OBSERVED, households=1.0)["uncovered_share"])
    assert start < 0.04
    assert farms["exit_share"].tolist() == pytest.approx((uncovered - start).tolist())
    assert farms["exits"].tolist() == pytest.approx((1000 * (uncovered - start)).tolist())
    assert farms["exits"][2] < 0.0


def test_price_and_start_price_broadcast() -> None:
    farms = cost_distribution(np.array([[200.0], [220.0]]), np.array([250.0, 260.0, 270.0]), **OBSERVED, households=1.0)
    assert {array.shape for array in farms.values()} == {(2, 3)}


@pytest.mark.parametrize("price", [255.0, 220.0, 181.0])
def test_counting_quantiles_agrees_with_the_distribution(price: float) -> None:
    n_households = 10_000
    costs = cost_quantiles(n_households, **OBSERVED)
    share = cost_distribution(price, price, **OBSERVED, households=1.0)["uncovered_share"]
    assert np.mean(costs > price) == pytest.approx(share, abs=0.5 / n_households + 1e-12)


def test_quantiles_are_sorted_centred_and_the_same_every_time() -> None:
    costs = cost_quantiles(101, **OBSERVED)
    assert np.all(np.diff(costs) > 0)
    assert costs[50] == pytest.approx(median_cost(**OBSERVED))
    assert np.log(costs).mean() == pytest.approx(math.log(median_cost(**OBSERVED)))
    np.testing.assert_array_equal(costs, cost_quantiles(101, **OBSERVED))


def test_no_household_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match="n_households is 0"):
        cost_quantiles(0, **OBSERVED)


def test_a_start_price_of_nothing_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match="start_price"):
        cost_distribution(100.0, 0.0, **OBSERVED, households=1.0)

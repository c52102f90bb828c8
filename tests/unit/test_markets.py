"""The kinds of markets: what is accepted, what is refused, and limits known in closed form."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

from negosim.core.incidence import INCIDENCE
from negosim.core.kinds import OutOfRangeError, check_range
from negosim.core.markets import (
    MARKETS,
    competing_import,
    import_response,
    own_elasticity,
    tariff,
)
from negosim.core.promises import linear, pledge
from negosim.core.quota import rate_quota
from negosim.errors import NegosimError

EXAMPLES: dict[str, dict[str, float]] = {
    "tariff": {"base_value": 100, "base_tariff": 0.1, "demand_elasticity": 2, "supply_elasticity": 3},
    "import_response": {"base_value": 100, "base_tariff": 0.1, "elasticity": 2},
    "competing_import": {
        "base_tariff": 0.2,
        "home_output": 100,
        "base_imports": 60,
        "import_share": 0.4,
        "substitution_elasticity": 3,
        "demand_elasticity": 1,
        "supply_elasticity": 2,
    },
    "rate_quota": {
        "base_duty": 200,
        "world_price": 100,
        "home_premium": 1.2,
        "closed_price": 300,
        "milling_yield": 0.9,
        "home_output": 1000,
        "home_demand": 1000,
        "market_quota": 50,
        "demand_elasticity": 0.2,
        "supply_elasticity": 0.25,
        "partner_share": 0.5,
        "partner_capacity": 100,
    },
    "linear": {"full": 8, "at_zero": 0.2, "at_full": 0},
    "pledge": {"full": 10, "additional_share": 0.4, "years": 4},
    "cost_distribution": {"base_price": 250, "base_exit_share": 0.05, "cost_spread": 0.3, "households": 1000},
}
KINDS = {**MARKETS, **INCIDENCE}
OUTSIDE = [
    ("tariff", "base_value", -1.0),
    ("tariff", "base_value", math.inf),
    ("tariff", "base_tariff", -1.0),
    ("tariff", "ordinary_tariff", -0.01),
    ("tariff", "demand_elasticity", -0.1),
    ("tariff", "demand_elasticity", math.inf),
    ("tariff", "supply_elasticity", -0.1),
    ("tariff", "supply_elasticity", math.nan),
    ("import_response", "base_value", -1.0),
    ("import_response", "base_tariff", -1.0),
    ("import_response", "elasticity", -1.0),
    ("competing_import", "base_tariff", -1.0),
    ("competing_import", "home_output", -1.0),
    ("competing_import", "base_imports", -1.0),
    ("competing_import", "import_share", 1.01),
    ("competing_import", "substitution_elasticity", 0.9),
    ("competing_import", "demand_elasticity", 0.0),
    ("competing_import", "supply_elasticity", -1.0),
    ("rate_quota", "base_duty", -1.0),
    ("rate_quota", "world_price", 0.0),
    ("rate_quota", "home_premium", 0.99),
    ("rate_quota", "closed_price", 0.0),
    ("rate_quota", "milling_yield", 0.0),
    ("rate_quota", "home_output", -1.0),
    ("rate_quota", "home_demand", 49.0),
    ("rate_quota", "market_quota", 1001.0),
    ("rate_quota", "demand_elasticity", -0.1),
    ("rate_quota", "supply_elasticity", 1.1),
    ("rate_quota", "partner_share", 1.1),
    ("rate_quota", "partner_capacity", -1.0),
    ("rate_quota", "border_weight", 1.1),
    ("linear", "full", math.nan),
    ("linear", "at_zero", math.inf),
    ("linear", "at_full", 0.2),
    ("pledge", "full", 0.0),
    ("pledge", "additional_share", 1.1),
    ("pledge", "years", 0.0),
    ("cost_distribution", "base_price", 0.0),
    ("cost_distribution", "base_exit_share", 0.0),
    ("cost_distribution", "base_exit_share", 1.0),
    ("cost_distribution", "cost_spread", 0.0),
    ("cost_distribution", "households", -1.0),
]


def run(kind: str, *inputs: Any, **changed: float) -> dict[str, Any]:
    return KINDS[kind].function(*inputs, **{**EXAMPLES[kind], **changed})


def inputs_of(kind: str) -> list[str]:
    parameters = inspect.signature(KINDS[kind].function).parameters.values()
    return [each.name for each in parameters if each.kind is not inspect.Parameter.KEYWORD_ONLY]


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_states_a_unit_for_everything_taken_and_returned(kind: str) -> None:
    taken = inspect.signature(KINDS[kind].function).parameters
    assert set(KINDS[kind].takes) == set(taken)
    returned = run(kind, *[0.1] * len(inputs_of(kind)))
    assert set(KINDS[kind].units) == set(returned)


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_of_any_shape_give_quantities_of_that_shape_element_by_element(kind: str) -> None:
    grid = np.array([[0.05, 0.1, 0.2], [0.3, 0.4, 0.5]])
    n_inputs = len(inputs_of(kind))
    together = run(kind, *[grid] * n_inputs)
    for name, array in together.items():
        assert array.shape == grid.shape
        assert array.dtype == np.float64
        for place, level in np.ndenumerate(grid):
            # numpy may round a power differently in a vector than alone.
            assert array[place] == pytest.approx(run(kind, *[level] * n_inputs)[name], rel=1e-13)


@pytest.mark.parametrize(("kind", "parameter", "number"), OUTSIDE)
def test_a_parameter_outside_its_range_is_refused_by_name(kind: str, parameter: str, number: float) -> None:
    with pytest.raises(OutOfRangeError, match=r"is .*; allowed: ") as refused:
        run(kind, *[0.1] * len(inputs_of(kind)), **{parameter: number})
    assert isinstance(refused.value, (NegosimError, ValueError))
    # Two bounds compare two parameters; the message then names the one that is compared.
    assert refused.value.parameter in {parameter, "market_quota"}


def test_every_parameter_has_a_refused_value() -> None:
    tried = {(kind, parameter) for kind, parameter, _ in OUTSIDE}
    for kind in KINDS:
        numbers = set(KINDS[kind].takes) - set(inputs_of(kind))
        assert {parameter for one, parameter in tried if one == kind} == numbers


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("tariff", -1.0),
        ("import_response", -1.5),
        ("competing_import", -1.0),
        ("rate_quota", -1.0),
        ("rate_quota", 201.0),
        ("pledge", -1.0),
        ("cost_distribution", 0.0),
        ("tariff", math.nan),
    ],
)
def test_an_input_without_a_meaning_is_refused(kind: str, level: float) -> None:
    first, *others = inputs_of(kind)
    with pytest.raises(OutOfRangeError, match=first):
        run(kind, np.array([1.0, level]), *[1.0] * len(others))


def test_a_refusal_names_parameter_number_and_range() -> None:
    with pytest.raises(OutOfRangeError, match=r"^share is 2; allowed: 0 <= share <= 1$"):
        check_range("share", [0.5, 2.0, 3.0], 0.0, 1.0, ends="[]")
    with pytest.raises(OutOfRangeError, match=r"^share is 0; allowed: 0 < share < 1$"):
        check_range("share", 0.0, 0.0, 1.0, ends="()")


def test_no_price_clears_a_market_in_which_neither_side_reacts() -> None:
    with pytest.raises(OutOfRangeError, match="no price would clear"):
        run("tariff", 0.2, demand_elasticity=0.0, supply_elasticity=0.0)


def test_with_unit_elasticities_the_market_clears_at_square_roots() -> None:
    # e = eps = 1 and T = 1.21: half the duty is absorbed, so prices move by 1.1 and volume by 1 / 1.1.
    market = tariff(0.21, base_value=121.0, base_tariff=0.0, demand_elasticity=1.0, supply_elasticity=1.0)
    assert market["exporter_price_change"] == pytest.approx(1 / 1.1 - 1)
    assert market["buyer_price_change"] == pytest.approx(0.1)
    assert market["volume_change"] == pytest.approx(1 / 1.1 - 1)
    assert market["value"] == pytest.approx(100.0)
    assert market["exporter_surplus_change"] == pytest.approx(-10.5)
    assert market["buyer_surplus_change"] == pytest.approx(-121.0 * math.log(1.1))
    assert market["revenue_change"] == pytest.approx(21.0)


def test_exporters_without_another_outlet_bear_the_whole_duty() -> None:
    market = tariff(0.25, base_value=100.0, base_tariff=0.0, demand_elasticity=2.0, supply_elasticity=0.0)
    assert market["exporter_price_change"] == pytest.approx(-0.2)
    assert market["volume_change"] == 0.0
    assert market["buyer_price_change"] == 0.0
    assert market["exporter_surplus_change"] == pytest.approx(-20.0)


def test_buyers_who_do_not_react_bear_the_whole_duty() -> None:
    market = tariff(0.25, base_value=100.0, base_tariff=0.0, demand_elasticity=0.0, supply_elasticity=2.0)
    assert market["value"] == 100.0
    assert market["exporter_surplus_change"] == 0.0
    assert market["buyer_surplus_change"] == pytest.approx(-25.0)
    assert market["revenue_change"] == pytest.approx(25.0)


def test_a_given_world_price_leaves_exporters_nothing_to_lose() -> None:
    market = tariff(0.25, base_value=100.0, base_tariff=0.0, demand_elasticity=2.0, supply_elasticity=math.inf)
    assert market["exporter_surplus_change"] == 0.0
    assert market["exporter_price_change"] == 0.0
    assert market["value"] == pytest.approx(64.0)
    # Area under a demand curve of elasticity 2 between the prices 1 and 1.25.
    assert market["buyer_surplus_change"] == pytest.approx(-100.0 * (1 - 1 / 1.25))


def test_the_ordinary_duty_is_paid_on_top_of_the_negotiated_one() -> None:
    split = run("tariff", 0.15, ordinary_tariff=0.05)
    whole = run("tariff", 0.20)
    for name, array in whole.items():
        assert split[name] == pytest.approx(array)


def test_import_response_is_the_tariff_kind_at_a_given_world_price() -> None:
    rates = np.linspace(-0.2, 0.8, 11)
    response = import_response(rates, base_value=7.0, base_tariff=0.2, elasticity=1.7)
    market = tariff(rates, base_value=7.0, base_tariff=0.2, demand_elasticity=1.7, supply_elasticity=math.inf)
    np.testing.assert_allclose(response["value_change"], market["value_change"], atol=1e-12)


def test_own_elasticity_lies_between_its_two_parts() -> None:
    assert own_elasticity(3.0, 1.0, 0.0) == 3.0
    assert own_elasticity(3.0, 1.0, 1.0) == 1.0
    assert own_elasticity(3.0, 1.0, 0.25) == 2.5


def test_home_producers_of_a_fixed_output_lose_price_alone() -> None:
    # Half imports: demand shifts by ln 1.21, its own elasticity is 2, so the price falls to 1 / 1.1.
    herds = competing_import(
        0.0,
        base_tariff=0.21,
        home_output=110.0,
        base_imports=0.0,
        import_share=0.5,
        substitution_elasticity=3.0,
        demand_elasticity=1.0,
        supply_elasticity=0.0,
    )
    assert herds["output_change"] == 0.0
    assert herds["output_price_change"] == pytest.approx(1 / 1.1 - 1)
    assert herds["producer_surplus_change"] == pytest.approx(-10.0)
    assert herds["buyer_and_treasury_change"] == pytest.approx(10.0)


def test_home_producers_at_a_given_price_lose_output_alone() -> None:
    herds = run("competing_import", 0.0, supply_elasticity=math.inf)
    assert herds["output_change"] == pytest.approx(1.2**-0.8 - 1)
    assert herds["producer_surplus_change"] == 0.0
    assert herds["output_price_change"] == 0.0


def test_imports_give_back_part_of_a_cut_when_the_home_price_falls() -> None:
    # Half imports, substitution 3, total demand 1: imports answer their own price at 2, the home price at 1.
    # A fixed home supply lets the home price fall by half the cut: 2 - 1/2 = 3/2.
    imports = {"base_tariff": 0.21, "base_imports": 100.0, "import_share": 0.5}
    fixed = run("competing_import", 0.0, supply_elasticity=0.0, **imports)
    assert fixed["output_price_change"] == pytest.approx(1 / 1.1 - 1)
    assert fixed["import_change"] == pytest.approx(100 * (1.1**3 - 1))
    given = run("competing_import", 0.0, supply_elasticity=math.inf, **imports)
    assert given["import_change"] == pytest.approx(100 * (1.21**2 - 1))


def test_goods_that_do_not_substitute_leave_home_producers_alone() -> None:
    herds = run("competing_import", 0.0, substitution_elasticity=1.0)
    assert herds["output_change"] == 0.0
    assert herds["import_change"] == pytest.approx(60 * 0.2)


def test_imports_above_the_quota_begin_where_the_ceiling_meets_the_closed_price() -> None:
    market = run("rate_quota", np.array([200.0, 150.0, 149.0, 0.0]))
    assert market["consumer_price"].tolist() == pytest.approx([300.0, 300.0, 298.8, 120.0])
    assert market["farm_price"].tolist() == pytest.approx([270.0, 270.0, 268.92, 108.0])
    assert market["over_quota_imports"][:2].tolist() == [0.0, 0.0]
    assert market["over_quota_imports"][2] > 0.0
    assert market["idle_duty"].tolist() == pytest.approx([50.0, 0.0, 0.0, 0.0])


def test_over_quota_imports_close_the_gap_between_use_and_supply() -> None:
    market = run("rate_quota", 0.0)
    use, supply = 1000 * 0.4**-0.2, 950 * 0.4**0.25
    assert market["over_quota_imports"] == pytest.approx(use - supply - 50)


def test_money_at_the_border_is_price_times_weight() -> None:
    # 100 kt of capacity binds: 1e8 kg at 100 a kilogram are 10 billion.
    assert run("rate_quota", 0.0)["partner_exports"] == pytest.approx(10.0)
    assert run("rate_quota", 0.0, border_weight=0.9)["partner_exports"] == pytest.approx(9.0)
    assert run("rate_quota", 0.0, partner_share=0.0)["partner_exports"] == 0.0
    some = run("rate_quota", 50.0)
    assert some["duty_revenue"] == pytest.approx(50.0 * some["over_quota_imports"] / 1000)
    # At the closed price 300 = 1.2 * 250, the state marks 50 kt up from 100 to 250.
    assert run("rate_quota", 200.0)["quota_rent"] == pytest.approx(7.5)


def test_changes_count_from_a_base_duty_that_already_binds() -> None:
    market = run("rate_quota", np.array([100.0, 50.0]), base_duty=100.0)
    assert market["duty_revenue"][0] > 0.0
    assert market["duty_revenue_change"][0] == 0.0
    assert market["partner_exports_change"][0] == 0.0
    assert market["start_farm_price"].tolist() == pytest.approx([216.0, 216.0])


def test_linear_passes_through_both_ends_and_goes_on() -> None:
    assert linear(np.array([0.2, 0.05, 0.0, -0.2]), full=8.0, at_zero=0.2, at_full=0.0)[
        "value"
    ].tolist() == pytest.approx([0.0, 6.0, 8.0, 16.0])


def test_a_pledge_weighs_more_by_the_unit_the_larger_it_is() -> None:
    weighed = pledge(np.array([0.0, 5.0, 10.0]), full=10.0, additional_share=0.4, years=4.0)
    assert weighed["burden"].tolist() == pytest.approx([0.0, 1.875, 5.0])
    assert weighed["additional"].tolist() == pytest.approx([0.0, 2.0, 4.0])
    assert pledge(7.0, full=math.inf)["burden"] == 7.0


def test_examples_differ_from_their_bases() -> None:
    """Guards the other tests: an example at its base level would let a wrong formula pass."""
    assert rate_quota(0.0, **EXAMPLES["rate_quota"])["farm_income_change"] < -50

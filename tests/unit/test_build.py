"""The small arrays of a problem against the terms evaluated one by one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from negosim.scenario.load import load_scenario
from negosim.scenario.timetable import situations

HARBOUR = Path(__file__).parents[1] / "scenarios" / "harbour"


def shape(form, z):
    return {
        "linear": lambda: z,
        "quadratic": lambda: z**2,
        "sqrt": lambda: math.sqrt(z) if z > 0 else 0.0,
        "log1p": lambda: math.log(1.0 + z),
        "shortfall": lambda: -z if z < 0 else 0.0,
    }[form]()


def at(array, k):
    """Return the k-th number of an array, or its only one."""
    return float(array[k] if np.size(array) > 1 else np.reshape(array, -1)[0])


def account(scenario, name, quantities, k):
    """Add up an account entry by entry, account inside account, converting money by its one rate."""
    document = scenario.document
    spec = document.accounts[name]
    total = scenario.number(spec.plus)
    for entry, coefficient in spec.sum.items():
        if entry.startswith("issues."):
            total += scenario.number(coefficient) * at(quantities[entry], k)
            continue
        if "." in entry:
            market, _, quantity = entry.partition(".")
            money = document.markets[market].money
            value = at(quantities[entry], k)
            is_money = not quantity.endswith(("_price_change", "volume_change", "output_change", "exit_share", "exits"))
            unit = money if is_money else spec.unit
            value *= 100.0 if not is_money and spec.unit == "percent" else 1.0
        else:
            value, unit = account(scenario, entry, quantities, k), document.accounts[entry].unit
        if unit != spec.unit:
            (rate,) = document.conversions
            number = scenario.number(rate.divide_by)
            assert {unit, spec.unit} == {rate.source_unit, rate.target_unit}
            value *= 1.0 / number if unit == rate.source_unit else number
        total += scenario.number(coefficient) * value
    return total


def direct(scenario, party, quantities, levels, k):
    """Return a party's flow at the k-th situation, term by term."""
    document, seat = scenario.document, scenario.problem.party(party)
    flow = 0.0
    for term in document.parties[party].terms:
        weight = scenario.number(term.weight)
        private = dict(zip(seat.weights, seat.default, strict=True))
        if isinstance(term.weight, str):
            weight = private.get(term.weight[1:], weight)
        weight *= math.prod(scenario.number(t) for t in term.times)
        if term.form == "any_moved":
            x = float(any(levels[i] != document.issues[i].status_quo for i in term.issues))
        elif term.form == "table":
            known = document.issues[term.issue].levels
            if isinstance(term.table, list):
                x = term.table[known.index(levels[term.issue])]
            else:
                x = {str(key): v for key, v in term.table.items()}[
                    levels[term.issue] if isinstance(known[0], str) else f"{levels[term.issue]:g}"
                ]
        else:
            if term.account:
                x = account(scenario, term.account, quantities, k)
            else:
                x = at(quantities[term.quantity or f"issues.{term.issue}"], k)
            x = shape(term.form, (x - scenario.number(term.offset)) / scenario.number(term.scale))
        flow += weight * x
    return flow


@pytest.mark.parametrize("name", ["us_japan_2025", HARBOUR], ids=["us_japan_2025", "harbour"])
@pytest.mark.parametrize("overrides", [(), ("off",)], ids=["all issues", "one issue off the table"])
def test_flows_are_the_sums_of_the_terms(name, overrides):
    settings = {}
    if overrides:
        issue = "beef_tariff" if name == "us_japan_2025" else "customs"
        settings = {f"issues.{issue}.on_table": False}
    scenario = load_scenario(name, settings=settings)
    problem, space = scenario.problem, scenario.problem.space
    codes = np.random.default_rng(3).integers(0, space.size, 12)
    fixed = {n: i.status_quo for n, i in scenario.document.issues.items() if not i.on_table}
    packages = [{**fixed, **space.package(int(code))} for code in codes]
    quantities = scenario.economy.at(packages)
    components = problem.components(codes)
    for party in scenario.document.parties:
        found = problem.party(party).flows(components)
        wanted = [direct(scenario, party, quantities, levels, k) for k, levels in enumerate(packages)]
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-7)
        assert np.ptp(found) > 0 or party in ("us_farm_exporters", "beef_farmers")


def test_a_private_weight_is_a_component_of_its_own():
    scenario = load_scenario(HARBOUR)
    north = scenario.problem.party("north")
    assert (north.weights, north.lower, north.upper) == (("wool_weight",), (1.0,), (1.5,))
    assert north.default == pytest.approx((1.2,), abs=1e-3), "a weight is rounded to a grid, so that sums are exact"
    rows = scenario.problem.components([0, 7, 31])
    steps = north.flows(rows, [1.5]) - north.flows(rows, [1.0])
    packages = [scenario.problem.space.package(code) for code in (0, 7, 31)]
    surplus = scenario.economy.at(packages)["wool.exporter_surplus_change"]
    assert steps == pytest.approx(0.5 * surplus, rel=1e-6)


def test_no_deal_and_status_quo_are_the_terms_at_their_levels():
    scenario = load_scenario(HARBOUR)
    issues = scenario.document.issues
    situations = [{n: i.status_quo for n, i in issues.items()}, {n: i.no_deal for n, i in issues.items()}]
    quantities = scenario.economy.at(situations)
    for party in scenario.document.parties:
        seat = scenario.problem.party(party)
        for k, name in enumerate(("status_quo", "no_deal")):
            found = float(seat.flows(scenario.problem.references[name]))
            assert found == pytest.approx(direct(scenario, party, quantities, situations[k], k), rel=1e-9, abs=1e-7)


def test_a_group_is_the_sum_of_its_members():
    problem = load_scenario(HARBOUR, ["traders_too"]).problem
    rows = problem.components(np.arange(problem.space.size))
    members = [problem.party(name).flows(rows) for name in ("shippers", "grocers")]
    assert problem.party("traders").flows(rows) == pytest.approx(members[0] + members[1], abs=1e-7)


def test_weights_of_a_group_count():
    settings = {"groups.traders.weights": {"shippers": 3}}
    problem = load_scenario(HARBOUR, ["traders_too"], settings).problem
    rows = problem.components(np.arange(problem.space.size))
    members = [problem.party(name).flows(rows) for name in ("shippers", "grocers")]
    assert problem.party("traders").flows(rows) == pytest.approx(3 * members[0] + members[1], abs=1e-7)


def test_a_plain_reserve_is_no_deal():
    problem = load_scenario("two_neighbours").problem
    assert float(problem.party("uplandia").flows(problem.references["no_deal"])) == 3.0


@pytest.mark.parametrize("overrides", [(), ("four_at_the_table",)])
def test_no_deal_is_worth_what_the_package_of_its_levels_is(overrides):
    scenario = load_scenario("us_japan_2025", overrides)
    problem = scenario.problem
    for name in ("no_deal", "status_quo"):
        levels = situations(scenario)[name]
        code = problem.space.code({issue: levels[issue] for issue in problem.space.names})
        assert (problem.components(code) == problem.references[name]).all()

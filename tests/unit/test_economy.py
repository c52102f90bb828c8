"""Markets and accounts: units, currencies, accounts of accounts, and the order of markets."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from negosim.errors import NegosimError
from negosim.scenario.economy import UnitError, conversion, entry_unit, market_order
from negosim.scenario.load import load_scenario

HARBOUR = Path(__file__).parents[1] / "scenarios" / "harbour"


@pytest.fixture(scope="module")
def harbour():
    return load_scenario(HARBOUR)


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("percent", "percent", 1.0),
        ("share", "percent", 100.0),
        ("percent", "share", 0.01),
        ("mn_dal_per_year", "mn_crn_per_year", 0.25),
        ("mn_crn_per_year", "mn_dal_per_year", 4.0),
        ("bn_dal_per_year", "mn_crn_per_year", 250.0),
        ("mn_dal", "mn_crn", 0.25),
        ("tn_crn_per_year", "bn_crn_per_year", 1000.0),
        ("mn_crn_per_year", "bn_crn_per_year", 0.001),
    ],
)
def test_conversions(harbour, source, target, factor):
    assert conversion(harbour.document, source, target) == pytest.approx(factor, rel=1e-15)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("mn_crn", "mn_crn_per_year"),
        ("mn_crn_per_year", "mn_usd_per_year"),
        ("percent", "mn_crn_per_year"),
        ("kt_per_year", "kt"),
        ("index", "share"),
    ],
)
def test_what_cannot_be_converted(harbour, source, target):
    with pytest.raises(UnitError, match=f"no conversion from {source} to {target}"):
        conversion(harbour.document, source, target)


def test_units_of_entries(harbour):
    units = {e: entry_unit(harbour.document, e) for e in ("wool.value", "wool.volume_change", "fish.value", "trade")}
    assert units == {
        "wool.value": "mn_crn_per_year",
        "wool.volume_change": "share",
        "fish.value": "mn_dal_per_year",
        "trade": "mn_crn_per_year",
    }


def test_accounts_are_unfolded_and_converted(harbour):
    trade, balance = harbour.economy.account("trade"), harbour.economy.account("balance")
    assert trade.coefficients == {"wool.value": 1.0, "fish.value": 0.25}
    assert trade.constant == 0.0
    assert balance.coefficients == {"wool.value": 2.0, "fish.value": 0.5, "issues.quota": 0.5}
    assert balance.constant == -300.0
    assert harbour.economy.account("price").coefficients == {"wool.buyer_price_change": 100.0}


def test_an_account_by_hand(harbour):
    """At the base rate wool sells for 120 crowns; half the quota brings 120 dalers of fish, 30 crowns."""
    (quantities,) = [harbour.economy.at([{"customs": 10.0, "quota": 30.0, "language": "both"}])]
    assert float(harbour.economy.account("trade").of(quantities)[0]) == pytest.approx(150.0, rel=1e-15)
    assert float(harbour.economy.account("balance").of(quantities)[0]) == pytest.approx(2 * 150 + 15 - 300, rel=1e-13)
    assert float(quantities["issues.language"][0]) == 2.0


def test_percent_becomes_a_fraction_for_the_formulas(harbour):
    """An issue in percent and a value in percent are both divided by a hundred: no change at 10 percent."""
    quantities = harbour.economy.at([{"customs": 10.0, "quota": 0.0, "language": "both"}])
    assert float(quantities["wool.value_change"][0]) == 0.0
    assert float(quantities["wool.revenue"][0]) == pytest.approx(12.0, rel=1e-15)
    raised = harbour.economy.at([{"customs": 20.0, "quota": 0.0, "language": "both"}])
    buyers = (1.2 / 1.1) ** (1.5 / 3.5) - 1.0
    assert float(raised["wool.buyer_price_change"][0]) == pytest.approx(buyers, rel=1e-12)


def test_the_grid_and_single_situations_agree(harbour):
    economy = harbour.economy
    codes = list(range(economy.space.size))
    listed = economy.at([economy.space.package(code) for code in codes])
    full = np.broadcast_arrays(*(economy.on_grid[name] for name in listed), np.empty(economy.space.shape))
    for name, array in zip(listed, full, strict=False):
        assert array.reshape(-1) == pytest.approx(np.broadcast_to(listed[name], len(codes)), rel=1e-14), name


def test_quantities_depend_on_their_own_issues(harbour):
    depends = harbour.economy.depends
    assert (depends["wool.value"], depends["fish.value"], depends["issues.language"]) == ((0,), (1,), (2,))
    off = load_scenario(HARBOUR, settings={"issues.customs.on_table": False}).economy
    assert (off.depends["wool.value"], off.depends["fish.value"]) == ((), (0,))
    assert float(off.on_grid["wool.value"].item()) == pytest.approx(120.0)


def test_markets_come_after_those_they_take_from():
    document = load_scenario("us_japan_2025").document
    order = market_order(document)
    assert sorted(order) == sorted(document.markets)
    for name, market in document.markets.items():
        for given in (market.model_extra or {}).values():
            if isinstance(given, str) and "." in given and not given.startswith("@"):
                assert order.index(given.partition(".")[0]) < order.index(name)


def test_markets_in_a_circle_are_told_with_the_circle(harbour):
    fish = harbour.document.markets["fish"].model_copy(update={"label": "x"})
    fish = type(fish).model_validate({**fish.model_dump(), "level": "wool.value"})
    wool = harbour.document.markets["wool"]
    wool = type(wool).model_validate({**wool.model_dump(), "tariff": "fish.value"})
    document = harbour.document.model_copy(update={"markets": {"wool": wool, "fish": fish}})
    with pytest.raises(NegosimError, match="wool → fish → wool"):
        market_order(document)


@pytest.mark.parametrize(
    "settings",
    [
        {"parties.south.terms.revenue.times": [], "parties.south.terms.revenue.scale": "@wool_exports"},
        {"parties.south.terms.revenue.times": [], "parties.south.terms.revenue.weight": "@catch_weight"},
        {"parties.south.terms.revenue.times": [4], "parties.south.terms.revenue.form": "quadratic"},
        {"parties.north.terms.wool.account": "trade", "parties.north.terms.wool.quantity": ""},
        {"values.wool_demand.unit": "none"},
        {
            "values.wool_customs.unit": "share",
            "values.wool_customs.value": 0.1,
            "values.wool_customs.range": [0.1, 0.1],
        },
        {"events.new_customs.announced": dt.date(2030, 12, 1)},
        {"events.new_customs.announced": dt.date(2031, 2, 10)},
    ],
)
def test_units_and_dates_that_fit(settings):
    assert load_scenario(HARBOUR, settings=settings).document.title == "Harbour"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"accounts.balance.unit": "bn_crn_per_year"},
            r"accounts.balance.plus: found a value in mn_crn_per_year, allowed",
        ),
        (
            {"parties.south.terms.revenue.times": ["@dal_per_crn"], "parties.south.unit": "mn_usd_per_year"},
            "usd_per_crn",
        ),
        (
            {"markets.fish.level": "customs"},
            "markets.fish.at_zero: found a value in kt_per_year, allowed: percent; no unit",
        ),
    ],
)
def test_units_that_do_not_fit(settings, message):
    settings = {"common_money": "", **settings}
    with pytest.raises(NegosimError, match=message):
        load_scenario(HARBOUR, settings=settings)

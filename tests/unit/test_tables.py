"""Tables of a record: what they say has to add up."""

from __future__ import annotations

import pytest

import negosim as ng


@pytest.fixture(scope="module")
def four():
    return ng.run("us_japan_2025", ["four_at_the_table"], seed=1)


@pytest.fixture(scope="module")
def two():
    return ng.run("us_japan_2025", seed=7)


def test_the_size_of_a_group_is_that_of_its_members(four):
    gains = four.gains.set_index("party")
    makers = ["toyota", "honda", "nissan", "subaru", "mazda", "mitsubishi"]
    assert gains.loc["automakers", "size"] == pytest.approx(gains.loc[makers, "size"].sum())
    assert gains.loc["automakers", "size_label"] == "operating profit"
    assert gains.loc["automakers", "no_deal"] == pytest.approx(gains.loc[makers, "no_deal"].sum())


def test_terms_add_up_to_flows(two):
    added = two.terms.groupby("party")[["status_quo", "no_deal", "deal"]].sum()
    flows = two.gains.set_index("party")[["status_quo", "no_deal", "deal"]]
    for party in flows.index:
        assert added.loc[party].tolist() == pytest.approx(flows.loc[party].tolist(), abs=1e-6)


def test_what_was_in_force_follows_the_events(two):
    force = two.in_force[two.in_force["what"] == "in force"]
    assert force["date"].tolist() == ["2025-04-16", "2025-05-03", "2025-06-04"]
    assert force["parts_tariff"].tolist() == [2.5, 27.5, 27.5]
    assert force["steel_aluminium_tariff"].tolist() == [25.0, 25.0, 50.0]
    no_deal = two.in_force[two.in_force["what"] == "no deal"]
    assert no_deal["reciprocal_tariff"].tolist() == [24.0, 25.0]  # the deadline is moved in this run

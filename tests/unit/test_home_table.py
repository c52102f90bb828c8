"""The home table by hand: what a group demands, what its government answers, and what pressure then does.

Valley lets in cloth, Coast lets in grain, five levels each. What packages are worth, with no deal at 0 for all:

    valley      2 grain − w cloth      (w = 1, private; pressure can raise it)
    coast       2 cloth − grain
    old mill    − 5 cloth              (a loss of 20 would be the end of it)
    new mill    − 1.25 cloth           (a loss of 10)

Both governments open with all they want, (cloth, grain) = (0, 4) and (4, 0), and from then on insist on the best that they
believe attainable: (2, 4), worth 6 to Valley, and (4, 2), worth 6 to Coast.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from negosim.core.home import loosest_limits
from negosim.core.problem import Problem
from negosim.scenario.load import load_scenario
from negosim.sim.model import NegotiationModel
from negosim.sim.record import outcome_of

WORLD = (Path(__file__).parents[1] / "scenarios" / "cloth_and_grain" / "scenario.toml").read_text(encoding="utf-8")


@pytest.fixture
def world(tmp_path):
    """Return a function that loads the scenario with more tables and other settings."""

    def load(more="", **settings):
        folder = tmp_path / "cloth_and_grain"
        folder.mkdir(exist_ok=True)
        (folder / "scenario.toml").write_text(WORLD + more, encoding="utf-8")
        return load_scenario(folder, (), {"values.care": 1.0, **settings})

    return load


def home(**settings):
    """Return settings of the mills' home table."""
    return {f"groups.mills.home.{key}": value for key, value in settings.items()}


def after(scenario, rounds):
    """Return the talks as they stand after some rounds."""
    model = NegotiationModel(scenario, collect=False)
    for _ in range(rounds):
        model.step()
    return model


def actions(model, group="mills"):
    """Return what happened at a home table: round, action, limits and sum."""
    return [
        (m["round"], m["action"], [(line.issue, line.level) for line in m["lines"]], m["amount"])
        for m in model.home_moves
        if m["group"] == group
    ]


def levels(model, party):
    """Return the level of a member in each round."""
    return [row["level"] for row in model.pressures if row["party"] == party]


def threats(model, party):
    """Return the threat to a member in each round."""
    return [row["threat"] for row in model.pressures if row["party"] == party]


def tabled(model, number, seat):
    """Return the package that a seat tabled in a round."""
    codes = [o["code"] for o in model.offers if (o["round"], o["by"], o["action"]) == (number, seat, "offer")]
    return tuple(model.problem.space.package(codes[0]).values())


PAYMENT = """
[groups.mills.home.payment]
label = "compensation"
unit = "mn_crn_per_year"
amounts = [4, 12]
"""
POLL = """
[events.poll]
date = 2030-01-05
label = "poll"
"""
BAKERS = """
[parties.baker]
label = "Bakers"
unit = "mn_crn_per_year"
size = 8
terms = [{name = "flour", issue = "grain", form = "linear"}]

[groups.bakers]
label = "Bakers of Valley"
members = ["baker"]

[groups.bakers.home]
government = "valley"
at_least = ["grain"]
cost = 3
claim = 0.75
lobbying = 0.1
mobilised = 0.9
raises = {care = 0.5}
"""
FARMS = """
[groups.farms]
label = "Farms of Coast"
members = ["farm"]

[groups.farms.home]
government = "coast"
at_most = ["grain"]
commitment = "red_line"
lobbying = 0.25
mobilised = 0.5
"""


# ---- what is felt, and what is demanded ----


def test_nobody_is_threatened_before_the_other_side_has_tabled_anything(world):
    model = after(world(), 1)
    assert threats(model, "old_mill") == [0.0]
    assert model.home_moves == []


def test_a_threat_is_the_mean_shortfall_from_the_claim_over_what_alarms(world):
    # Four of cloth leave the old mill 15 below what it tolerates, two leave it 5 below: 15/20 and 5/20.
    model = after(world(), 2)
    assert threats(model, "old_mill")[1] == (15 / 20 + 5 / 20) / 2
    assert threats(model, "new_mill")[1] == (2.5 / 10 + 0.0) / 2
    assert threats(after(world(**home(alarm=2.0)), 2), "old_mill")[1] == (15 / 40 + 5 / 40) / 2
    assert threats(after(world(**home(alarm=0.5)), 2), "old_mill")[1] == (1.0 + 5 / 10) / 2


def test_a_threat_ripens_towards_the_deadline(world):
    model = after(world(**home(ripening=0.5, lobbying=0.9, mobilised=1.0)), 3)
    # A day of five has passed in the second round, two in the third.
    assert threats(model, "old_mill")[1:] == pytest.approx([0.5 * 0.6, 0.5 * 0.7])


def test_a_claim_is_a_share_of_the_best_over_no_deal(world):
    model = after(world(BAKERS), 2)
    # Three of the four that grain could give are claimed; Coast offers none, Valley is about to ask for four.
    assert threats(model, "baker")[1] == (3 / 8 + 0.0) / 2
    assert (2, "demand", [(1, 3.0)], None) in actions(model, "bakers")


def test_the_strictest_limit_of_those_alarmed_is_demanded(world):
    # The old mill bears one of cloth, the new mill two.
    assert actions(after(world(), 2))[0] == (2, "demand", [(0, 1.0)], None)
    only_new = after(world(**home(lobbying=0.1), **{"parties.old_mill.tolerance": 10.0}), 2)
    assert actions(only_new)[0] == (2, "demand", [(0, 2.0)], None)


TURNS = {
    # Of value q − 2p; both issues stand at 0. Who has its claim today guards what could take it away.
    "who is content guards": (-3.0, [("p", True, 1.0)]),
    "who falls short turns to what is enough": (3.0, [("q", False, 3.0)]),
    "or asks for the best of everything": (5.0, [("q", False, 4.0), ("p", True, 0.0)]),
}


@pytest.mark.parametrize(("claim", "limits"), TURNS.values(), ids=TURNS)
def test_a_member_turns_to_one_issue_after_the_other(claim, limits):
    grid = [0.0, 1.0, 2.0, 3.0, 4.0]
    values = {"p": [-2.0 * level for level in grid], "q": grid}
    problem = Problem.from_tables({"p": grid, "q": grid, "r": ["a", "b"]}, {"a": values, "b": {"r": [0.0, 1.0]}})
    vector = problem.party("a").vector(problem.n_columns, np.zeros(0))
    asked = [(problem.space.index("q"), False), (problem.space.index("p"), True)]
    found = loosest_limits(problem, vector, np.zeros(3, dtype=np.int64), claim, asked)
    assert [(problem.space.names[issue], at_most, level) for issue, at_most, level in found] == limits


def test_a_red_line_takes_the_whole_threat_and_a_public_line_its_credence(world):
    red = {"parties.valley.commitments.hold.from_start": True}
    assert threats(after(world(**red), 2), "old_mill")[1] == 0.0
    public = {**red, "parties.valley.commitments.hold.kind": "public_line", "parties.valley.commitments.hold.cost": 0.1}
    assert threats(after(world(**public, **home(credence=0.25)), 2), "old_mill")[1] == 0.75 * 0.5


def test_what_is_left_of_a_threat_is_remembered(world):
    event = '[events.promise]\ndate = 2030-01-03\nlabel = "promise"\ndeclares = {valley = ["hold"]}\n'
    model = after(world(event, **home(memory=0.8)), 6)
    assert threats(model, "old_mill") == pytest.approx([0.0, 0.5, 0.4, 0.32, 0.256, 0.2048])
    assert levels(model, "old_mill") == [0, 1, 1, 1, 1, 0]


# ---- what the government answers ----
# Refusal: the old mill lobbies, the pressure is its share 20/25, so cloth weighs 1 + 0.25 · 0.8 and (2, 4) leaves 8 − 2.4 = 5.6.

ANSWERS = {
    "no line that costs a third of three": (home(cost=3.0, credence=1.0), "refusal", False),
    "a line that costs a third of nine tenths": (home(cost=0.9, credence=1.0), "commitment", True),
    "not one that is half believed and leaves the pressure": (home(cost=0.9, credence=0.5), "refusal", False),
    "no red line, which leaves (1, 2) and three": (home(commitment="red_line"), "refusal", False),
    # Refused, cloth would weigh 3.4: (2, 4) would leave 1.2.
    "a red line when refusal is worse": (
        {**home(commitment="red_line"), **home(raises={"care": 3.0})},
        "commitment",
        True,
    ),
    "of equals a commitment": (home(cost=0.0), "commitment", False),
}


@pytest.mark.parametrize(("settings", "answer", "accepted"), ANSWERS.values(), ids=ANSWERS)
def test_the_government_takes_what_leaves_it_most(world, settings, answer, accepted):
    model = after(world(**settings), 2)
    assert [action for _, action, _, _ in actions(model)] == ["demand", answer, "acceptance" if accepted else "protest"]
    assert levels(model, "old_mill")[1] == (0 if accepted else 1)
    if answer == "commitment":
        kind = "red_line" if settings.get("groups.mills.home.commitment") else "public_line"
        (line,) = model.lines.of("valley")
        assert (line.issue, line.level, line.above, line.red) == (0, 1.0, True, kind == "red_line")
        assert model.lines.log[0]["why"] == "demand of Mills of Valley"


SUMS = {
    # 12 take 9.6 of the 15 and the 5 that the old mill misses: 5.4/20 and nothing. They cost 0.24 and keep 6.
    "the large sum": (0.02, 1.0, 12.0, 0.135),
    # At 0.04 they would cost 0.48, more than the 0.4 that pressure takes.
    "none that costs more than pressure": (0.04, 1.0, 0.0, 0.5),
    # Four fold, three times as much relief as the 17.5 that both mills miss together: less is enough.
    "the small sum where it does": (0.01, 5.0, 4.0, 0.0),
}


@pytest.mark.parametrize(("funds", "relief", "paid", "left"), SUMS.values(), ids=SUMS)
def test_money_is_paid_where_it_costs_less_than_pressure(world, funds, relief, paid, left):
    payment = home(**{"payment.cost_of_funds": funds, "payment.relief": relief})
    model = after(world(PAYMENT, **payment), 2)
    demanded = 12.0 if relief == 1.0 else 4.0
    assert actions(model)[0] == (2, "demand", [(0, 1.0)], demanded)
    assert actions(model)[1][1:] == (("payment", [], paid) if paid else ("refusal", [], None))
    assert model.home[0].paid == paid
    assert threats(model, "old_mill")[1] == pytest.approx(left)
    assert outcome_of(model)["payments"] == ({"mills": paid} if paid else {})


def test_money_paid_at_home_changes_no_package_abroad(world):
    paid = after(world(PAYMENT, **home(**{"payment.cost_of_funds": 0.02})), 3)
    quiet = after(world(PAYMENT, **{"mechanisms.home_table": False, "mechanisms.mobilisation": False}), 3)
    assert [o["flows"] for o in paid.offers] == [o["flows"] for o in quiet.offers]


def test_a_refused_demand_is_tabled_again_only_when_it_or_the_pressure_has_changed(world):
    model = after(world(**home(mobilised=0.9)), 6)
    assert levels(model, "old_mill") == [0, 1, 1, 1, 1, 1]
    assert [number for number, action, _, _ in actions(model) if action == "demand"] == [2, 3]
    # When Coast asks for three instead of four of cloth, 11.25 are missing instead of 17.5: another demand.
    payment = home(mobilised=0.9, **{"payment.cost_of_funds": 5.0, "payment.amounts": [4.0, 12.0, 20.0]})
    yielding = {"parties.coast.tactics": [{"name": "linear"}]}
    model = after(world(PAYMENT, **payment, **home(lobbying=0.1, memory=0.9), **yielding), 6)
    assert [tabled(model, k, "coast")[0] for k in (1, 2, 3, 4)] == [4, 4, 4, 3]
    demands = [(number, amount) for number, action, _, amount in actions(model) if action == "demand"]
    assert demands == [(2, 20.0), (3, 20.0), (5, 12.0)]


def test_a_payment_takes_hurry_away(world):
    hurry = {"parties.valley.hurry": {"start": 1.0, "end": 1.0, "exponent": 3.0, "floor": 0.5}}
    for relief, left in ((1.0, 0.5), (5.0, 1.0 - 0.5 * 4 / 12)):
        payment = home(**{"payment.cost_of_funds": 0.01, "payment.relief": relief, "payment.calms": 0.5})
        model = after(world(PAYMENT, **payment, **hurry), 2)
        valley = model.negotiators[0]
        assert valley.hurry.on(model.day) == pytest.approx(left)
        assert valley.hurry.exponent_factor(model.day) == pytest.approx(1.0 + 2.0 * left)
        assert valley.hurry.floor_factor(model.day) == pytest.approx(1.0 - 0.5 * left)
        assert outcome_of(model)["drawn"]["valley"]["hurry"] == pytest.approx(left)


# ---- what pressure does ----


def test_levels_rise_by_one_and_weights_with_the_pressure(world):
    model = NegotiationModel(world(), collect=False)
    valley, home_table = model.negotiators[0], model.home[0]
    pressures, factors = [], []
    while model.running:
        model.step()
        pressures.append(home_table.pressure)
        factors.append(valley.factors.tolist())
        assert valley.party.lower[0] <= valley.weights[0] <= valley.party.upper[0]
        assert valley.weights[0] == pytest.approx(factors[-1][0], rel=1e-3)
    assert levels(model, "old_mill") == [0, 1, 2, 2, 2, 2]
    assert levels(model, "new_mill") == [0] * 6
    assert pressures == pytest.approx([0.0, 0.8, 1.6, 1.6, 1.6, 1.6])
    assert factors == [[pytest.approx(1.0 + 0.25 * p)] for p in pressures]


def test_an_election_ahead_makes_pressure_count_for_more(world):
    model = NegotiationModel(world(POLL, **home(until="poll", boost=1.0, dwell=9)), collect=False)
    factors = []
    while model.running:
        model.step()
        factors.append(float(model.negotiators[0].factors[0]))
    assert factors == pytest.approx([1.0, 1.2 * 1.4, 1.4 * 1.8, 1.4 * 1.8, 1.4, 1.4])


def test_two_groups_multiply_each_others_pressure(world):
    model = after(world(BAKERS), 2)
    assert [table.pressure for table in model.home] == pytest.approx([0.8, 1.0])
    assert model.negotiators[0].factors == pytest.approx([1.2 * 1.5])


def test_groups_press_on_both_sides_of_the_table(world):
    model = after(world(FARMS), 2)
    # Valley has asked for four of grain; now that its mills lobby, Coast is about to leave it three.
    assert threats(model, "farm")[1] == (1.0 + 6 / 8) / 2
    assert {m["group"]: m["government"] for m in model.home_moves} == {"mills": "valley", "farms": "coast"}
    assert actions(model, "farms")[0] == (2, "demand", [(1, 0.0)], None)
    assert actions(model, "farms")[1][1] == "refusal"


def test_without_mobilisation_pressure_moves_nothing(world):
    model = after(world(**{"mechanisms.mobilisation": False}, **home(forces="hold", forces_at=0.5)), 6)
    assert set(levels(model, "old_mill")) == {0, 1, 2}
    assert model.negotiators[0].factors.tolist() == [1.0]
    assert {action for _, action, _, _ in actions(model)} == {"demand", "refusal", "protest"}
    assert model.lines.log == []

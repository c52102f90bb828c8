"""Politics at home pushes the talks the way that the literature on two-level games says, and keeps inside its bounds.

Every comparison plays the same seeds twice (common random numbers), so that only the knob differs. What a deal is worth is
measured without pressure and lines: at the weights that were drawn, over no deal, as a share of the most that a seat could
gain from a package that leaves nobody worse off.

References
----------
Putnam (1988), "Diplomacy and Domestic Politics: The Logic of Two-Level Games", International Organization 42(3). Schelling
(1960), The Strategy of Conflict: a party that is bound at home gets more at the table, if there is a deal. Iida (1993), "When
and How Do Domestic Constraints Matter?", Journal of Conflict Resolution 37(3): not all that is signed is ratified.
"""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import numpy as np
import pytest

from negosim.core.mobilisation import reversals
from negosim.scenario.load import load_scenario
from negosim.sim.model import NegotiationModel
from negosim.sim.record import negotiate

NAME = "us_japan_2025"
ORCHARD = Path(__file__).parents[1] / "scenarios" / "orchard"
US, JAPAN = "us_government", "japan_government"
LINES_OF_JAPAN = "parties.japan_government.commitments"


def fixed(name, number, unit):
    """Return settings that put a value at a number outside its range."""
    rest = {"unit": unit, "kind": "assumed", "source": "assumption", "note": "For a test.", "inert": "For a test."}
    return {f"values.{name}": {"value": number, "range": [number, number], **rest}}


# ---- playing and measuring ----


def same_packages(one, other):
    """Tell whether two problems value all packages alike under the same box of weights."""
    return (
        dict(one.parties) == dict(other.parties)
        and one.references.keys() == other.references.keys()
        and all(np.array_equal(one.references[name], other.references[name]) for name in one.references)
        and len(one.blocks) == len(other.blocks)
        and all(np.array_equal(a.table, b.table) for a, b in zip(one.blocks, other.blocks, strict=True))
    )


@pytest.fixture(scope="module")
def load():
    """Return a function that loads the shipped scenario; scenarios with equal packages share them."""
    known = []

    def scenario_of(overrides=(), given=None):
        scenario = load_scenario(NAME, overrides, given)
        for problem in known:
            if same_packages(problem, scenario.problem):
                vars(scenario)["problem"] = problem
                return scenario
        known.append(scenario.problem)
        return scenario

    return scenario_of


@pytest.fixture(scope="module")
def play(load):
    """Return a function that plays some seeds and sums each up; each way is played once."""
    played = {}

    def run(given=None, overrides=(), seeds=120):
        key = repr((overrides, given, seeds))
        if key not in played:
            scenario = load(overrides, given)
            played[key] = [summary(negotiate(scenario, seed)) for seed in range(seeds)]
        return played[key]

    return run


def summary(model):
    """Return what the comparisons need of finished talks."""
    by_round, levels = {}, {}
    for row in model.pressures:
        by_round.setdefault(row["group"], {})[row["round"]] = row["pressure"]
        levels.setdefault(row["party"], []).append(row["level"])
    found = {
        "ending": model.ending,
        "in time": model.signed is not None and model.phase == 1,
        "signed": model.signed,
        "vote": model.vote,
        "pressure": {group: mean(pressures.values()) for group, pressures in by_round.items()},
        "reversals": sum(reversals(path) for path in levels.values()),
        "hurry": model.negotiators[1].hurry.on(model.day),
        "paid": sum(table.paid for table in model.home),
    }
    if model.signed_code is not None:
        found["share"] = shares(model)
    return found


def shares(model):
    """Return what each seat got of its attainable gain."""
    agreed = model.problem.components(model.signed_code)
    no_deal = model.problem.references[model.no_deal_today]
    over = []
    for n in model.negotiators:
        weights = n.party.on_grid(n.drawn_weights)
        flows = n.party.flows(np.vstack([agreed, model.problem.menu.components]), weights)
        over.append(flows - n.party.flows(no_deal, weights))
    gains = np.stack(over, axis=1)
    best = gains[1:][np.all(gains[1:] >= 0.0, axis=1)].max(axis=0)
    return dict(zip(model.problem.seats, (gains[0] / best).tolist(), strict=True))


def signed(talks):
    return sum(t["signed"] is not None for t in talks)


def in_both(one, other):
    """Return the pairs of talks in which something is signed either way."""
    return [(a, b) for a, b in zip(one, other, strict=True) if a["signed"] and b["signed"]]


def change(one, other, measure):
    """Return by how much a measure of what is signed changes on average, seed by seed."""
    return mean(measure(b) - measure(a) for a, b in in_both(one, other))


def of_japan(talk):
    return talk["share"][JAPAN]


def of_us(talk):
    return talk["share"][US]


def split(talk):
    """Return Japan's part of what both gain."""
    return talk["share"][JAPAN] / (talk["share"][JAPAN] + talk["share"][US])


def car_tariff(talk):
    return talk["signed"]["auto_tariff"]


def pressed(talks, group):
    return mean(t["pressure"][group] for t in talks)


# ---- bounds ----


def weights_stay_inside(scenario, seeds):
    """Play some seeds and check at every step that no weight leaves the box of the packages."""
    moved = 0
    for seed in seeds:
        model = NegotiationModel(scenario, rng=seed, collect=False)
        while model.running:
            model.step()
            for n in model.negotiators:
                assert np.all(n.weights >= np.array(n.party.lower))
                assert np.all(n.weights <= np.array(n.party.upper))
                moved += not np.all(n.factors == 1.0)
    return moved


def crossings(model):
    """Return the moves that table, accept or re-open what a red line of that day forbids."""
    red = [
        (entry["line"], entry["from_day"], np.inf if entry["to_day"] is None else entry["to_day"])
        for entry in model.lines.log
        if entry["line"].red
    ]
    return [
        (move["round"], move["by"], move["action"])
        for move in model.offers
        if move["action"] in ("offer", "accept", "reopen")
        for line, first, last in red
        if first <= move["day"] < last and model.lines.crosses(line, move["code"])
    ]


def test_in_a_small_world_weights_stay_in_their_box_and_nothing_crosses_a_red_line():
    scenario = load_scenario(ORCHARD)
    assert weights_stay_inside(scenario, range(20)) > 0
    models = [negotiate(scenario, seed) for seed in range(40)]
    assert any(entry["line"].red for model in models for entry in model.lines.log)
    assert [crossings(model) for model in models] == [[]] * 40


@pytest.mark.slow
def test_weights_stay_in_their_box_and_nothing_crosses_a_red_line(load):
    for overrides in ((), ("farm_revolt",), ("detroit_first",)):
        scenario = load(overrides)
        assert weights_stay_inside(scenario, range(8)) > 0
        models = [negotiate(scenario, seed) for seed in range(12)]
        assert [crossings(model) for model in models] == [[]] * 12
        assert any(entry["line"].red for model in models for entry in model.lines.log)


@pytest.mark.slow
def test_pressure_rarely_swings_and_it_is_memory_and_dwell_that_hold_it(play):
    steady = play(seeds=60)
    forgetful = {
        **fixed("memory_industry", 0.0, "share"),
        **fixed("memory_farmers", 0.0, "share"),
        **fixed("end_of_a_level", 1.0, "share"),
        **fixed("rounds_before_a_level_ends", 1.0, "none"),
    }
    swinging = play(forgetful, seeds=60)
    # All eleven members together, a talk.
    assert mean(t["reversals"] for t in steady) < 0.3
    assert mean(t["reversals"] for t in swinging) > max(0.5, 3.0 * mean(t["reversals"] for t in steady))


# ---- hands tied at home ----


@pytest.mark.slow
def test_a_dearer_line_on_cars_buys_a_share_and_costs_deals(play):
    costs = [
        {"values.cost_of_a_car_line": cost, "values.broken_line_cost": cost} for cost in (0.0, 150.0)
    ]  # fmt: skip
    free, bound = (play(given, seeds=200) for given in costs)
    assert signed(bound) < signed(free)
    assert change(free, bound, of_japan) > 0.0
    assert change(free, bound, of_us) < 0.0
    assert change(free, bound, car_tariff) < -0.5


@pytest.mark.slow
def test_a_veto_on_what_it_gives_raises_the_part_of_the_bound_side_and_shrinks_the_whole(play):
    limits = {"us_rice_in_quota": "@us_rice_that_farmers_bear", "food_rules": "@eased_rules_that_farmers_bear"}
    veto = {
        "groups.farmers.home.forces": "",
        f"{LINES_OF_JAPAN}.hold_the_farms.from_start": True,
        f"{LINES_OF_JAPAN}.hold_the_farms.at_most": {**limits, "purchases": 4.0, "investment_pledge": 200.0},
    }
    free, bound = play(), play(veto)
    assert signed(bound) <= signed(free)
    assert change(free, bound, split) > 0.02
    assert change(free, bound, of_us) < -0.05
    assert change(free, bound, of_japan) < 0.0


@pytest.mark.slow
def test_hurry_brings_deals_forward_and_gives_a_share_away(play):
    patient = {"values.hurry_exponent_japan": 1.0, "values.hurry_floor_japan": 1.0}
    hurried = {
        "values.hurry_japan_april": 0.5,
        "values.hurry_exponent_japan": 4.0,
        "values.hurry_floor_japan": 0.4,
    }
    slow, fast = play(patient), play(hurried)
    assert sum(t["in time"] for t in fast) > sum(t["in time"] for t in slow)
    assert signed(fast) > signed(slow)
    assert change(slow, fast, of_japan) < -0.02
    assert change(slow, fast, of_us) > 0.02


# ---- money at home ----


@pytest.mark.slow
def test_loans_take_pressure_and_hurry_away(play):
    lent, none = play(), play(fixed("cost_of_public_funds", 1e6, "yen_per_yen"))
    assert mean(t["paid"] for t in lent) > 0.0
    assert max(t["paid"] for t in none) == 0.0
    assert pressed(lent, "automakers") < pressed(none, "automakers")
    assert mean(t["hurry"] for t in lent) < mean(t["hurry"] for t in none)


@pytest.mark.slow
def test_loans_that_relieve_more_leave_less_pressure(play):
    little, much = (play({"values.grant_in_a_loan": relief}) for relief in (0.02, 0.1))
    assert pressed(much, "automakers") < pressed(little, "automakers")


@pytest.mark.slow
def test_who_is_calmed_by_loans_holds_out_longer(play):
    anxious, calm = (play({"values.calm_from_loans": share}, seeds=200) for share in (0.0, 0.6))
    assert mean(t["hurry"] for t in calm) < mean(t["hurry"] for t in anxious)
    assert sum(t["in time"] for t in calm) < sum(t["in time"] for t in anxious)
    assert signed(calm) < signed(anxious)
    assert change(anxious, calm, of_japan) > 0.0


# ---- pressure on the car tariff ----


@pytest.mark.slow
def test_carmakers_who_press_harder_get_a_lower_tariff(play):
    for knob, ends in (("rise_of_auto_weight", (0.1, 0.5)), ("alarm_automakers", (0.5, 0.1))):
        faint, loud = (play({f"values.{knob}": end}) for end in ends)
        assert change(faint, loud, car_tariff) < -0.5
        assert change(faint, loud, of_japan) > 0.0


@pytest.mark.slow
def test_detroit_keeps_it_up(play):
    for knob, ends, least in (
        ("rise_of_industry_weight", (0.1, 0.5), 0.0),
        ("alarm_us_carmakers", (0.1, 0.03), 0.5),
    ):
        faint, loud = (play({f"values.{knob}": end}) for end in ends)
        assert pressed(loud, "us_carmakers") > 0.0
        assert change(faint, loud, car_tariff) > least
        assert change(faint, loud, of_us) > 0.0


# ---- farmers, the election and the vote ----


@pytest.mark.slow
def test_what_farmers_were_promised_holds_until_they_have_voted(load):
    scenario = load(("certain_extension",))
    election = scenario.timetable.event_days["upper_house_election"]
    ended = 0
    for seed in range(30):
        model = negotiate(scenario, seed)
        promised = [entry for entry in model.lines.log if entry["key"] == "farmers granted"]
        assert promised
        for entry in promised:
            assert entry["line"].red
            ended += entry["to_day"] is not None
            assert entry["to_day"] is None or entry["to_day"] >= election
            assert (entry["to_day"] is None) == (model.day < election)
    assert ended > 0


@pytest.mark.slow
def test_a_worse_result_of_the_election_makes_a_vote_harder(load):
    found = []
    for result in (-1.5, 0.5):
        scenario = load(("free_vote", "certain_extension"), {"values.election_result": result})
        model = NegotiationModel(scenario, rng=0, collect=False)
        code = model.problem.menu.codes[model.problem.voted[0]]
        components = model.problem.components_of(int(code))
        before = model.parliament.chance(int(code), components)
        model.day = scenario.timetable.event_days["upper_house_election"]
        model.parliament.turn_to_day()
        found.append((before, model.parliament.chance(int(code), components)))
    (before, worse), (same, better) = found
    assert worse < before == same < better


@pytest.mark.slow
def test_where_a_vote_is_free_farm_law_is_signed_and_parliament_stops_some_of_it(play):
    talks = play(overrides=("free_vote",), seeds=60)
    votes = [t for t in talks if t["vote"]]
    assert len(votes) > 10
    assert {t["ending"] for t in votes} == {"deal", "rejected"}
    assert all(t["signed"] is not None and t["vote"]["needed_for"] for t in votes)


@pytest.mark.slow
def test_a_friendlier_parliament_is_asked_more_and_refuses_less(play):
    asked, passed = [], []
    for stance in (0.0, 1.0, 3.0):
        given = fixed("vote_stance", stance, "index")
        given["values.vote_stance"] |= {"range": [stance - 0.5, stance + 0.5], "inert": ""}
        votes = [t for t in play(given, overrides=("free_vote",), seeds=60) if t["vote"]]
        asked.append(len(votes))
        passed.append(sum(t["ending"] == "deal" for t in votes))
    assert asked[0] < asked[1] < asked[2]
    assert passed[0] < passed[1] < passed[2]
    assert passed[1] / asked[1] < passed[2] / asked[2]

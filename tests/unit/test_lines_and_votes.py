"""What stands in the way of a deal at home: lines that are forced, granted or declared, votes, and principals.

On the same small scenario as the home table: Valley lets in cloth, Coast grain, five levels each; Valley gets 2 grain − cloth,
Coast 2 cloth − grain, no deal is worth 0. From the second round on Valley asks for (cloth, grain) = (2, 4), and under a red line
at one of cloth for (1, 2). The old mill, four fifths of the pressure, tolerates one of cloth.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from negosim.scenario.load import load_scenario
from negosim.sim.model import NegotiationModel
from negosim.sim.record import negotiate, outcome_of, record_of

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


def tabled(model, number, seat):
    """Return the package that a seat tabled in a round."""
    codes = [o["code"] for o in model.offers if (o["round"], o["by"], o["action"]) == (number, seat, "offer")]
    return tuple(model.problem.space.package(codes[0]).values())


POLL = """
[events.poll]
date = 2030-01-05
label = "poll"
"""

# ---- lines ----

SWINGING = home(forces="hold", forces_at=1.5, dwell=1, down=0.6, memory=0.5)
"""The old mill forces a red line, is calmed by it, lets it lapse, and starts again."""


def test_high_pressure_forces_a_commitment_that_lapses_when_it_falls(world):
    model = after(world(**SWINGING), 6)
    came_and_went = [(n, action) for n, action, _, _ in actions(model) if action in ("forced", "lapse")]
    assert came_and_went == [(3, "forced"), (4, "lapse"), (5, "forced"), (6, "lapse")]
    assert [(line["from_day"], line["to_day"]) for line in model.lines.log] == [(2.0, 3.0), (4.0, 5.0)]
    assert {line["why"] for line in model.lines.log} == {"pressure of Mills of Valley"}
    # While it stands neither side asks for more than one of cloth; the best then left is (1, 2) and (1, 1).
    assert [tabled(model, k, "valley") for k in (2, 3, 4, 5, 6)] == [(2, 4), (1, 2), (2, 4), (1, 2), (2, 4)]
    assert [tabled(model, k, "coast") for k in (3, 4, 5)] == [(1, 1), (4, 3), (1, 1)]


def test_reversals_are_turns_after_the_first_fall(world):
    model = after(world(**SWINGING), 6)
    assert levels(model, "old_mill") == [0, 1, 2, 1, 2, 1]
    assert outcome_of(model)["pressure"]["mills"]["reversals"] == 2
    steady = after(world(**{**SWINGING, **home(dwell=2, memory=0.9)}), 6)
    assert levels(steady, "old_mill") == [0, 1, 2, 2, 2, 2]
    assert outcome_of(steady)["pressure"]["mills"] == {
        "mean": pytest.approx(7.2 / 6),
        "highest": pytest.approx(1.6),
        "reversals": 0,
    }


def test_a_level_falls_only_after_the_rounds_it_dwells(world):
    event = '[events.promise]\ndate = 2030-01-03\nlabel = "promise"\ndeclares = {valley = ["hold"]}\n'
    found = {}
    for dwell in (1, 2, 3):
        found[dwell] = levels(after(world(event, **home(dwell=dwell)), 6), "old_mill")
    assert found == {1: [0, 1, 0, 0, 0, 0], 2: [0, 1, 1, 0, 0, 0], 3: [0, 1, 1, 1, 0, 0]}


def test_an_offer_that_a_new_red_line_crosses_can_no_longer_be_accepted(world, tmp_path):
    list_ = "action,cloth,grain\n" + "offer,2,4\n" * 6
    (tmp_path / "cloth_and_grain").mkdir()
    (tmp_path / "cloth_and_grain" / "coast.csv").write_text(list_, encoding="utf-8")
    scripted = {"parties.coast.tactics": [{"name": "scripted", "script": "coast.csv"}]}
    free = after(world(**scripted), 2)
    assert (free.ending, free.signed) == ("deal", {"cloth": 2.0, "grain": 4.0})
    bound = after(world(**scripted, **home(forces="hold", forces_at=0.5, dwell=9)), 6)
    assert actions(bound)[3] == (2, "forced", [(0, 1.0)], None)
    assert (bound.ending, bound.negotiators[0].reserve) == ("no_deal", 0.0)
    assert [o["action"] for o in bound.offers if o["by"] == "valley"] == ["offer"] * 6 + ["reject"]
    assert {tabled(bound, k, "valley") for k in range(2, 7)} == {(1, 2)}


def test_a_public_line_costs_in_proportion_to_how_far_it_is_crossed(world):
    public = {"from_start": True, "kind": "public_line", "cost": 3.0}
    given = {f"parties.valley.commitments.hold.{key}": value for key, value in public.items()}
    model = after(world(**given, **{"mechanisms.home_table": False, "mechanisms.mobilisation": False}), 1)
    valley, space = model.negotiators[0], model.problem.space
    for cloth, cost in ((0, 0.0), (1, 0.0), (2, 1.0), (3, 2.0), (4, 3.0)):
        code = space.code({"cloth": float(cloth), "grain": 4.0})
        assert valley.flow(model.current.components_of(code)) == pytest.approx(8.0 - cloth - cost, abs=1e-6)
        assert valley.flow(model.problem.components(code)) == 8.0 - cloth
    assert valley.no_deal == 0.0


def test_what_was_granted_lapses_when_the_event_comes(world):
    model = after(world(POLL, **home(cost=0.9, credence=1.0, until="poll")), 6)
    assert actions(model)[1] == (2, "commitment", [(0, 1.0)], None)
    assert (5, "lapse", [(0, 1.0)], None) in actions(model)
    assert (model.lines.log[0]["from_day"], model.lines.log[0]["to_day"]) == (1.0, 4.0)


def test_what_was_forced_lapses_when_the_event_comes_and_does_not_come_back(world):
    model = after(world(POLL, **home(forces="hold", forces_at=0.5, until="poll", dwell=9)), 6)
    assert [(n, a) for n, a, _, _ in actions(model) if a in ("forced", "lapse")] == [(2, "forced"), (5, "lapse")]
    assert model.home[0].pressure >= 0.5
    assert model.lines.all() == []


EVENTS = """
[events.promise]
date = 2030-01-02
label = "promise"
declares = {valley = ["hold"]}
delay_days = 1

[events.second_thoughts]
date = 2030-01-05
label = "second thoughts"
releases = {valley = ["hold"]}

[events.strike]
date = 2030-01-04
label = "strike"
weight_factor = {care = 1.5}
"""


def test_events_bring_lines_and_take_them_and_move_weights(world):
    model = NegotiationModel(
        world(EVENTS, **{"mechanisms.home_table": False, "mechanisms.mobilisation": False}), collect=False
    )
    standing, factors = [], []
    while model.running:
        model.step()
        standing.append(len(model.lines.all()))
        factors.append(float(model.negotiators[0].factors[0]))
    assert standing == [0, 0, 1, 1, 0, 0]
    assert factors == [1.0, 1.0, 1.0, 1.5, 1.5, 1.5]
    # (1, 2) under the line; at a weight of 1.5 still (2, 4), worth 8 − 3.
    assert [tabled(model, k, "valley") for k in (2, 3, 4, 5)] == [(2, 4), (1, 2), (1, 2), (2, 4)]
    lines = record_of(model).lines
    assert lines["why"].tolist() == ["event promise"]
    assert (lines["from_day"].tolist(), lines["to_day"].tolist()) == ([2.0], [4.0])


# ---- the vote ----

VOTE = """
[ratification]
label = "the assembly"
government = "valley"
issues = ["cloth"]
stance = "@stance"
days = 3

[values.stance]
value = 0
range = [-1, 1]
unit = "index"
kind = "assumed"
source = "invented"
note = "Of the assembly."
"""
ALONE = {"mechanisms.home_table": False, "mechanisms.mobilisation": False}
TAKES_ANY = {"parties.coast.acceptance": {"name": "ac_const", "alpha": 0.0}}


def test_everybody_counts_with_the_vote(world):
    model = after(world(VOTE, **ALONE), 2)
    # The opening needs none; (2, 4) passes one time in two, and otherwise there is no deal.
    assert [(o["chance"], o["flows"]) for o in model.offers[::2]] == [(1.0, [8.0, -4.0]), (0.5, [3.0, 0.0])]


def test_a_vote_passes_or_fails_by_its_true_chance(world):
    scenario = world(VOTE, **ALONE, **TAKES_ANY)
    endings = []
    for seed in range(40):
        model = negotiate(scenario, seed)
        outcome = outcome_of(model)
        vote = outcome["vote"]
        chance = 1.0 / (1.0 + math.exp(-model.drawn["stance"]))
        assert vote["chance"] == pytest.approx(chance, abs=1e-5)
        assert (vote["expected_chance"], vote["needed_for"], vote["date"]) == (0.5, ["cloth"], "2030-01-05")
        assert vote["passed"] == (model.streams.uniform("ratification") < vote["chance"])
        assert outcome["signed"] == {"cloth": 2.0, "grain": 4.0}
        endings.append(outcome["ending"])
        if vote["passed"]:
            assert (outcome["ending"], outcome["package"]) == ("deal", outcome["signed"])
            assert outcome["gains"]["valley"] == 6.0
        else:
            assert (outcome["ending"], outcome["agreement"], outcome["package"]) == ("rejected", False, None)
            assert set(outcome["gains"].values()) == {0.0}
            assert outcome["theory"].get("share_of_attainable_gain") is None
    assert {"deal", "rejected"} == set(endings)


def test_an_event_moves_the_vote(world):
    rally = '[events.rally]\ndate = 2030-01-01\nlabel = "rally"\nsupport = -2\ndelay_days = 1\n'
    model = negotiate(world(VOTE + rally, **ALONE, **TAKES_ANY), 3)
    assert model.vote["expected_chance"] == pytest.approx(1.0 / (1.0 + math.exp(2.0)), abs=1e-5)
    assert model.vote["chance"] == pytest.approx(1.0 / (1.0 + math.exp(2.0 - model.drawn["stance"])), abs=1e-5)


# ---- the principal ----

SECOND_PHASE = """
[deadline]
date = 2030-01-04

[[deadline.moves]]
to = 2030-01-06
probability = 1
"""


def reopening(tmp_path, accepts, issue, steps, **more):
    """Return settings under which Coast accepts from some round on, and its principal re-opens what it accepted."""
    folder = tmp_path / "cloth_and_grain"
    folder.mkdir(exist_ok=True)
    rows = ["accept,," if number >= accepts else "pass,," for number in range(1, 7)]
    (folder / "coast.csv").write_text("\n".join(["action,cloth,grain", *rows, ""]), encoding="utf-8")
    return {
        "parties.coast.tactics": [{"name": "scripted", "script": "coast.csv"}],
        "parties.coast.principal": {"chance": 1.0, "issue": issue, "steps": steps},
        **ALONE,
        **more,
    }


def last_moves(model, count):
    return [(o["by"], o["action"]) for o in model.offers[-count:]]


def test_a_reopened_deal_is_signed_if_it_is_still_worth_the_reserve(world, tmp_path):
    model = negotiate(world(SECOND_PHASE, **reopening(tmp_path, 5, "cloth", 1)), 0)
    assert last_moves(model, 4) == [
        ("valley", "offer"),
        ("coast", "accept"),
        ("coast", "reopen"),
        ("valley", "accept"),
    ]
    assert (model.round, model.signed) == (5, {"cloth": 3.0, "grain": 4.0})
    assert model.gains["valley"] == 5.0


def test_a_reopened_deal_falls_if_it_is_not_and_is_not_reopened_again(world, tmp_path):
    model = negotiate(world(SECOND_PHASE, **reopening(tmp_path, 5, "grain", -4)), 0)
    moves = [(o["round"], o["by"], o["action"]) for o in model.offers if o["round"] >= 5]
    assert moves == [
        (5, "valley", "offer"), (5, "coast", "accept"), (5, "coast", "reopen"), (5, "valley", "reject"),
        (6, "valley", "offer"), (6, "coast", "accept"),
    ]  # fmt: skip
    assert model.signed == {"cloth": 2.0, "grain": 4.0}


def test_a_deal_is_not_reopened_before_the_deadline_nor_past_a_red_line(world, tmp_path):
    early = negotiate(world(SECOND_PHASE, **reopening(tmp_path, 2, "cloth", 1)), 0)
    assert (early.round, early.signed) == (2, {"cloth": 2.0, "grain": 4.0})
    held = {"parties.valley.commitments.hold.from_start": True}
    bound = negotiate(world(SECOND_PHASE, **reopening(tmp_path, 5, "cloth", 1, **held)), 0)
    assert (bound.round, bound.signed) == (5, {"cloth": 1.0, "grain": 2.0})
    assert "reopen" not in {o["action"] for model in (early, bound) for o in model.offers}

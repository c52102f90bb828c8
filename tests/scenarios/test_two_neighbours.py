"""The small invented scenario against its hand solution, which docs/two_neighbours.md sets out."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from negosim.core.solutions import egalitarian, gain_lost, kalai_smorodinsky, nash, utilitarian
from negosim.scenario.load import load_scenario
from negosim.sim.model import NegotiationModel, release

GOLDEN = Path(__file__).parent / "golden"
ISSUES = ("toll", "fishing_quota", "inspection")
SEATS = ("uplandia", "coastalia")
RESERVE = np.array([3.0, 2.0])

ALL_PACKAGES = """
 0  0  0 border 12  6
 1  0  0 port    8 14
 2  0 20 border 13  3
 3  0 20 port    9 11
 4  0 40 border 14  0
 5  0 40 port   10  8
 6  5  0 border 10  9
 7  5  0 port    6 17
 8  5 20 border 11  6
 9  5 20 port    7 14
10  5 40 border 12  3
11  5 40 port    8 11
12 10  0 border  4 12
13 10  0 port    0 20
14 10 20 border  5  9
15 10 20 port    1 17
16 10 40 border  6  6
17 10 40 port    2 14
"""
FRONTIER = [0, 1, 2, 3, 4, 6, 7, 13]


@pytest.fixture(scope="module")
def problem():
    return load_scenario("two_neighbours").problem


def flows_of(problem, components):
    return np.stack([problem.party(seat).flows(components) for seat in SEATS], axis=1)


def play(*overrides, rng=1):
    model = NegotiationModel("two_neighbours", overrides=overrides, rng=rng)
    while model.running:
        model.step()
    release(model)
    return model


def test_it_says_that_it_is_invented():
    document = load_scenario("two_neighbours").document
    assert document.invented
    assert document.title == "Two neighbours"
    assert "invented" in document.question.lower()
    assert all("invented" in party.note.lower() for party in document.parties.values())
    assert document.seats == list(SEATS)


def test_every_package_has_the_value_added_up_by_hand(problem):
    rows = [line.split() for line in ALL_PACKAGES.strip().splitlines()]
    assert problem.space.size == len(rows) == 18
    for code, toll, quota, where, uplandia, coastalia in rows:
        package = {"toll": float(toll), "fishing_quota": float(quota), "inspection": f"at the {where}"}
        assert problem.space.code(package) == int(code)
        found = flows_of(problem, problem.components([int(code)]))[0]
        assert found.tolist() == [float(uplandia), float(coastalia)]


def test_no_deal_is_worth_the_reserves(problem):
    no_deal = problem.references["no_deal"]
    assert [float(problem.party(seat).flows(no_deal)) for seat in SEATS] == RESERVE.tolist()


def test_the_frontier_has_the_eight_packages_that_nothing_beats(problem):
    assert problem.frontier().codes.tolist() == FRONTIER
    assert problem.menu.codes.tolist() == FRONTIER


@pytest.mark.parametrize(
    ("solution", "code", "flows"),
    [
        (nash, 1, [8.0, 14.0]),
        (kalai_smorodinsky, 3, [9.0, 11.0]),
        (egalitarian, 6, [10.0, 9.0]),
        (utilitarian, 7, [6.0, 17.0]),
    ],
)
def test_each_solution_picks_its_own_package(problem, solution, code, flows):
    frontier = problem.frontier()
    points = flows_of(problem, frontier.components)
    winners = solution(points, RESERVE)
    assert frontier.codes[winners].tolist() == [code]
    assert points[winners].tolist() == [flows]


def test_the_scripted_deal_loses_a_twentieth(problem):
    points = flows_of(problem, problem.frontier().components)
    assert gain_lost(np.array([7.0, 14.0]), points, RESERVE) == pytest.approx(0.05, abs=1e-15)
    assert gain_lost(np.array([8.0, 14.0]), points, RESERVE) == 0.0


def test_a_hidden_weight_brings_four_packages_back():
    hidden = load_scenario("two_neighbours", ["hidden_weight"]).problem
    assert hidden.menu.codes.tolist() == sorted([*FRONTIER, 5, 8, 9, 15])
    assert hidden.frontier().codes.tolist() == FRONTIER
    # At w = 2 a catch is worth less than the toll: package 9 is on the frontier, and 12 never is.
    low = hidden.frontier({"coastalia": [2.0]}).codes.tolist()
    assert {5, 8, 9, 15} <= set(low)
    assert 12 not in low


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_hidden_weight_stays_in_its_range(seed):
    model = play("hidden_weight", rng=seed)
    (weight,) = model.negotiators[1].weights
    assert 2.0 <= weight <= 4.0
    # Package 13, Coastalia's opening: 6 from the toll, twice the weight, 8 from the port.
    opening = model.offers[1]
    assert opening["code"] == 13
    assert opening["flows"] == [0.0, 14.0 + 2.0 * weight]


GAMES = {
    (): {"toll": 0.0, "fishing_quota": 0.0, "inspection": "at the port"},
    ("scripted",): {"toll": 5.0, "fishing_quota": 20.0, "inspection": "at the port"},
    ("hard_coastalia",): {"toll": 5.0, "fishing_quota": 0.0, "inspection": "at the port"},
    ("hard_uplandia",): {"toll": 0.0, "fishing_quota": 0.0, "inspection": "at the border"},
    ("hard_coastalia", "hard_uplandia"): None,
}


def golden(overrides):
    return GOLDEN / f"{'+'.join(('two_neighbours', *overrides))}.csv"


def test_every_game_without_chance_has_a_golden_file():
    named = {name for game in GAMES for name in game}
    overrides = set(load_scenario("two_neighbours").document.overrides)
    assert named | {"hidden_weight"} == overrides
    assert {file.name for file in GOLDEN.glob("two_neighbours*.csv")} == {golden(game).name for game in GAMES}


@pytest.mark.parametrize("overrides", GAMES, ids=lambda game: "+".join(game) or "plain")
@pytest.mark.parametrize("rng", [1, 20])
def test_the_talks_go_as_played_by_hand(overrides, rng):
    model = play(*overrides, rng=rng)
    with golden(overrides).open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    found = [(o["round"], o["by"], o["action"], package(model, o), o["flows"]) for o in model.offers]
    expected = [
        (
            int(row["round"]),
            row["by"],
            row["action"],
            {name: row[name] if name == "inspection" else float(row[name]) for name in ISSUES} if row["toll"] else None,
            [float(row[seat]) for seat in SEATS] if row["toll"] else None,
        )
        for row in rows
    ]
    assert found == expected
    assert model.deal == GAMES[overrides]
    last = expected[-1][-1]
    gains = [flow - reserve for flow, reserve in zip(last, RESERVE, strict=True)] if model.agreement else [0.0, 0.0]
    assert [model.gains[seat] for seat in SEATS] == gains


def package(model, offer):
    return None if offer["code"] is None else model.problem.space.package(offer["code"])


def test_the_closing_answer_is_marked():
    assert [offer["closing"] for offer in play("scripted").offers] == [False] * 6 + [True]
    assert not any(offer["closing"] for offer in play().offers)


def test_the_plain_run_asks_for_what_the_formulas_say():
    model = play()
    asked = {(h["round"], h["party"]): h["aspiration"] for h in model.history}
    assert asked[(2, "uplandia")] == pytest.approx(9.0)
    assert asked[(2, "coastalia")] == pytest.approx(11.6)
    assert asked[(3, "uplandia")] == pytest.approx(5.0)
    best = {h["party"]: h["best"] for h in model.history}
    reserve = {h["party"]: h["reserve"] for h in model.history}
    assert best == {"uplandia": 13.0, "coastalia": 17.0}
    assert reserve == {"uplandia": 3.0, "coastalia": 2.0}

"""Limits on issues: how far levels cross them, what a red line forbids, and what a public line takes."""

from __future__ import annotations

import numpy as np
import pytest

from negosim.core.lines import Line, crosses_red
from negosim.core.problem import NO_DEAL, Problem
from negosim.core.space import Issue, Space

UNEVEN = Space((Issue("rules", ("old", "new")), Issue("duty", (0.0, 5.0, 10.0, 30.0))))
FALLING = Space((Issue("quota", (30.0, 20.0, 0.0)),))


@pytest.mark.parametrize(
    ("space", "issue", "level", "above", "shares"),
    [
        (UNEVEN, 1, 10.0, True, [0.0, 0.0, 0.0, 1.0]),
        (UNEVEN, 1, 5.0, True, [0.0, 0.0, 0.2, 1.0]),
        (UNEVEN, 1, 10.0, False, [1.0, 0.5, 0.0, 0.0]),
        (UNEVEN, 1, 20.0, False, [1.0, 0.75, 0.5, 0.0]),  # no level of the issue, but a limit
        (UNEVEN, 1, 30.0, True, [0.0, 0.0, 0.0, 0.0]),
        (UNEVEN, 1, 0.0, False, [0.0, 0.0, 0.0, 0.0]),
        (UNEVEN, 1, 50.0, False, [1.0, 0.9, 0.8, 0.4]),  # every level crosses, none fully but the farthest
        (FALLING, 0, 20.0, False, [0.0, 0.0, 1.0]),
        (FALLING, 0, 0.0, True, [1.0, 2.0 / 3.0, 0.0]),
    ],
)
def test_how_far_levels_cross(space, issue, level, above, shares):
    assert Line("home", issue, level, above, 3.0).crossing(space).tolist() == pytest.approx(shares, abs=1e-15)
    red = Line("home", issue, level, above)
    levels = np.zeros((len(shares), len(space.issues)), dtype=np.int64)
    levels[:, issue] = np.arange(len(shares))
    assert crosses_red([red], space, levels).tolist() == [share > 0.0 for share in shares]


def test_only_an_infinite_cost_forbids():
    assert Line("home", 1, 10.0, True).red
    assert not Line("home", 1, 10.0, True, 1e12).red
    assert not Line("home", 1, 10.0, True, 0.0).red


def test_what_any_red_line_forbids_is_forbidden():
    lines = [Line("home", 1, 5.0, above=False), Line("abroad", 1, 10.0, above=True), Line("home", 0, 0.0, True, 9.0)]
    levels = np.array([[[0, 0], [1, 1]], [[1, 2], [0, 3]]])
    assert crosses_red(lines, UNEVEN, levels).tolist() == [[True, False], [False, True]]
    assert crosses_red(lines[2:], UNEVEN, levels).tolist() == [[False, False], [False, False]]
    assert crosses_red([], UNEVEN, levels).shape == (2, 2)
    assert crosses_red(lines, UNEVEN, np.array([1, 1])).shape == ()


def test_a_line_is_told_by_all_that_it_says():
    line = Line("home", 1, 5.0, True, 2.0)
    assert line == Line("home", 1, 5.0, True, 2.0)
    others = [
        Line("abroad", 1, 5.0, True, 2.0),
        Line("home", 0, 5.0, True, 2.0),
        Line("home", 1, 6.0, True, 2.0),
        Line("home", 1, 5.0, False, 2.0),
        Line("home", 1, 5.0, True, 3.0),
        Line("home", 1, 5.0, True),
    ]
    assert len({line, *others}) == 7


def flows(problem, name):
    return problem.party(name).flows(problem.components(np.arange(problem.space.size))).tolist()


def test_what_crossing_costs_falls_on_its_owner_and_on_what_is_signed():
    problem = Problem.from_tables(
        {"duty": (0.0, 10.0, 20.0, 30.0), "quota": (0.0, 1.0)},
        {"home": {"duty": (0, 4, 8, 12), "quota": (2, 0)}, "abroad": {"duty": (9, 6, 3, 0), "quota": (0, 4)}},
        reserve={"home": 5.0, "abroad": 1.0},
    )
    # code: duty 0 (quota 0, 1), duty 10 (…) …
    assert flows(problem, "home") == [2, 0, 6, 4, 10, 8, 14, 12]
    duty, quota = Line("home", 0, 20.0, above=False, cost=5.0), Line("home", 1, 0.0, above=True, cost=1.0)
    assert flows(problem.under([duty]), "home") == [-3, -5, 3.5, 1.5, 10, 8, 14, 12]
    assert flows(problem.under([duty, quota]), "home") == [-3, -6, 3.5, 0.5, 10, 7, 14, 11]
    # A second, stricter line on the same issue costs besides.
    strict = Line("home", 0, 30.0, above=False, cost=3.0)
    assert flows(problem.under([duty, strict]), "home") == [-6, -8, 1.5, -0.5, 9, 7, 14, 12]
    lined = problem.under([duty, quota, strict])
    assert flows(lined, "abroad") == flows(problem, "abroad")
    assert lined.references is problem.references
    assert lined.references[NO_DEAL].tolist() == [5.0, 1.0]
    assert flows(problem, "home")[0] == 2  # the problem itself stays as it was
    with pytest.raises(ValueError, match="read-only"):
        lined.blocks[0].table[0, 0] = 1.0


def test_a_cost_that_no_power_of_two_divides_is_rounded_finely():
    problem = Problem.from_tables(
        {"duty": (0.0, 10.0, 20.0, 30.0)}, {"home": {"duty": (0, 4, 8, 12)}, "abroad": {"duty": (3, 2, 1, 0)}}
    )
    lined = problem.under([Line("home", 0, 0.0, above=True, cost=0.1)])
    assert flows(lined, "home") == pytest.approx([0.0, 4 - 0.1 / 3, 8 - 0.2 / 3, 11.9], abs=1e-9)


def test_the_line_of_a_party_without_a_seat_costs_it_and_moves_no_menu():
    problem = Problem.from_tables(
        {"duty": (0.0, 10.0)},
        {"home": {"duty": (0, 1)}, "abroad": {"duty": (1, 0)}, "farmers": {"duty": (0, 6)}},
        seats=("home", "abroad"),
    )
    lined = problem.under([Line("farmers", 0, 10.0, above=False, cost=2.0)])
    assert flows(lined, "farmers") == [-2, 6]
    assert lined.menu.codes.tolist() == problem.menu.codes.tolist() == [0, 1]

"""Closed forms of the four solutions, and what they do at the edges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from negosim.core.solutions import (
    distance,
    egalitarian,
    gain_lost,
    individually_rational,
    kalai_smorodinsky,
    nash,
    utilitarian,
)

Floats = NDArray[np.float64]
Solution = Callable[[Floats, Floats], NDArray[np.int64] | None]
SOLUTIONS: list[Solution] = [nash, kalai_smorodinsky, egalitarian, utilitarian]
GRID = 4096  # a power of two, so that the grids below hold their points exactly
GOLDEN = (5**0.5 - 1) / 2


def picked(solution: Solution, points: Floats, reserve: Floats) -> Floats:
    """Flows of the one winner."""
    winners = solution(points, reserve)
    assert winners is not None
    assert len(winners) == 1
    return points[winners[0]]


@pytest.fixture
def parabola() -> Floats:
    """Frontier u2 = 1 - u1^2."""
    u1 = np.arange(GRID + 1) / GRID
    return np.stack([u1, 1 - u1**2], axis=1)


def test_nash_splits_a_linear_frontier_above_the_reserve() -> None:
    u1 = np.arange(101) / 100
    points = np.stack([u1, 1 - u1], axis=1)
    assert picked(nash, points, np.array([0.2, 0.1])) == pytest.approx([0.55, 0.45])


@pytest.mark.parametrize(
    ("solution", "expected"),
    [
        (nash, (3**-0.5, 2 / 3)),
        (kalai_smorodinsky, (GOLDEN, GOLDEN)),
        (egalitarian, (GOLDEN, GOLDEN)),
        (utilitarian, (0.5, 0.75)),
    ],
)
def test_closed_forms_on_a_parabola(solution: Solution, expected: tuple[float, float], parabola: Floats) -> None:
    assert picked(solution, parabola, np.zeros(2)) == pytest.approx(expected, abs=1.5 / GRID)


@pytest.mark.parametrize(
    ("solution", "expected"),
    [
        (nash, (3**-0.5, 4 / 3)),
        (kalai_smorodinsky, (GOLDEN, 2 * GOLDEN)),
        (egalitarian, ((17**0.5 - 1) / 4, (17**0.5 - 1) / 4)),
        (utilitarian, (0.25, 1.875)),
    ],
)
def test_doubling_one_money_moves_only_those_that_compare_parties(
    solution: Solution, expected: tuple[float, float], parabola: Floats
) -> None:
    doubled = parabola * [1, 2]
    assert picked(solution, doubled, np.zeros(2)) == pytest.approx(expected, abs=3 / GRID)
    moved = picked(solution, doubled, np.zeros(2))[0] != picked(solution, parabola, np.zeros(2))[0]
    assert moved == (solution in (egalitarian, utilitarian))


def test_scale_undoes_a_change_of_money(parabola: Floats) -> None:
    doubled = parabola * [1, 2]
    for solution in (egalitarian, utilitarian):
        there = solution(doubled, np.zeros(2), np.array([1.0, 0.5]))
        here = solution(parabola, np.zeros(2))
        assert there is not None
        assert here is not None
        assert there.tolist() == here.tolist()


def test_three_parties_share_a_pie_of_sixty() -> None:
    whole = [(a, b, 60 - a - b) for a in range(61) for b in range(61 - a)]
    points = np.array(whole, dtype=float)
    reserve = np.array([6.0, 12.0, 0.0])
    # every party has its reserve and a third of the 42 that are left
    for solution in (nash, kalai_smorodinsky, egalitarian):
        assert picked(solution, points, reserve).tolist() == [20.0, 26.0, 14.0]
    sums = utilitarian(points, reserve)
    assert sums is not None
    assert sums.tolist() == individually_rational(points, reserve).tolist()


def test_a_third_party_that_gains_alike_everywhere_changes_no_pick(parabola: Floats) -> None:
    with_third = np.column_stack([parabola, np.full(len(parabola), 9.0)])
    for solution in (nash, kalai_smorodinsky):
        assert picked(solution, with_third, np.array([0.0, 0.0, 1.0]))[:2].tolist() == (
            picked(solution, parabola, np.zeros(2)).tolist()
        )


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_all_tied_winners_are_returned(solution: Solution) -> None:
    points = np.array([[5.0, 0.0], [3.0, 2.0], [2.0, 3.0], [0.0, 5.0]])
    winners = solution(points, np.zeros(2))
    assert winners is not None
    expected = [0, 1, 2, 3] if solution is utilitarian else [1, 2]
    assert winners.tolist() == expected


def test_a_tie_is_not_broken_by_rounding() -> None:
    # .1 * .2 * .3 in floats depends on the order of the factors
    points = np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.2, 0.3, 0.1]])
    assert len({float(np.prod(point)) for point in points}) > 1
    for solution in SOLUTIONS:
        winners = solution(points, np.zeros(3))
        assert winners is not None
        assert winners.tolist() == [0, 1, 2]


def test_a_difference_below_rounding_is_not_a_tie() -> None:
    # (2^30 + 1)(2^30 - 1) = 2^60 - 1 loses to 2^60, and both are 2^60 in floats
    big = 2.0**30
    points = np.array([[big + 1, big - 1], [big, big]])
    assert (points[0].prod(), points[1].prod()) == (big**2, big**2)
    winners = nash(points, np.zeros(2))
    assert winners is not None
    assert winners.tolist() == [1]


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_nothing_individually_rational_means_no_pick(solution: Solution) -> None:
    points = np.array([[1.0, 4.0], [4.0, 1.0]])
    assert solution(points, np.array([2.0, 2.0])) is None
    assert solution(np.zeros((0, 2)), np.zeros(2)) is None


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_packages_below_a_reserve_never_win(solution: Solution) -> None:
    points = np.array([[100.0, 0.9], [2.5, 2.0], [1.0, 3.0]])
    assert picked(solution, points, np.array([1.0, 1.0])).tolist() == [2.5, 2.0]


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_the_reserve_itself_can_win_when_it_is_all_there_is(solution: Solution) -> None:
    winners = solution(np.array([[1.0, 1.0], [9.0, 0.0]]), np.ones(2))
    assert winners is not None
    assert winners.tolist() == [0]


def test_reserve_below_every_package() -> None:
    u1 = np.arange(101) / 100
    points = np.stack([u1, 1 - u1], axis=1)
    reserve = np.array([-3.0, -3.2])  # gains run from 3 to 4 and from 3.2 to 4.2, their sum is 7.2
    assert picked(nash, points, reserve) == pytest.approx([0.6, 0.4])
    assert picked(egalitarian, points, reserve) == pytest.approx([0.6, 0.4])
    # equal shares: (u1 + 3) / 4 = (4.2 - u1) / 4.2 at u1 = 4.2 / 8.2, above .51 on this grid by .0022
    assert picked(kalai_smorodinsky, points, reserve) == pytest.approx([0.51, 0.49])


def test_nash_where_somebody_can_never_gain() -> None:
    # the second party is held to its reserve wherever the third gains: every product of three is 0
    points = np.array([[9.0, 1.0, 0.0], [3.0, 0.0, 4.0], [2.0, 0.0, 5.0], [1.0, 0.0, 6.0], [20.0, 0.0, 0.0]])
    # ideal gains 20, 1 and 6; products of the shares of those who gain: 9/20, 12/120, 10/120, 6/120
    assert picked(nash, points, np.zeros(3)).tolist() == [9.0, 1.0, 0.0]
    assert picked(nash, points[1:], np.zeros(3)).tolist() == [3.0, 0.0, 4.0]


def test_nash_compares_shares_where_different_parties_gain() -> None:
    points = np.array([[4.0, 2.0, 0.0], [4.0, 0.0, 1.0]])  # each gives its two parties all they can hope for
    winners = nash(points, np.zeros(3))
    assert winners is not None
    assert winners.tolist() == [0, 1]


def test_ties_are_ties_in_the_common_money() -> None:
    points = np.array([[2.0, 0.0], [0.0, 4.0], [1.0, 1.0]])
    winners = utilitarian(points, np.zeros(2), np.array([1.0, 0.5]))
    assert winners is not None
    assert winners.tolist() == [0, 1]


def test_kalai_smorodinsky_leaves_out_a_party_without_prospects() -> None:
    points = np.array([[4.0, 0.0, 7.0], [2.0, 0.0, 7.5], [0.0, 0.0, 8.0]])
    # ideal gains 4, 0 and 2 above the reserve (0, 0, 6); shares (1, .5), (.5, .75), (0, 1)
    winners = kalai_smorodinsky(points, np.array([0.0, 0.0, 6.0]))
    assert winners is not None
    assert winners.tolist() == [0]


def test_equal_minima_are_settled_by_the_next_smallest() -> None:
    points = np.array([[1.0, 2.0, 5.0], [3.0, 1.0, 4.0], [1.0, 3.0, 4.0], [0.0, 9.0, 9.0]])
    winners = egalitarian(points, np.zeros(3))
    assert winners is not None
    assert winners.tolist() == [1, 2]


FRONTIER = np.array([[4.0, 0.0], [3.0, 1.0], [1.0, 2.0], [0.0, 2.5]])


def test_gain_lost_by_hand() -> None:
    # better for both than (1, 1): (3, 1) gains (2/4 + 0)/2, (1, 2) gains (0 + 1/2.5)/2
    assert gain_lost(np.array([1.0, 1.0]), FRONTIER, np.zeros(2)) == 0.25
    assert gain_lost(np.array([1.0, 1.5]), FRONTIER, np.zeros(2)) == pytest.approx(0.1)
    assert gain_lost(FRONTIER[1], FRONTIER, np.zeros(2)) == 0.0


def test_gain_lost_counts_from_the_ideal_above_the_reserve() -> None:
    # reserve (1, 1) admits (3, 1) and (1, 2) alone: ideal gains 2 and 1
    assert gain_lost(np.array([1.0, 1.0]), FRONTIER, np.ones(2)) == 0.5


def test_gain_lost_where_nothing_can_be_gained_uses_the_range() -> None:
    assert gain_lost(np.array([2.0, 0.0]), FRONTIER, np.array([9.0, 9.0])) == pytest.approx(0.325)


def test_distance_by_hand() -> None:
    reserve = np.array([0.0, 0.5])  # ideal gains 3 and 2
    assert distance(np.array([3.0, 0.5]), np.array([0.0, 2.5]), FRONTIER, reserve) == pytest.approx(2**0.5)
    assert distance(FRONTIER[2], FRONTIER[2], FRONTIER, reserve) == 0.0

"""The laws that the four solutions obey on any finite set of packages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from negosim.core.efficient import undominated
from negosim.core.solutions import egalitarian, gain_lost, kalai_smorodinsky, nash, utilitarian

Floats = NDArray[np.float64]
Solution = Callable[[Floats, Floats], NDArray[np.int64] | None]
Problem = tuple[Floats, Floats]
SOLUTIONS: list[Solution] = [nash, kalai_smorodinsky, egalitarian, utilitarian]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw small integers and a reserve around them, so that ties, zeros and empty sets all occur."""
    n_parties = draw(st.integers(2, 4))
    n_points = draw(st.integers(1, 25))
    top = draw(st.sampled_from([3, 12, 1000]))
    cells = draw(st.lists(st.integers(0, top), min_size=n_points * n_parties, max_size=n_points * n_parties))
    reserve = draw(st.lists(st.integers(-top, top // 2), min_size=n_parties, max_size=n_parties))
    return np.array(cells, dtype=float).reshape(n_points, n_parties), np.array(reserve, dtype=float)


def chosen(winners: NDArray[np.int64] | None) -> list[int] | None:
    return None if winners is None else winners.tolist()


@pytest.mark.parametrize("solution", [nash, kalai_smorodinsky])
@given(problem=problems(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_unmoved_by_the_unit_and_the_zero_of_money(solution: Solution, problem: Problem, data: st.DataObject) -> None:
    points, reserve = problem
    n_parties = len(reserve)
    powers = data.draw(st.lists(st.integers(-6, 6), min_size=n_parties, max_size=n_parties))
    zeros = data.draw(st.lists(st.integers(-50, 50), min_size=n_parties, max_size=n_parties))
    # powers of two and whole numbers: the map is exact in floats
    unit, zero = 2.0 ** np.array(powers), np.array(zeros, dtype=float)
    assert chosen(solution(points * unit + zero, reserve * unit + zero)) == chosen(solution(points, reserve))


@pytest.mark.parametrize("solution", SOLUTIONS)
@given(problem=problems(), random=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_names_of_parties_do_not_matter(solution: Solution, problem: Problem, random: object) -> None:
    points, reserve = problem
    order = list(range(len(reserve)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert chosen(solution(points[:, order], reserve[order])) == chosen(solution(points, reserve))


@pytest.mark.parametrize("solution", SOLUTIONS)
@given(problem=problems())
@settings(max_examples=60, deadline=None)
def test_winners_are_individually_rational_and_undominated(solution: Solution, problem: Problem) -> None:
    points, reserve = problem
    winners = solution(points, reserve)
    if winners is None:
        assert not (points >= reserve).all(axis=1).any()
        return
    for winner in points[winners]:
        assert (winner >= reserve).all()
        assert not ((points >= winner).all(axis=1) & (points > winner).any(axis=1)).any()


@pytest.mark.parametrize("solution", [nash, utilitarian])
@given(problem=problems(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_dropping_losers_changes_nothing(solution: Solution, problem: Problem, data: st.DataObject) -> None:
    # independence of irrelevant alternatives; Kalai-Smorodinsky is known to violate it
    points, reserve = problem
    winners = solution(points, reserve)
    if winners is None:
        return
    if solution is nash and not (points[winners] > reserve).all():
        return  # where somebody gains nothing, shares of the ideal are compared, and losers may set the ideal
    kept = data.draw(st.lists(st.booleans(), min_size=len(points), max_size=len(points)).map(np.array))
    kept[winners] = True
    again = solution(points[kept], reserve)
    assert again is not None
    assert np.flatnonzero(kept)[again].tolist() == winners.tolist()


@given(problem=problems())
@settings(max_examples=60, deadline=None)
def test_each_solution_is_best_at_what_it_is_for(problem: Problem) -> None:
    points, reserve = problem
    rational = points[(points >= reserve).all(axis=1)]
    if not len(rational):
        return
    gains = rational - reserve
    by = {f.__name__: points[f(points, reserve)] - reserve for f in SOLUTIONS}  # type: ignore[attr-defined]
    # gains are whole numbers of at most 2000: sums and minima of floats are exact, products of four too
    assert (by["nash"].prod(axis=1) == gains.prod(axis=1).max()).all()
    assert (by["egalitarian"].min(axis=1) == gains.min(axis=1).max()).all()
    assert (by["utilitarian"].sum(axis=1) == gains.sum(axis=1).max()).all()
    ideal = gains.max(axis=0)
    hopeful = ideal > 0
    if hopeful.any():
        shares = (gains[:, hopeful] / ideal[hopeful]).min(axis=1).max()
        assert (by["kalai_smorodinsky"][:, hopeful] / ideal[hopeful]).min(axis=1) == pytest.approx(shares)


@given(problem=problems())
@settings(max_examples=100, deadline=None)
def test_gain_is_lost_exactly_off_the_frontier(problem: Problem) -> None:
    points, reserve = problem
    on_it = undominated(points, np.arange(len(points)))
    frontier = points[on_it]
    on_frontier = {tuple(point) for point in frontier.tolist()}
    for point in points:
        lost = gain_lost(point, frontier, reserve)
        assert lost >= 0
        assert (lost == 0) == (tuple(point.tolist()) in on_frontier)

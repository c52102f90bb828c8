"""Menus under red lines, public lines and a vote, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from negosim.core.blocks import Piece
from negosim.core.lines import Line
from negosim.core.party import Party
from negosim.core.pose import pose
from negosim.core.problem import NO_DEAL, ProblemError
from negosim.core.ratification import Vote
from negosim.core.space import Issue, Space


def posed(vote=None, **tables):
    """Pose two issues of three levels for parties `a` and `b`, whose tables are given, and the support of packages."""
    space = Space((Issue("law", (0.0, 1.0, 2.0)), Issue("toll", (0.0, 1.0, 2.0))))
    pieces = [
        Piece((0, 1), np.array(values, dtype=float), column)
        for column, name in enumerate(("a", "b", "support"))
        if (values := tables.get(name)) is not None
    ]
    parties = {name: Party(name, column=k) for k, name in enumerate(("a", "b"))}
    width = 2 + (vote is not None)
    reference = np.array([*tables.get("no_deal", (0.0, 0.0)), 0.0][:width])
    return pose(space, pieces, parties, ("a", "b"), {NO_DEAL: reference}, vote=vote)


def test_a_mask_on_the_unrestricted_menu_is_not_enough():
    rising = np.array([[4.0, 2.0, 0.0], [5.0, 3.0, 1.0], [6.0, 4.0, 2.0]])
    problem = posed(a=rising, b=[[2.0, 4.0, 6.0], [3.0, 5.0, 7.0], [4.0, 6.0, 8.0]])
    # Everybody likes more law, and they quarrel about the toll: without lines law is at its most.
    assert problem.menu_levels.tolist() == [[2, 0], [2, 1], [2, 2]]
    red = Line("b", 0, 1.0, above=True)
    assert [x for x in problem.menu_levels.tolist() if x[0] <= 1] == []  # what a mask would leave
    assert problem.under([red]).menu_levels.tolist() == [[1, 0], [1, 1], [1, 2]]
    # Nor is it enough to take the cost of a public line off what is on the menu.
    public = Line("a", 0, 1.0, above=True, cost=1.5)
    assert problem.under([public]).menu_levels.tolist() == [[1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]]


def test_why_packages_have_to_be_worth_no_deal():
    """Of two packages alike, the one that parliament would rather pass is kept, and who dislikes both expects less from it."""
    minus = -100.0
    problem = posed(
        Vote(((0, 0),), 2),
        # Law 1 and law 2 are alike but for their support; no deal is worth 4 to a, who gets 0 from either, and nothing to b.
        a=[[minus] * 3, [0.0, minus, minus], [0.0, minus, minus]],
        b=[[minus] * 3, [8.0, minus, minus], [8.0, minus, minus]],
        support=[[0.0] * 3, [0.0] * 3, [4.0, 0.0, 0.0]],
        no_deal=(4.0, 0.0),
    )
    assert problem.menu_levels.tolist() == [[0, 0], [2, 0]]
    doubtful, likely = (1 / (1 + math.exp(-s)) for s in (0.0, 4.0))
    # At an aspiration of 1.5 the doubtful law would do, and the likely one does not.
    assert (1 - doubtful) * 4.0 > 1.5 > (1 - likely) * 4.0
    # Were no deal worth nothing, a would expect nothing from both, and b more from the one that is kept.
    assert likely * 8.0 > doubtful * 8.0


def test_a_vote_keeps_the_friendly_the_likely_and_the_free_apart():
    tables = {
        "a": [[1.0, 1.0, 1.0], [3.0, 2.0, 2.0], [3.0, 1.0, 2.0]],
        "b": [[1.0, 1.0, 0.0], [3.0, 3.0, 3.0], [3.0, 1.0, 0.0]],
        "support": [[9.0, 0.0, 0.0], [0.0, 1.0, 0.5], [0.0, 1.0, 5.0]],
    }
    assert posed(**{k: v for k, v in tables.items() if k != "support"}).menu_levels.tolist() == [[1, 0]]
    problem = posed(Vote(((0, 0),), 2), **tables)
    # Without a vote: (0, 0), alike to (0, 1), whatever its support. With one: (1, 0) is best, (1, 1) is more likely to pass
    # and (2, 2) most; (1, 2) is as good as (1, 1) for both and less likely. (2, 1) is worse than (0, 0) in nothing but the vote.
    assert problem.menu_levels.tolist() == [[0, 0], [1, 0], [1, 1], [2, 2]]
    assert problem.voted.tolist() == [1, 2, 3]
    assert problem.under([Line("a", 0, 0.0, above=True)]).voted.tolist() == []


def test_what_parliament_thinks_of_a_package_without_a_vote_does_not_matter():
    space = Space((Issue("law", (0.0, 1.0)), Issue("toll", (0.0, 1.0))))
    pieces = [
        *(Piece((0,), np.array([0.0, 2.0]), column) for column in (0, 1)),
        Piece((1,), np.array([0.0, 1.0]), 0),
        Piece((1,), np.array([5.0, 0.0]), 2),
    ]
    parties = {name: Party(name, column=k) for k, name in enumerate(("a", "b"))}
    problem = pose(space, pieces, parties, ("a", "b"), {NO_DEAL: np.zeros(3)}, vote=Vote(((0, 0),), 2))
    assert len(problem.blocks) == 2
    # Without the new law the toll is the better for being there; with it, a package without the toll is likelier to pass.
    assert problem.menu_levels.tolist() == [[0, 1], [1, 0], [1, 1]]


def test_either_of_two_issues_that_nobody_ties_together_calls_for_the_vote():
    space = Space((Issue("law", (0.0, 1.0)), Issue("tax", (0.0, 1.0))))
    pieces = [Piece((issue,), np.array([0.0, 1.0]), party) for issue in (0, 1) for party in (0, 1)]
    parties = {name: Party(name, column=k) for k, name in enumerate(("a", "b"))}
    no_deal = {NO_DEAL: np.zeros(3)}
    assert len(pose(space, pieces, parties, ("a", "b"), {NO_DEAL: np.zeros(2)}).blocks) == 2
    problem = pose(space, pieces, parties, ("a", "b"), no_deal, vote=Vote(((0, 0), (1, 0)), 2))
    # Whatever moves one of them may fail, so it does not put the package that moves neither in the shade.
    assert problem.menu_levels.tolist() == [[0, 0], [1, 1]]
    assert problem.voted.tolist() == [1]
    likelier = [*pieces, Piece((1,), np.array([1.0, 0.0]), 2)]
    problem = pose(space, likelier, parties, ("a", "b"), no_deal, vote=Vote(((0, 0), (1, 0)), 2))
    assert problem.menu_levels.tolist() == [[0, 0], [1, 0], [1, 1]]


def test_lines_of_two_parties_stand_together():
    grid = np.arange(3.0)
    problem = posed(a=np.add.outer(grid, grid), b=-np.add.outer(grid, grid))
    mine, yours = Line("a", 0, 1.0, above=False), Line("b", 1, 1.0, above=True)
    levels = problem.under([mine, yours]).menu_levels
    assert {(law, toll) for law, toll in levels.tolist()} <= {(1, 0), (1, 1), (2, 0), (2, 1)}
    assert sorted(levels.sum(axis=1).tolist()) == [1, 2, 3]
    assert problem.leaves_packages([mine, yours])
    shut = Line("b", 0, 0.5, above=True)
    assert problem.leaves_packages([shut, yours])
    assert not problem.leaves_packages([mine, shut])
    assert problem.leaves_packages([mine, Line("b", 0, 0.5, above=True, cost=1.0)])  # a public line forbids nothing
    with pytest.raises(ProblemError, match="red lines on law, toll leave no package"):
        problem.under([mine, shut])
    # A refusal leaves no trace.
    assert problem.under([mine]).menu_levels[:, 0].min() == 1


def test_a_cost_out_of_all_proportion_is_refused():
    problem = posed(a=[[0.0, 1.0, 2.0]] * 3, b=[[2.0, 1.0, 0.0]] * 3)
    assert len(problem.under([Line("a", 1, 1.0, above=True, cost=4.0)]).menu)
    with pytest.raises(ProblemError, match=r"costs a 1e\+06, more than any package is worth"):
        problem.under([Line("a", 1, 1.0, above=True, cost=1e6)])
    with pytest.raises(ProblemError, match=r"no party 'aa' .*mean 'a'"):
        problem.under([Line("aa", 1, 1.0, above=True, cost=1.0)])

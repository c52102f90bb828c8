"""Blocks of issues and the grids on which their tables are exact."""

from __future__ import annotations

import functools
import itertools
import operator

import numpy as np
import pytest

from negosim.core import blocks
from negosim.core.blocks import BlockTooLargeError, Piece, assemble, partition, round_to, table_grid, weight_grid
from negosim.core.pose import Term
from negosim.core.problem import Problem
from negosim.core.space import Issue, Space


def space_of(*sizes):
    return Space(tuple(Issue(f"issue {k}", tuple(map(float, range(n)))) for k, n in enumerate(sizes)))


@pytest.mark.parametrize(
    ("n_issues", "groups", "expected"),
    [
        (3, [], ((0,), (1,), (2,))),
        (3, [(0,), (2,)], ((0,), (1,), (2,))),
        (4, [(1, 3), (0, 2)], ((0, 2), (1, 3))),
        (5, [(3, 4), (0, 1), (1, 4)], ((0, 1, 3, 4), (2,))),
        (6, [(4, 5), (2, 3), (3, 4)], ((0,), (1,), (2, 3, 4, 5))),
        (4, [(0, 1, 2, 3)], ((0, 1, 2, 3),)),
    ],
)
def test_issues_that_meet_form_a_block(n_issues, groups, expected):
    assert partition(n_issues, groups) == expected
    assert partition(n_issues, groups[::-1]) == expected


def test_a_table_over_two_issues_by_hand():
    space = space_of(2, 3, 2)
    together = Piece((0, 2), np.array([[1.0, 2.0], [3.0, 4.0]]), 0)
    alone = Piece((2,), np.array([10.0, 20.0]), 0)
    middle = Piece((1,), np.array([0.0, 5.0, 7.0]), 1)
    first, second = assemble(space, [together, middle, alone], 2)
    assert (first.issues, second.issues) == ((0, 2), (1,))
    assert first.codes.tolist() == [0, 1, 6, 7]
    assert first.table.tolist() == [[11.0, 0.0], [22.0, 0.0], [13.0, 0.0], [24.0, 0.0]]
    assert second.codes.tolist() == [0, 2, 4]
    assert second.table.tolist() == [[0.0, 0.0], [0.0, 5.0], [0.0, 7.0]]


def test_a_constant_counts_once():
    space = space_of(2, 2)
    parts = assemble(space, [Piece((), np.array(9.0), 0), Piece((1,), np.array([0.0, 1.0]), 0)], 1)
    totals = [a + b for a, b in itertools.product(parts[0].table[:, 0], parts[1].table[:, 0])]
    assert totals == [9.0, 10.0, 9.0, 10.0]


def test_codes_of_all_blocks_add_up_to_every_outcome_once():
    space = space_of(2, 3, 2, 2)
    parts = assemble(space, [Piece((1, 3), np.zeros((3, 2)), 0)], 1)
    sums = [sum(choice) for choice in itertools.product(*(part.codes.tolist() for part in parts))]
    assert sorted(sums) == list(range(24))


def test_a_block_too_large_to_tabulate_names_its_issues(monkeypatch):
    monkeypatch.setattr(blocks, "MAX_BLOCK", 5)
    with pytest.raises(BlockTooLargeError, match=r"issue 0, issue 1 meet .* 6 combinations"):
        assemble(space_of(2, 3), [Piece((0, 1), np.zeros((2, 3)), 0)], 1)


@pytest.mark.parametrize(
    ("lower", "upper", "step"),
    [(0.0, 1.0, 2.0**-14), (2.0, 4.0, 2.0**-12), (-5.0, 1.0, 2.0**-11), (0.0, 0.0, 2.0**-14)],
)
def test_weights_live_on_a_power_of_two(lower, upper, step):
    assert weight_grid(lower, upper) == step


def test_a_table_is_rounded_far_below_what_matters():
    column = np.array([[0.1], [1000.0 / 3.0]])
    (step,) = table_grid(np.array([1000.0 / 3.0]), [], [])
    # The largest flow lies below 2^9: the step is 2^(9 - 36).
    assert step == 2.0**-27
    assert np.abs(round_to(column, step) - column).max() <= step / 2


def added(numbers):
    """Add one by one; the built-in sum compensates rounding on some versions of Python."""
    return functools.reduce(operator.add, numbers)


def test_sums_of_rounded_numbers_are_exact_in_any_order():
    rng = np.random.default_rng(3)
    columns = [rng.normal(size=(50, 3)) * 1e3 for _ in range(8)]
    bounds = sum(np.abs(c).max(axis=0) for c in columns)
    steps = table_grid(bounds, [-2.0, 0.0], [3.0, 0.7])
    weights = [1.0, round_to(np.array(2.9), weight_grid(-2.0, 3.0)), round_to(np.array(0.3), weight_grid(0.0, 0.7))]
    summands = np.concatenate([round_to(c[:1], steps)[0] * weights for c in columns]).tolist()
    forwards, backwards = added(summands), added(reversed(summands))
    assert forwards == backwards == added(sorted(summands))
    raw = np.concatenate([c[0] * np.array([1.0, 2.9, 0.3]) for c in columns]).tolist()
    assert len({added(raw), added(reversed(raw)), added(sorted(raw))}) > 1


def test_a_tiny_weight_does_not_coarsen_the_other_terms():
    problem = Problem.from_tables(
        {"a": (0, 1), "b": (0, 1)},
        {"x": [Term("a", (0, 0.3)), Term("b", (0, 1e9), 1e-9, within=(0, 1e-9))], "y": {"a": (1, 0), "b": (1, 0)}},
    )
    flows = problem.party("x").flows(problem.components([0, 1, 2, 3]))
    assert flows == pytest.approx([0.0, 1.0, 0.3, 1.3], rel=2e-4)

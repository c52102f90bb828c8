"""Which packages need a vote, how likely it passes, and what a package is worth that may fail."""

from __future__ import annotations

import math

import numpy as np
import pytest

from negosim.core.ratification import CHANCE_STEP, Vote, chance_to_pass, expected
from negosim.core.space import Issue, Space

SPACE = Space((Issue("duty", (0.0, 1.0, 2.0)), Issue("toll", (0.0, 1.0)), Issue("quota", (0.0, 5.0))))
VOTE = Vote(((0, 1), (2, 0)), column=7)
"""Needed where the duty leaves its level number 1, or the quota its number 0."""


def test_a_package_that_moves_any_of_the_issues_needs_the_vote():
    levels = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [2, 1, 0], [1, 0, 1], [2, 0, 1]])
    assert VOTE.needed(levels).tolist() == [False, False, True, True, True, True]
    assert VOTE.needed(levels.reshape(2, 3, 3)).tolist() == [[False, False, True], [True, True, True]]
    assert VOTE.needed(np.array([1, 1, 1])).tolist() is True


@pytest.mark.parametrize(
    ("issues", "needed"),
    [
        ((0,), [True, False, True]),
        ((2,), [False, True]),
        ((1, 2), [False, True, False, True]),
        ((0, 1), [True, True, False, False, True, True]),
        ((0, 2), [True, True, False, True, True, True]),
        # duty 0, 1, 2; of duty 1 only the quota left alone, with either toll
        ((0, 1, 2), [True] * 4 + [False, True, False, True] + [True] * 4),
    ],
)
def test_rows_of_a_block_that_need_the_vote(issues, needed):
    found = VOTE.needed_in_block(SPACE, issues)
    assert found is not None
    assert found.tolist() == needed


def test_a_block_without_the_issues_needs_none():
    assert VOTE.needed_in_block(SPACE, (1,)) is None


def test_chances_are_odds():
    support = np.log([1.0, 3.0, 1.0 / 3.0, 9.0, 0.01])
    assert chance_to_pass(support).tolist() == pytest.approx([0.5, 0.75, 0.25, 0.9, 1.0 / 101.0], abs=CHANCE_STEP)
    assert float(chance_to_pass(0.0)) == 0.5


def test_chances_stay_between_nought_and_one_and_never_fall_with_support():
    support = np.concatenate(([-np.inf, -1e300, -800.0], np.linspace(-40.0, 40.0, 4001), [800.0, 1e300, np.inf]))
    chances = chance_to_pass(support)
    assert (chances[0], chances[-1]) == (0.0, 1.0)
    assert (np.diff(chances) >= 0.0).all()
    assert (chances + chance_to_pass(-support)).tolist() == [1.0] * len(support)
    assert len(np.unique(chances)) > 1000


def test_chances_are_coarse_so_that_the_last_bit_of_an_exponential_does_not_count():
    support = np.random.default_rng(0).uniform(-6, 6, 1000)
    chances = chance_to_pass(support)
    assert (chances * 2**20 == np.round(chances * 2**20)).all()
    assert np.abs(chances - [1.0 / (1.0 + math.exp(-s)) for s in support]).max() <= 2.0**-21


def test_what_may_fail_is_worth_something_between_itself_and_no_deal():
    flows, chance = np.array([10.0, 10.0, 10.0, -6.0, 2.0]), np.array([0.0, 1.0, 0.25, 0.5, 0.5])
    assert expected(flows, chance, 2.0).tolist() == [2.0, 10.0, 4.0, -2.0, 2.0]
    assert expected(flows, 0.5, 0.0).tolist() == [5.0, 5.0, 5.0, -3.0, 1.0]
    assert flows.tolist() == [10.0, 10.0, 10.0, -6.0, 2.0]

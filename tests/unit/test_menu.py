"""What a menu answers."""

from __future__ import annotations

import numpy as np
import pytest

from negosim.core.menu import Menu, joint_score


def menu_of(own, score, codes=None):
    own = np.asarray(own, dtype=np.float64)
    codes = np.arange(len(own)) if codes is None else np.asarray(codes, dtype=np.int64)
    return Menu(own, np.asarray(score, dtype=np.float64), codes)


def test_the_friendliest_package_that_is_good_enough():
    menu = menu_of([10, 8, 6, 4], [0, 5, 3, 9])
    assert [menu.bid(a) for a in (10, 9, 8, 5, 4, -100)] == [0, 0, 1, 1, 3, 3]


def test_nothing_reaches_an_aspiration_above_the_ceiling():
    menu = menu_of([10, 8], [0, 5])
    assert menu.ceiling == 10.0
    assert menu.bid(np.nextafter(10.0, 11.0)) is None


def test_of_equal_scores_the_higher_own_flow_wins():
    assert menu_of([6, 8], [5, 5]).bid(0) == 1


def test_of_equal_packages_the_lower_code_wins():
    assert menu_of([8, 8, 8], [1, 5, 5], codes=[3, 20, 100]).bid(8) == 1


def test_of_packages_worth_the_same_the_friendlier_wins():
    assert menu_of([8, 8], [1, 5]).bid(8) == 1
    assert menu_of([8, 8], [5, 1]).bid(8) == 0


def test_the_best_package_that_leaves_the_other_enough():
    menu = menu_of([10, 8, 6, 4], [0, 5, 3, 9])
    assert [menu.best(s) for s in (-1, 0, 0.5, 5, 5.5, 9)] == [10, 10, 8, 8, 4, 4]
    assert menu.best(9.5) is None


def test_a_new_belief_leaves_the_old_menu_alone():
    menu = menu_of([10, 8, 6], [0, 1, 2])
    other = menu.rescored(np.array([2.0, 1.0, 0.0]))
    assert (menu.bid(0), other.bid(0)) == (2, 0)
    assert (menu.best(2), other.best(2)) == (6, 10)
    assert other.ceiling == 10
    assert other.codes is menu.codes


def test_one_package_is_a_menu():
    menu = menu_of([-3.0], [-7.0])
    assert (menu.bid(-3), menu.bid(-2), menu.best(-7), menu.ceiling) == (0, None, -3, -3)


def test_a_score_of_minus_infinity_forbids_nothing_that_has_no_rival():
    menu = menu_of([5, 4], [-np.inf, -np.inf])
    assert menu.bid(4) == 0
    assert menu_of([5, 4], [-np.inf, 0]).bid(4.5) == 0


@pytest.mark.parametrize(
    ("own", "score", "codes", "words"),
    [
        ([], [], [], "N >= 1"),
        ([1, 2], [1, 2], [5, 5], "ascend"),
        ([1, 2], [1, 2], [5, 4], "ascend"),
        ([1, 2], [1, 2], [5], "codes"),
        ([1, 2], [1, 2, 3], [0, 1], "score has shape"),
        ([1, np.nan], [1, 2], [0, 1], "own"),
        ([1, 2], [1, np.nan], [0, 1], "score"),
    ],
)
def test_what_is_not_a_menu(own, score, codes, words):
    with pytest.raises(ValueError, match=words):
        menu_of(own, score, codes)


def test_a_new_belief_must_cover_the_menu():
    with pytest.raises(ValueError, match="score has shape"):
        menu_of([1, 2], [1, 2]).rescored(np.zeros(3))


def test_the_joint_score_is_the_smallest_share_of_what_each_other_can_gain():
    flows = [np.array([10.0, 5.0, 0.0]), np.array([1.0, 3.0, 4.0])]
    # Gains 10, 5, 0 of at most 10, and 0, 2, 3 of at most 3 over reserves 0 and 1.
    assert joint_score(flows, [0.0, 1.0]).tolist() == [0.0, 0.5, 0.0]


def test_a_seat_that_cannot_gain_only_forbids_losses():
    flows = [np.array([10.0, 5.0, 8.0]), np.array([0.0, 0.0, -2.0])]
    score = joint_score(flows, [0.0, 0.0])
    assert score[:2].tolist() == [1.0, 0.5]
    assert score[2] < 0.0


def test_where_nobody_would_take_anything_the_smallest_shortfall_wins():
    score = joint_score([np.array([-4.0, -1.0]), np.array([-1.0, -1.0])], [0.0, 0.0])
    assert score.argmax() == 1
    assert (score < 0.0).all()

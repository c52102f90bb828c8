"""What a move does to the table."""

from __future__ import annotations

import dataclasses

import pytest

from negosim.core.protocol import PROTOCOLS, Accept, Offer, Pass, StackedAlternatingOffers, Table

TALKS = StackedAlternatingOffers()


def played(n_seats, *moves, first=0):
    table = TALKS.start(n_seats, first)
    for move in moves:
        table = TALKS.step(table, move)
    return table


def test_two_seats_alternate_and_the_first_yes_is_a_deal():
    table = played(2, Offer(5), Offer(7), Accept())
    assert table.deal == 7
    assert table.proposer == 1
    assert table.accepted == {0}


def test_three_seats_need_every_yes_to_the_same_package():
    table = played(3, Offer(5), Accept())
    assert (table.deal, table.accepted, table.mover) == (None, {1}, 2)
    assert TALKS.step(table, Accept()).deal == 5


def test_a_new_offer_forgets_the_yes_given_to_the_old_one():
    table = played(3, Offer(5), Accept(), Offer(6), Accept())
    assert (table.deal, table.standing, table.proposer, table.accepted) == (None, 6, 2, {0})


def test_the_same_package_tabled_again_is_a_new_offer():
    assert played(3, Offer(5), Accept(), Offer(5)).accepted == frozenset()


def test_a_pass_lets_the_package_lapse():
    table = played(3, Offer(5), Accept(), Pass())
    assert table == Table(3, 0)
    with pytest.raises(ValueError, match="no package stands"):
        TALKS.step(table, Accept())


def test_the_first_speaker_may_be_any_seat():
    assert [played(3, *[Pass()] * i, first=2).mover for i in range(4)] == [2, 0, 1, 2]


@pytest.mark.parametrize(("n_seats", "first", "words"), [(1, 0, "at least 2"), (2, 2, "0 to 1"), (2, -1, "0 to 1")])
def test_there_is_no_table_for_these_seats(n_seats, first, words):
    with pytest.raises(ValueError, match=words):
        TALKS.start(n_seats, first)


def test_nobody_accepts_its_own_package():
    with pytest.raises(ValueError, match="its own package 5"):
        TALKS.step(Table(2, mover=0, standing=5, proposer=0), Accept())


@pytest.mark.parametrize("move", [Offer(1), Accept(), Pass()])
def test_nothing_moves_after_a_deal(move):
    table = played(2, Offer(5), Accept())
    with pytest.raises(ValueError, match="deal 5"):
        TALKS.step(table, move)
    with pytest.raises(ValueError, match="deal 5"):
        TALKS.close(table, [])
    assert TALKS.unanswered(table) == ()


def test_those_still_to_answer_are_asked_in_speaking_order():
    assert TALKS.unanswered(played(4, Pass(), Pass(), Offer(5))) == (3, 0, 1)
    assert TALKS.unanswered(played(4, Pass(), Pass(), Offer(5), Accept())) == (0, 1)
    assert TALKS.unanswered(played(4, Offer(5), Pass())) == ()


def test_the_closing_answer_decides():
    table = played(3, Offer(5), Accept())
    assert TALKS.close(table, [True]).deal == 5
    assert TALKS.close(table, [True]).accepted == {1, 2}
    assert TALKS.close(table, [False]) == Table(3, mover=2)


def test_one_no_is_enough_and_an_empty_table_is_no_deal():
    table = played(3, Offer(5))
    assert TALKS.close(table, [True, False]).deal is None
    assert TALKS.close(table, [False, True]).deal is None
    assert TALKS.close(played(3, Offer(5), Pass()), []) == Table(3, mover=2)


def test_the_closing_answer_asks_exactly_the_seats_that_did_not_answer():
    with pytest.raises(ValueError, match=r"1 answers for 2 seats \(1, 2\)"):
        TALKS.close(played(3, Offer(5)), [True])


def test_package_zero_is_a_package():
    assert played(2, Offer(0), Accept()).deal == 0
    assert TALKS.close(played(2, Offer(0)), [True]).deal == 0


def test_the_table_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TALKS.start(2).mover = 1


def test_the_protocol_is_found_by_its_name():
    assert PROTOCOLS["stacked_alternating_offers"].start(2) == Table(2, 0)

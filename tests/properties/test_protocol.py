"""Whatever is said, the rules of the table hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negosim.core.protocol import Accept, Offer, Pass, StackedAlternatingOffers

TALKS = StackedAlternatingOffers()
MOVES = st.lists(
    st.one_of(st.just(Accept()), st.just(Accept()), st.builds(Offer, st.integers(0, 3)), st.just(Pass())),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(n_seats=st.integers(2, 5), first=st.integers(0, 4), moves=MOVES)
def test_talks_of_random_moves(n_seats, first, moves):
    first %= n_seats
    table = TALKS.start(n_seats, first)
    said: list[tuple[int, object]] = []  # what was said since, and including, the last Offer or Pass
    for number, move in enumerate(moves):
        speaker = table.mover
        assert speaker == (first + number) % n_seats
        before = table
        if table.deal is not None or (isinstance(move, Accept) and table.standing is None):
            with pytest.raises(ValueError, match=r"deal|no package"):
                TALKS.step(table, move)
            assert table == before
            return
        if not isinstance(move, Accept):
            said = []
        said.append((speaker, move))
        table = TALKS.step(table, move)

        tabled = said[0][1]
        yes = [seat for seat, later in said[1:] if isinstance(later, Accept)]
        if isinstance(tabled, Offer):
            assert (table.standing, table.proposer) == (tabled.code, said[0][0])
            assert table.accepted == set(yes)
            unanimous = sorted([said[0][0], *yes]) == list(range(n_seats))
            assert table.deal == (tabled.code if unanimous else None)
            waiting = [
                seat % n_seats
                for seat in range(table.mover, table.mover + n_seats)
                if seat % n_seats not in {said[0][0], *yes}
            ]
            assert list(TALKS.unanswered(table)) == waiting
        else:
            assert (table.standing, table.proposer, table.accepted, table.deal) == (None, None, set(), None)


@settings(max_examples=100, deadline=None)
@given(n_seats=st.integers(2, 5), n_yes=st.integers(0, 3), data=st.data())
def test_the_closing_answer_needs_everyone(n_seats, n_yes, data):
    table = TALKS.step(TALKS.start(n_seats), Offer(9))
    for _ in range(min(n_yes, n_seats - 2)):
        table = TALKS.step(table, Accept())
    asked = TALKS.unanswered(table)
    answers = data.draw(st.lists(st.booleans(), min_size=len(asked), max_size=len(asked)))
    closed = TALKS.close(table, answers)
    assert closed.deal == (None if False in answers else 9)
    assert closed.mover == table.mover
    if closed.deal is None:
        assert closed.standing is None


@settings(max_examples=60, deadline=None)
@given(n_seats=st.integers(2, 5), n_yes=st.integers(0, 3))
def test_a_closing_yes_and_a_spoken_yes_make_the_same_deal(n_seats, n_yes):
    table = TALKS.step(TALKS.start(n_seats), Offer(2))
    for _ in range(min(n_yes, n_seats - 2)):
        table = TALKS.step(table, Accept())
    closed = TALKS.close(table, [True] * len(TALKS.unanswered(table)))
    spoken = table
    while spoken.deal is None:
        spoken = TALKS.step(spoken, Accept())
    assert (closed.deal, closed.accepted, closed.proposer) == (spoken.deal, spoken.accepted, spoken.proposer)

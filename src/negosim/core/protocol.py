"""Who may speak, what a move does to the table, and when there is a deal.

``n`` seats speak in a fixed circle: after seat ``i`` comes ``(i + 1) mod n``, whatever the move was.  At
most one package *stands* on the table.  Whoever speaks answers it:

- ``Accept`` keeps it; when every seat but its proposer has said yes to it, it is the deal;
- ``Offer`` rejects it and puts another package in its place;
- ``Pass`` rejects it and puts nothing in its place: it lapses.

With two seats this is plain alternating offers.  Because time can run out before everyone has answered, a
phase ends with `StackedAlternatingOffers.close`: the seats that have not answered yet do so once, without a
counter-offer.

References
----------
Aydoğan, Festen, Hindriks & Jonker (2017), "Alternating Offers Protocols for Multilateral Negotiation",
doi:10.1007/978-3-319-51563-2_10.  Two departures: their third action ends the talks, here nobody can end
them and ``Pass`` takes its place; the closing answer is an addition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Offer:
    """Reject what stands and table the package with this code."""

    code: int


@dataclass(frozen=True, slots=True)
class Accept:
    """Say yes to the package that stands."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Reject what stands, if anything does, and table nothing."""


Move: TypeAlias = Offer | Accept | Pass


@dataclass(frozen=True, slots=True)
class Table:
    """The table between two moves.

    Parameters
    ----------
    n_seats
        Number of seats, at least 2.
    mover
        The seat that speaks next.
    standing
        Code of the package that stands, or None.
    proposer
        The seat that tabled it, or None.
    accepted
        The seats, other than the proposer, that said yes to it since it was tabled.
    deal
        Code of the package agreed, or None; once it is set nothing moves.
    """

    n_seats: int
    mover: int
    standing: int | None = None
    proposer: int | None = None
    accepted: frozenset[int] = frozenset()
    deal: int | None = None


class StackedAlternatingOffers:
    """Turn-taking talks in which every move answers the standing package.

    Examples
    --------
    >>> talks = StackedAlternatingOffers()
    >>> table = talks.step(talks.start(3), Offer(40))
    >>> talks.unanswered(table)
    (1, 2)
    >>> table = talks.step(table, Accept())
    >>> talks.step(table, Accept()).deal
    40
    >>> talks.close(table, [False]).deal is None
    True
    """

    @staticmethod
    def start(n_seats: int, first: int = 0) -> Table:
        """Return an empty table at which seat `first` speaks.

        Raises
        ------
        ValueError
            With fewer than two seats, or when `first` is not a seat.
        """
        if n_seats < 2:
            raise ValueError(f"n_seats is {n_seats}; talks need at least 2 seats")
        if not 0 <= first < n_seats:
            raise ValueError(f"first is {first}; the seats are 0 to {n_seats - 1}")
        return Table(n_seats, first)

    @staticmethod
    def step(table: Table, move: Move) -> Table:
        """Return the table after `move` by ``table.mover``.

        Raises
        ------
        ValueError
            After a deal, or for an `Accept` when no package of another seat stands.
        """
        if table.deal is not None:
            raise ValueError(f"the talks ended with deal {table.deal}; nobody can move")
        mover = table.mover
        following = (mover + 1) % table.n_seats
        match move:
            case Offer(code):
                return Table(table.n_seats, following, code, mover)
            case Pass():
                return Table(table.n_seats, following)
            case Accept():
                if table.standing is None:
                    raise ValueError(f"seat {mover} cannot accept: no package stands")
                if mover == table.proposer:
                    raise ValueError(f"seat {mover} cannot accept its own package {table.standing}")
                accepted = table.accepted | {mover}
                deal = table.standing if len(accepted) == table.n_seats - 1 else None
                return replace(table, mover=following, accepted=accepted, deal=deal)

    @staticmethod
    def unanswered(table: Table) -> tuple[int, ...]:
        """Return the seats whose yes to the standing package is missing, in speaking order."""
        if table.standing is None or table.deal is not None:
            return ()
        circle = ((table.mover + i) % table.n_seats for i in range(table.n_seats))
        return tuple(seat for seat in circle if seat != table.proposer and seat not in table.accepted)

    @classmethod
    def close(cls, table: Table, answers: Sequence[bool]) -> Table:
        """Return the table after the closing answer that ends a phase.

        Parameters
        ----------
        table
            The table when time ran out.
        answers
            One yes or no for each seat of `unanswered`, in that order; empty when nothing stands.

        Returns
        -------
        Table
            With a deal if all said yes; otherwise the package lapses.  The mover is unchanged, so that a
            second phase goes on in turn.

        Raises
        ------
        ValueError
            After a deal, or when the number of answers is not the number of seats asked.
        """
        if table.deal is not None:
            raise ValueError(f"the talks ended with deal {table.deal}; nobody can answer")
        asked = cls.unanswered(table)
        if len(answers) != len(asked):
            raise ValueError(f"{len(answers)} answers for {len(asked)} seats {asked}")
        if table.standing is not None and all(answers):
            return replace(table, accepted=table.accepted | set(asked), deal=table.standing)
        return Table(table.n_seats, table.mover)


PROTOCOLS: Mapping[str, type[StackedAlternatingOffers]] = MappingProxyType(
    {"stacked_alternating_offers": StackedAlternatingOffers}
)

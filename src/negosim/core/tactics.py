"""How a party bids.

All quantities are flows in the party's own money.  At each of its turns a party has a reserve ``r*`` (below
it no deal is better), the best flow ``b`` it believes the other would still accept, and a floor ``f``
between the two.  A bidding tactic returns the *aspiration* ``a``: it will table a package worth at least
that.  Concession runs on ``tau``, which goes from 0 at the first exchange to 1 at the last one before the
deadline.

    opening        the first own turn of the talks: the highest flow on the menu, a public demand
    afterwards     a(tau), never below f; it starts from b, so the demand itself is no part of the concession

Every tactic is a function of a `View`; what can be tuned is keyword-only and listed in `parameters.LIMITS`,
and a value outside its limits raises ValueError.

The split into a bidding tactic, an opponent model (see `beliefs`) and an acceptance tactic (see `acceptance`)
is that of Baarslag, Hindriks, Hendrikx, Dirkzwager & Jonker, "Decoupling Negotiating Agents to Explore the
Space of Negotiation Strategies".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from negosim.core.parameters import check_limits
from negosim.core.protocol import Move, Pass


@dataclass(frozen=True, slots=True)
class Turn:
    """One past turn of the talks, as one party saw it.

    Parameters
    ----------
    mine
        Whether it was this party's turn.
    code
        The package tabled; None for a turn that tabled nothing (a yes or a pass).
    own
        What the package is worth to this party (flow); None without a package.
    seat
        Whose turn it was; tells several other seats apart.
    """

    mine: bool
    code: int | None
    own: float | None
    seat: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """What a party knows at its turn.  All flows are in its own money.

    Parameters
    ----------
    tau
        Share of the concession time that has passed, 0 to 1.
    reserve
        Lowest acceptable flow ``r*``.
    floor
        Lowest flow it will bid, ``f``.
    best
        Best attainable flow, ``b``.
    ceiling
        Highest flow on its menu.
    history
        All past turns of the talks, oldest first.
    n_turns
        Number of its turns in the first phase.
    turns_left
        Number of its turns left in this phase, this one included.
    last_aspiration
        The aspiration of its last turn, or None.
    """

    tau: float
    reserve: float
    floor: float
    best: float
    ceiling: float
    history: tuple[Turn, ...]
    n_turns: int
    turns_left: int
    last_aspiration: float | None

    @property
    def opening(self) -> bool:
        """Whether this is the party's first turn of the talks."""
        return not any(turn.mine for turn in self.history)

    @property
    def received(self) -> tuple[float, ...]:
        """Own flow of every package the others tabled, oldest first."""
        return tuple(turn.own for turn in self.history if not turn.mine and turn.own is not None)


def time_dependent(view: View, *, beta: float = 1.0) -> float:
    """Concede with time alone: ``a = f + (b - f)(1 - tau^(1/beta))``.

    Parameters
    ----------
    view
        The party's situation.
    beta
        Below 1 it holds out and gives in late, above 1 it gives in early.

    Returns
    -------
    float
        Aspiration (own flow), at least the floor.

    Raises
    ------
    ValueError
        When `beta` is not positive and finite.

    Notes
    -----
    The *polynomial* time-dependent tactic of Faratin, Sierra & Jennings (Robotics and Autonomous Systems
    24, 1998), whose share conceded is ``k + (1 - k) tau^(1/beta)``, with ``k = 0`` and without their
    exponential form.  Other programs write the exponent as ``e = 1/beta``, or give the name Boulware to
    another curve.

    Examples
    --------
    >>> later = View(tau=0.5, reserve=0.0, floor=2.0, best=10.0, ceiling=15.0, history=(Turn(True, 7, 15.0),),
    ...              n_turns=5, turns_left=3, last_aspiration=15.0)
    >>> time_dependent(later, beta=0.5)
    8.0
    """
    check_limits("beta", beta)
    return _aspiration(view, _on_curve(view, beta))


def _aspiration(view: View, asked: float) -> float:
    """Open with the public demand, and never go below the floor."""
    return max(view.ceiling if view.opening else asked, view.floor)


def _on_curve(view: View, beta: float) -> float:
    aspiration = view.floor + (view.best - view.floor) * (1.0 - math.pow(view.tau, 1.0 / beta))
    # Rounding must not lift it above `best`, which a package reaches exactly.
    return min(aspiration, view.best)


def boulware(view: View, *, beta: float = 0.25) -> float:
    """Hold out, then give in near the deadline: `time_dependent` with a small `beta`."""
    return time_dependent(view, beta=beta)


def linear(view: View) -> float:
    """Concede the same amount at every turn: `time_dependent` with `beta` 1."""
    return time_dependent(view, beta=1.0)


def conceder(view: View, *, beta: float = 3.0) -> float:
    """Give in early: `time_dependent` with a large `beta`."""
    return time_dependent(view, beta=beta)


def hardliner(view: View, *, share: float = 0.7) -> float:
    """Insist on a fixed share of the attainable gain: ``a = r* + share (b - r*)``.

    Parameters
    ----------
    share
        Share insisted on, 0 to 1.
    """
    check_limits("share", share)
    return _aspiration(view, min(view.reserve + share * (view.best - view.reserve), view.best))


def tit_for_tat(view: View, *, seed_concession: float = 0.03, boulware_floor_beta: float = 0.1) -> float:
    """Concede what the other conceded, plus a seed that keeps two of them from waiting for each other.

    The last aspiration is lowered by the rise of this party's flow between the last two packages of the other
    (nothing if none came since its last turn) and by ``seed_concession (b - f)``. With several other seats the rise
    is the mean over those that tabled a package since its last turn.
    The result is never above the last aspiration, so a retreat of the other is answered by standing still
    at most, and never above Boulware with a very small ``beta``, so that the deadline is felt.  The opening
    demand counts as ``b``.

    Parameters
    ----------
    seed_concession
        Concession per turn made unasked, as a share of ``b - f``, 0 to 1.
    boulware_floor_beta
        ``beta`` of the latest path it may take.

    Notes
    -----
    The family is that of the behaviour-dependent tactics of Faratin, Sierra & Jennings (1998).  Theirs
    imitate the other's own moves; this one answers the gain that a move meant for it.  Seed and latest path
    are assumptions.
    """
    check_limits("seed_concession", seed_concession)
    check_limits("boulware_floor_beta", boulware_floor_beta)
    last = view.best if view.last_aspiration is None else min(view.last_aspiration, view.best)
    asked = last - _answered_rise(view.history) - seed_concession * (view.best - view.floor)
    return _aspiration(view, min(asked, last, _on_curve(view, boulware_floor_beta)))


def _answered_rise(history: tuple[Turn, ...]) -> float:
    """Return what the newest packages of the others add to those before them; a concession is answered once."""
    last_own = max((k for k, turn in enumerate(history) if turn.mine), default=-1)
    tabled: dict[int, list[float]] = {}
    news: set[int] = set()
    for k, turn in enumerate(history):
        if not turn.mine and turn.own is not None:
            tabled.setdefault(turn.seat, []).append(turn.own)
            if k > last_own:
                news.add(turn.seat)
    rises = [tabled[seat][-1] - tabled[seat][-2] for seat in sorted(news) if len(tabled[seat]) > 1]
    return math.fsum(rises) / len(rises) if rises else 0.0


def micro(view: View) -> float:
    """Take one step down for each new package of the other: ``a = b - (b - f) m/(R - 1)``.

    ``R`` is the number of own turns in the first phase.  The opening stands on rung 0; at every later turn
    the rung ``m`` grows by one if this party has tabled at most as many distinct packages as it has
    received.

    Notes
    -----
    The rule is MiCRO of de Jonge (IJCAI 2022, doi:10.24963/ijcai.2022/32).  Three departures: a rung is a
    step of own flow and not the next package, because thousands of packages against a dozen turns would
    never move; on a standstill the rung is held, where MiCRO repeats any earlier offer; of several other
    seats the one that has tabled the fewest distinct packages counts, those that never tabled any left out.
    """
    last_rung = max(view.n_turns - 1, 1)
    rung = min(_rungs_taken(view.history), last_rung)
    return _aspiration(view, view.best - (view.best - view.floor) * (rung / last_rung))


def _rungs_taken(history: tuple[Turn, ...]) -> int:
    """Replay the talks up to the present turn, which is one of the party's own."""
    mine: set[int] = set()
    received: dict[int, set[int]] = {}
    rung = 0
    opened = False

    def may_step() -> bool:
        return len(mine) <= min(map(len, received.values()), default=0)

    for turn in history:
        if turn.mine:
            rung += opened and may_step()
            opened = True
        if turn.code is not None:
            (mine if turn.mine else received.setdefault(turn.seat, set())).add(turn.code)
    return rung + may_step()


@dataclass(frozen=True, slots=True)
class Script:
    """Moves read from a list, for worked examples and for tests of the other side.

    Parameters
    ----------
    moves
        The moves, one for each own turn.

    Examples
    --------
    >>> from negosim.core.protocol import Accept, Offer
    >>> script = Script((Offer(12), Accept()))
    >>> script.move(0), script.move(1), script.move(2)
    (Offer(code=12), Accept(), Pass())
    """

    moves: tuple[Move, ...]

    def move(self, own_turn: int) -> Move:
        """Return the move of this own turn (from 0), and `Pass` when the list is exhausted."""
        return self.moves[own_turn] if 0 <= own_turn < len(self.moves) else Pass()


BIDDING: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        "time_dependent": time_dependent,
        "boulware": boulware,
        "linear": linear,
        "conceder": conceder,
        "hardliner": hardliner,
        "tit_for_tat": tit_for_tat,
        "micro": micro,
    }
)

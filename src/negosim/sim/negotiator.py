"""Who holds a seat.

At its turn a negotiator works out what no deal is worth today (its *reserve*), the best package it believes the others would
still take (*best*), how much of the way between it insists on (*floor*) and, by its tactic, what it asks for now
(*aspiration*). It tables the package that gives the others most among those that give itself at least that, or accepts what
stands.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from negosim.core.acceptance import ACCEPTANCE
from negosim.core.beliefs import Belief, Prior
from negosim.core.menu import Prospects, joint_score
from negosim.core.protocol import Accept, Move, Offer, Pass
from negosim.core.tactics import BIDDING, Turn, View
from negosim.core.timevalue import DelayCost, InForce, Outlook, with_line
from negosim.errors import NegosimError
from negosim.scenario import schema
from negosim.sim.agents import Array, Participant
from negosim.sim.draws import draw_belief, draw_tactic, draw_weights
from negosim.sim.hurry import Hurry

if TYPE_CHECKING:
    from negosim.core.party import Party
    from negosim.core.problem import Problem
    from negosim.sim.model import NegotiationModel


class Negotiator(Participant):
    """The holder of a seat.

    Parameters
    ----------
    model : NegotiationModel
    party : Party
    behaviour : schema.Behaviour
        How it negotiates; ranges become numbers drawn from the run's streams.
    seat : int
        Its place in the speaking order.
    """

    def __init__(self, model: NegotiationModel, party: Party, behaviour: schema.Behaviour, seat: int) -> None:
        super().__init__(model, party, draw_weights(model, party))
        self.seat = seat
        self.drawn_weights = self.weights
        self.factors: Array = np.ones(len(self.weights))
        draw, name = model.draw, party.name
        floor = behaviour.floor or schema.Floor(share=0.0)
        self.floor_share = draw(floor.share, f"{name} floor")
        self.later_floor_factor = draw(floor.second_phase_factor)
        line = behaviour.line or schema.Line(strength=0.0, share=0.0)
        self.line_strength = draw(line.strength, f"{name} line")
        self.line_share = draw(line.share)
        extension = behaviour.extension or schema.Extension(belief=0.0, hope=0.0)
        self.extension_belief = draw(extension.belief, f"{name} extension")
        self.hope = draw(extension.hope, f"{name} hope")
        cost = behaviour.delay_cost or schema.DelayCost(start=0.0, end=0.0)
        self.delay = DelayCost(draw(cost.start), draw(cost.end), model.timetable.deadline or 1.0)
        self.tactic, self.tactic_parameters, self.script = draw_tactic(model, party.name, behaviour.tactics)
        self.acceptance = behaviour.acceptance.name
        self.acceptance_parameters = {k: draw(v) for k, v in (behaviour.acceptance.model_extra or {}).items()}
        self.belief_rule = behaviour.belief
        self.hurry = Hurry.of(model, behaviour.hurry)
        self.principal = behaviour.principal
        self.principal_spoke = False
        self.outlook = self.outlook_of(self.situations, self.delay)
        self.line: float | None = None
        self.history: list[Turn] = []
        self.turns_taken = 0
        self.last_aspiration: float | None = None
        self.beliefs: dict[int, Belief] = {}
        self.known_prospects: Prospects | None = None
        self._revalue = False
        self._aspired: tuple[bytes, float] = (b"", 1.0)
        self._seen: tuple[tuple[object, ...], tuple[float, float, float]] | None = None
        self._next: tuple[object, int | None] | None = None
        self.estimates: dict[int, Array] = {}
        self._outlooks: dict[int, Outlook] = {}
        self._reserves: dict[int, float] = {}

    def outlook_of(self, situations: dict[str, float], delay: DelayCost) -> Outlook:
        """Return what waiting means to a party whose flows in all situations are these."""
        timetable = self.talks.timetable
        return Outlook(
            situations,
            InForce(
                tuple(change.day for change in timetable.in_force),
                tuple(situations[change.reference] for change in timetable.in_force),
                tuple(change.known for change in timetable.in_force),
            ),
            delay,
            timetable.horizon,
        )

    def meet(self, others: list[Negotiator]) -> None:
        """Form a first belief about every other seat."""
        for other in others:
            self.beliefs[other.seat] = draw_belief(self.talks, self, other)

    def observe(self, seat: int, code: int | None, components: Array | None, own: float | None) -> None:
        """Remember a turn, one's own or another's, and learn from what another seat tabled.

        Parameters
        ----------
        seat : int
            Who moved.
        code, components, own
            The package tabled and what it is worth to this party; None where nothing was tabled.
        """
        self.history.append(Turn(seat == self.seat, code, own, seat))
        if code is None or components is None or seat == self.seat or not self.beliefs[seat].learns:
            return
        other = self.talks.negotiators[seat]
        levels = self.talks.problem.space.decode(code)
        self.beliefs[seat].observe(other.at_factors(components[other.party.columns]), levels, self.talks.tau)
        self.estimates.pop(seat, None)

    def at_factors(self, components: Array) -> Array:
        """Return own components, shape (…, 1 + f), as they count while events and pressure multiply the weights."""
        return components if np.all(self.factors == 1.0) else components * np.concatenate(([1.0], self.factors))

    def press(self, factors: Array) -> bool:
        """Multiply the drawn weights, shape (f,), and tell whether that changed anything. Everybody sees the factors."""
        if np.array_equal(factors, self.factors):
            return False
        self.factors = factors
        self.weigh(self.under(factors))
        self.outlook = self.outlook_of(self.situations, self.delay)
        self.line = None  # declared anew at the same share, or a heavier weight would move it
        self._revalue = True
        self.known_prospects = self._next = None
        for other in self.talks.negotiators:
            other.estimates.pop(self.seat, None)
        return True

    def under(self, factors: Array) -> Array:
        """Return the drawn weights multiplied, on their grid and inside the box."""
        return self.party.on_grid(np.clip(self.drawn_weights * factors, self.party.lower, self.party.upper))

    def forget(self) -> None:
        """Work everything out anew at the next turn: lines, or what a vote may take away, have changed."""
        self._revalue = True
        self.known_prospects = self._next = None
        self.estimates.clear()

    def refresh(self) -> None:
        """Work out reserve, best attainable flow and floor for today, from today's belief."""
        talks = self.talks
        others = [n for n in talks.negotiators if n is not self]
        fresh = [other for other in others if other.seat not in self.estimates]
        for other in fresh:
            self._learn(other)
        reserves = self._reserves_of_others()
        if self.known_prospects is None or fresh or (len(others) > 1 and reserves != self._reserves):
            self._reserves = reserves
            self.known_prospects = self._anew()
            self._seen = None
        self._reserves = reserves
        today = (talks.day, talks.phase, talks.letter_known, self.line, self.hurry.calmed, *reserves.values())
        if self._seen is not None and self._seen[0] == today:
            self.reserve, self.best, self.floor = self._seen[1]
            return
        attainable, plain = self._reached(
            min(self.situations[talks.no_deal_today], self.situations[talks.no_deal_if_moved])
        )
        top = plain if attainable is None else max(plain, attainable)
        if self.line is None:
            self.line = plain + self.line_share * (top - plain)
        self.reserve = with_line(plain, self.line, self.line_strength * talks.line_factor(self.name))
        self.best = max(self.reserve, top)
        share = self.floor_share * (self.later_floor_factor if talks.phase == 2 else 1.0)
        share *= self.hurry.floor_factor(talks.day)
        self.floor = min(self.best, self.reserve + share * (self.best - self.reserve))
        self._seen = (*today[:3], self.line, *today[4:]), (self.reserve, self.best, self.floor)

    def _reserves_of_others(self) -> dict[int, float]:
        talks = self.talks
        deadline, no_deal = talks.expected_end
        return {
            other.seat: self._outlooks[other.seat].reserve(talks.day, deadline, no_deal)
            for other in talks.negotiators
            if other is not self
        }

    def _learn(self, other: Negotiator) -> None:
        """Work out what another seat is believed to get from every package, and from every situation."""
        talks = self.talks
        belief = self.beliefs[other.seat]
        # By the same sums as the packages, so that one as good as no deal is not put below it by rounding.
        references = talks.references[:, other.party.columns]
        flows = Prior(belief.weights).estimate(references, talks.current.menu_levels, other.factors)
        situations = dict(zip(talks.problem.references, flows.tolist(), strict=True))
        self._outlooks[other.seat] = self.outlook_of(situations, other.delay)
        self.estimates[other.seat] = self.believed(other, talks.current)

    def believed(self, other: Negotiator, problem: Problem) -> Array:
        """Return what another seat is believed to expect from the packages of a menu."""
        components = problem.menu_components[other.name]
        flows = self.beliefs[other.seat].estimate(components, problem.menu_levels, other.factors)
        return self.talks.parliament.anticipated(
            problem, flows, self._outlooks[other.seat].situations[self.talks.no_deal_today]
        )

    def _reached(self, least_own: float) -> tuple[float | None, float]:
        """Return the best flow that the others are believed to leave, if it is any use, and the reserve without a public line."""
        attainable = self.prospects.best(least_own, self.least_score())
        plain = self._plain_reserve(-math.inf if attainable is None else attainable)
        return self._reached(plain) if attainable is None and plain < least_own else (attainable, plain)

    def least_score(self) -> float:
        """Return the score from which the others are believed to take a package."""
        return next(iter(self._reserves.values())) if len(self._reserves) == 1 else 0.0

    def _anew(self) -> Prospects:
        talks, problem = self.talks, self.talks.current
        if self.known_prospects is not None:
            return self.known_prospects.rescored(self._score())
        own = Prior(self.weights).estimate(problem.menu_components[self.name], problem.menu_levels)
        return Prospects(talks.parliament.anticipated(problem, own, self.no_deal), self._score(), problem.menu.codes)

    def _score(self) -> Array:
        """Return what the others are believed to get: one other's flow, or the joint score of several."""
        return self.joint([self.estimates[seat] for seat in sorted(self.estimates)])

    def joint(self, flows: list[Array]) -> Array:
        """Return one score for what the other seats are believed to get, in the order of the seats."""
        return flows[0] if len(flows) == 1 else joint_score(flows, [self._reserves[s] for s in sorted(self._reserves)])

    def _plain_reserve(self, attainable: float) -> float:
        """Reserve without public line; weighs a moved deadline by the belief in it and adds the hope."""
        talks = self.talks
        if talks.phase == 2 or (talks.letter_known and talks.moved_to is None) or not talks.timetable.moves:
            return self.outlook.reserve(talks.day, talks.deadline, talks.no_deal_today)
        if talks.letter_known and talks.moved_to is not None:
            return self.outlook.reserve(talks.day, talks.moved_to, talks.no_deal_today, self.hope, attainable)
        total = math.fsum(move.probability for move in talks.timetable.moves)
        fixed = self.outlook.reserve(talks.day, talks.deadline, talks.no_deal_today)
        if total == 0.0 or self.extension_belief == 0.0:
            return fixed
        later = math.fsum(
            move.probability
            / total
            * self.outlook.reserve(talks.day, move.day, talks.no_deal_if_moved, self.hope, attainable)
            for move in talks.timetable.moves
        )
        return (1.0 - self.extension_belief) * fixed + self.extension_belief * later

    @property
    def prospects(self) -> Prospects:
        """Packages it can table, under today's belief."""
        assert self.known_prospects is not None
        return self.known_prospects

    def view(self, *, closing: bool = False) -> View:
        """Return what the tactic sees; with `closing`, who never had a turn has let one pass."""
        talks = self.talks
        if self._revalue:
            self._revalue = False
            self.history = [self._today(turn) for turn in self.history]
        last = self.last_aspiration
        if last is not None and self._aspired[0] != self.factors.tobytes():
            last = self.reserve + self._aspired[1] * (self.best - self.reserve)
        unheard = (Turn(mine=True, code=None, own=None),) if closing and self.turns_taken == 0 else ()
        return View(
            tau=talks.tau,
            reserve=self.reserve,
            floor=self.floor,
            best=self.best,
            ceiling=self.prospects.ceiling,
            history=(*unheard, *self.history),
            n_turns=talks.first_phase_turns(self.seat),
            turns_left=talks.turns_left(self.seat),
            last_aspiration=last,
        )

    def _today(self, turn: Turn) -> Turn:
        """Return a past turn with its package at what it is worth today, as weights and lines have moved since."""
        if turn.code is None:
            return turn
        components = self.talks.current.components_of(turn.code)
        chance = self.talks.parliament.chance(turn.code, components)
        return Turn(turn.mine, turn.code, self.expects(components, chance), turn.seat)

    def move(self, standing: Array | None, *, closing: bool = False, chance: float = 1.0) -> Move:
        """Answer the standing package and say what is tabled otherwise.

        Parameters
        ----------
        standing : ndarray, shape (K,), or None
            Components of the package another seat has on the table, if it may be accepted.
        closing : bool
            Time is up: the move is read as a yes or a no, and counts as no turn. A scripted player says yes if the next
            move of its list does; any other move stays for its next turn.
        chance : float
            That the standing package passes at home.
        """
        if self.script is not None:
            return self._scripted(standing, closing=closing)
        self.refresh()
        view = self.view(closing=closing)
        asked = self._asked(view)
        code, worth = self._choice(view, asked)
        if not closing:
            self.aspiration = self.last_aspiration = asked
            span = self.best - self.reserve
            self._aspired = self.factors.tobytes(), (asked - self.reserve) / span if span > 0.0 else 1.0
            self.turns_taken += 1
        if standing is not None:
            offer = self.expects(standing, chance)
            rule = ACCEPTANCE[self.acceptance]
            if offer >= self.reserve and rule(view, offer, worth, asked, **self.acceptance_parameters):
                return Accept()
        return Pass() if code is None else Offer(code)

    def _asked(self, view: View) -> float:
        tactic, tuned = self.tactic, self.tactic_parameters
        factor = self.hurry.exponent_factor(self.talks.day)
        if factor != 1.0 and tactic == "linear":  # the exponent of an even conceder is 1
            tactic, tuned = "time_dependent", {"beta": 1.0}
        if "beta" in tuned:
            tuned = {**tuned, "beta": tuned["beta"] * factor}
        return BIDDING[tactic](view, **tuned)

    def _choice(self, view: View, asked: float) -> tuple[int | None, float | None]:
        """Return the code of what it would table, and what that is worth to it.

        As its opening it names what it wants, whether or not a vote would pass it; that has no worth to compare offers with.
        """
        problem = self.talks.current
        if self.talks.deadlocked:
            return None, None
        if view.opening and len(problem.voted):
            wanted = Prior(self.weights).estimate(problem.menu_components[self.name], problem.menu_levels)
            if wanted.max() < self.reserve:
                return None, None
            best = np.flatnonzero(wanted == wanted.max())
            return int(problem.menu.codes[best[np.argmax(self._score()[best])]]), None
        return self.prospects.bid(asked) or (None, None)

    def expects(self, components: Array, chance: float) -> float:
        """Return what a package is worth that passes at home with a chance."""
        flow = self.flow(components)
        return flow if chance == 1.0 else self.no_deal + chance * (flow - self.no_deal)

    def next_bid(self) -> int | None:
        """Return the package that it would table now."""
        if self.script is not None:
            move = self.script.move(self.turns_taken)
            return move.code if isinstance(move, Offer) else None
        talks = self.talks
        key = (talks.round, talks.current.lines, self.hurry.calmed, *(n.factors.tobytes() for n in talks.negotiators))
        if self._next is None or self._next[0] != key:
            self._next = key, self.look()
        return self._next[1]

    def look(self) -> int | None:
        """Return what it would table now, and leave what the record keeps as it was."""
        kept = self.reserve, self.best, self.floor, self.line
        self.refresh()
        view = self.view()
        code = None if self.script is not None else self._choice(view, self._asked(view))[0]
        self.reserve, self.best, self.floor, self.line = kept
        return code

    def _scripted(self, standing: Array | None, *, closing: bool) -> Move:
        assert self.script is not None
        move = self.script.move(self.turns_taken)
        if isinstance(move, Accept) and standing is None:
            raise NegosimError(
                f"the script of {self.name} accepts at its turn {self.turns_taken + 1}, but nothing stands to be accepted"
            )
        if not closing or isinstance(move, Accept):
            self.turns_taken += 1
        return move

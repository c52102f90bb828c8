"""The parties as Mesa agents: those at the table negotiate, all others watch.

At its turn a negotiator works out what no deal is worth today (its *reserve*), the best package it believes the others would
still take (*best*), how much of the way between it insists on (*floor*) and, by its tactic, what it asks for now
(*aspiration*). It tables the package that gives the others most among those that give itself at least that, or accepts what
stands.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from negosim.core.acceptance import ACCEPTANCE
from negosim.core.beliefs import BELIEFS, Belief, Prior, Setting
from negosim.core.menu import Menu, joint_score
from negosim.core.parameters import parameters
from negosim.core.protocol import Accept, Move, Offer, Pass
from negosim.core.tactics import BIDDING, Script, Turn, View
from negosim.core.timevalue import DelayCost, InForce, Outlook, with_line
from negosim.errors import NegosimError
from negosim.scenario import schema

if TYPE_CHECKING:
    from negosim.core.party import Party
    from negosim.sim.model import NegotiationModel

Array = NDArray[np.float64]


class Participant(mesa.Agent):
    """Anyone whose welfare the talks touch.

    Attributes
    ----------
    name, label, unit : str
    party : Party
        Its valuation.
    vector : ndarray, shape (K,)
        The weights it gives to all components: a flow is ``components @ vector``.
    situations : dict of str to float
        Its flow in every situation that is not a package, by name.
    place : int
        Its position among all participants.
    no_deal : float
        Flow of no deal as it stands today.
    stance : str
        What it thinks of the packages on the table: ``supports``, ``opposes``, ``indifferent`` or ``waits``.
    gains : dict of str to float
        Own gain over no deal of the package each seat tabled last.
    """

    stance = "waits"
    reserve = floor = best = aspiration = gain_on_table = float("nan")
    tolerance = 0.0

    def __init__(self, model: NegotiationModel, party: Party, weights: Array) -> None:
        super().__init__(model)
        self.talks = model
        self.place = len(model.agents) - 1
        self.party = party
        self.name, self.label, self.unit = party.name, party.label, party.unit
        self.weights = weights
        self.vector: Array = party.vector(model.problem.n_columns, weights)
        references = model.problem.references
        self.situations: dict[str, float] = dict(
            zip(references, (model.references @ self.vector).tolist(), strict=True)
        )
        self.gains: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def no_deal(self) -> float:
        """Flow of no deal as it stands today."""
        return self.situations[self.talks.no_deal_today]

    def flow(self, components: Array) -> float:
        """Return the own flow of one package or situation from its components, shape (K,)."""
        return float(components @ self.vector)

    def watch(self) -> None:
        """Compare the packages on the table with no deal and take a stance."""
        base = self.no_deal
        self.gains = {seat: flows[self.place] - base for seat, flows in self.talks.on_table.items()}
        if self.gains:
            gain = self.gain_on_table = math.fsum(self.gains.values()) / len(self.gains)
            self.stance = (
                "supports" if gain > self.tolerance else "opposes" if gain < -self.tolerance else "indifferent"
            )


class Stakeholder(Participant):
    """A party without a seat.

    Parameters
    ----------
    tolerance : float
        Gain or loss, in own money, that leaves it indifferent.
    """

    def __init__(self, model: NegotiationModel, party: Party, tolerance: float) -> None:
        super().__init__(model, party, np.asarray(party.default, dtype=np.float64))
        self.tolerance = tolerance


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
        super().__init__(model, party, _true_weights(model, party))
        self.seat = seat
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
        self.tactic, self.tactic_parameters, self.script = self._tactic(behaviour.tactics)
        self.acceptance = behaviour.acceptance.name
        self.acceptance_parameters = {k: draw(v) for k, v in (behaviour.acceptance.model_extra or {}).items()}
        self.belief_rule = behaviour.belief
        self.outlook = self.outlook_of(self.situations, self.delay)
        self.line: float | None = None
        self.history: list[Turn] = []
        self.turns_taken = 0
        self.last_aspiration: float | None = None
        self.beliefs: dict[int, Belief] = {}
        self._menu: Menu | None = None
        self._estimates: dict[int, Array] = {}
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

    def _tactic(self, mixture: list[schema.Tactic]) -> tuple[str, dict[str, float], Script | None]:
        model = self.talks
        chances = np.cumsum([model.central(t.probability) for t in mixture])
        if len(mixture) == 1:
            chosen = mixture[0]
        else:
            u = model.streams.uniform(f"{self.name} tactic") * chances[-1]
            chosen = mixture[min(int(np.searchsorted(chances, u, side="right")), len(mixture) - 1)]
        given = dict(chosen.model_extra or {})
        if chosen.name == "scripted":
            from negosim.scenario.script import read_script

            spec = model.scenario_spec
            return "scripted", {}, read_script(spec.document, spec.folder / given["script"])
        drawn = {k: model.draw(v, f"{self.name} tactic {k}") for k, v in given.items()}
        defaults = {k: float(default) for k, (_, default) in parameters(BIDDING[chosen.name]).items()}
        return chosen.name, {**defaults, **drawn}, None

    def meet(self, others: list[Negotiator]) -> None:
        """Form a first belief about every other seat."""
        model = self.talks
        rule = self.belief_rule
        given = {k: model.draw(v) for k, v in (rule.model_extra or {}).items()}
        for other in others:
            lower, upper = np.array(other.party.lower), np.array(other.party.upper)
            count = int(given.get("hypotheses", 24 if rule.name == "bayesian" else 1))
            u = model.streams.uniforms(f"{self.name} belief about {other.name}", count, len(lower))
            setting = Setting(
                true=other.weights,
                draws=lower + (upper - lower) * u,
                components=model.problem.menu_components[other.name],
                levels=model.problem.menu_levels,
                n_levels=model.problem.space.shape,
            )
            typed = {k: int(v) if k == "hypotheses" else v for k, v in given.items()}
            self.beliefs[other.seat] = BELIEFS[rule.name](setting, **typed)

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
        self.beliefs[seat].observe(components[other.party.columns], levels, self.talks.tau)
        self._estimates.pop(seat, None)

    def refresh(self) -> None:
        """Work out reserve, best attainable flow and floor for today, from today's belief."""
        talks = self.talks
        others = [n for n in talks.negotiators if n is not self]
        fresh = [other for other in others if other.seat not in self._estimates]
        for other in fresh:
            self._learn(other)
        deadline, no_deal = talks.expected_end
        reserves = {other.seat: self._outlooks[other.seat].reserve(talks.day, deadline, no_deal) for other in others}
        if self._menu is None or fresh or (len(others) > 1 and reserves != self._reserves):
            self._reserves = reserves
            self._menu = self._rescored()
        self._reserves = reserves
        attainable = self._menu.best(reserves[others[0].seat] if len(others) == 1 else 0.0)
        plain = self._plain_reserve(-math.inf if attainable is None else attainable)
        top = plain if attainable is None else max(plain, attainable)
        if self.line is None:
            self.line = plain + self.line_share * (top - plain)
        self.reserve = with_line(plain, self.line, self.line_strength * talks.line_factor(self.name))
        self.best = max(self.reserve, top)
        share = self.floor_share * (self.later_floor_factor if talks.phase == 2 else 1.0)
        self.floor = min(self.best, self.reserve + share * (self.best - self.reserve))

    def _learn(self, other: Negotiator) -> None:
        """Work out what another seat is believed to get from every package, and from every situation."""
        talks = self.talks
        belief = self.beliefs[other.seat]
        components = talks.problem.menu_components[other.name]
        self._estimates[other.seat] = belief.estimate(components, talks.problem.menu_levels)
        # By the same sums as the packages, so that one as good as no deal is not put below it by rounding.
        flows = Prior(belief.weights).estimate(talks.references[:, other.party.columns], talks.problem.menu_levels)
        situations = dict(zip(talks.problem.references, flows.tolist(), strict=True))
        self._outlooks[other.seat] = self.outlook_of(situations, other.delay)

    def _rescored(self) -> Menu:
        talks = self.talks
        if self._menu is not None:
            return self._menu.rescored(self._score())
        own = Prior(self.weights).estimate(talks.problem.menu_components[self.name], talks.problem.menu_levels)
        return Menu(own, self._score(), talks.problem.menu.codes)

    def _score(self) -> Array:
        """Return what the others are believed to get: one other's flow, or the joint score of several."""
        if len(self._estimates) == 1:
            return next(iter(self._estimates.values()))
        seats = sorted(self._estimates)
        return joint_score([self._estimates[seat] for seat in seats], [self._reserves[seat] for seat in seats])

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
    def menu(self) -> Menu:
        """Packages it can table, under today's belief."""
        assert self._menu is not None
        return self._menu

    def view(self, *, closing: bool = False) -> View:
        """Return what the tactic sees; with `closing`, who never had a turn has let one pass."""
        talks = self.talks
        unheard = (Turn(mine=True, code=None, own=None),) if closing and self.turns_taken == 0 else ()
        return View(
            tau=talks.tau,
            reserve=self.reserve,
            floor=self.floor,
            best=self.best,
            ceiling=self.menu.ceiling,
            history=(*unheard, *self.history),
            n_turns=talks.first_phase_turns(self.seat),
            turns_left=talks.turns_left(self.seat),
            last_aspiration=self.last_aspiration,
        )

    def move(self, standing: Array | None, *, closing: bool = False) -> Move:
        """Answer the standing package and say what is tabled otherwise.

        Parameters
        ----------
        standing : ndarray, shape (K,), or None
            Components of the package another seat has on the table.
        closing : bool
            Time is up: the move is read as a yes or a no, and counts as no turn. A scripted player says yes if the next
            move of its list does; any other move stays for its next turn.
        """
        if self.script is not None:
            return self._scripted(standing, closing=closing)
        self.refresh()
        view = self.view(closing=closing)
        asked = BIDDING[self.tactic](view, **self.tactic_parameters)
        choice = self.menu.bid(asked)
        if not closing:
            self.aspiration = self.last_aspiration = asked
            self.turns_taken += 1
        if standing is not None:
            offer = self.flow(standing)
            rule = ACCEPTANCE[self.acceptance]
            own = None if choice is None else self.flow(self.talks.problem.menu.components[choice])
            if offer >= self.reserve and rule(view, offer, own, asked, **self.acceptance_parameters):
                return Accept()
        return Pass() if choice is None else Offer(int(self.talks.problem.menu.codes[choice]))

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


def _true_weights(model: NegotiationModel, party: Party) -> Array:
    """Draw a party's private weights from its box; a pinned value is taken as it is."""
    lower, upper = np.array(party.lower), np.array(party.upper)
    drawn = lower + (upper - lower) * model.streams.uniforms(f"{party.name} weights", len(lower))
    values = model.scenario_spec.document.values
    for k, name in enumerate(party.weights):
        if values[name].pinned:
            drawn[k] = values[name].value
    return party.on_grid(drawn)

"""The parties as Mesa agents: those at the table negotiate, all others watch.

At its turn a negotiator works out what no deal is worth today (its *reserve*), the best package it believes the others would
still take (*best*), how much of the way between it insists on (*floor*) and, by its tactic, what it asks for now
(*aspiration*). It tables the package that gives the others most among those that give itself at least that, or accepts what
stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from negosim.core.beliefs import BELIEFS, Belief, Setting
from negosim.core.menu import Menu
from negosim.core.protocol import Accept, Move, Offer, Pass
from negosim.core.tactics import ACCEPTANCE, BIDDING, Script, Turn, View, parameters
from negosim.core.timevalue import DelayCost, InForce, reserve_flow, with_line
from negosim.errors import NegosimError
from negosim.scenario import schema

if TYPE_CHECKING:
    from negosim.core.problem import Party
    from negosim.sim.model import NegotiationModel

Array = NDArray[np.float64]


class Participant(mesa.Agent):
    """Anyone whose welfare the talks touch.

    Attributes
    ----------
    name, label, unit : str
    party : Party
        Its valuation.
    no_deal : float
        Flow of no deal as it stands today.
    stance : str
        What it thinks of the packages on the table: ``supports``, ``opposes``, ``indifferent`` or ``waits``.
    gains : dict of str to float
        Own gain over no deal of the package each seat tabled last.
    """

    stance = "waits"
    reserve = floor = best = aspiration = float("nan")

    def __init__(self, model: NegotiationModel, party: Party) -> None:
        super().__init__(model)
        self.talks = model
        self.party = party
        self.name, self.label, self.unit = party.name, party.label, party.unit
        self.weights: Array = np.asarray(party.default, dtype=np.float64)
        self.gains: dict[str, float] = {}
        self.tolerance = 0.0

    @property
    def no_deal(self) -> float:
        """Flow of no deal as it stands today."""
        return self.flow(self.talks.reference(self.talks.no_deal_today()))

    @property
    def gain_on_table(self) -> float:
        """Mean gain over no deal of the packages that the seats tabled last; nan before the first."""
        return float(np.mean(list(self.gains.values()))) if self.gains else float("nan")

    def flow(self, components: Array) -> float:
        """Return the own flow of one package or situation."""
        return float(self.party.flows(components, self.weights))

    def watch(self) -> None:
        """Compare the packages on the table with no deal and take a stance."""
        base = self.no_deal
        self.gains = {seat: self.flow(c) - base for seat, c in self.talks.on_table.items()}
        if self.gains:
            gain = self.gain_on_table
            self.stance = "supports" if gain > self.tolerance else "opposes" if gain < -self.tolerance else "indifferent"


class Stakeholder(Participant):
    """A party without a seat.

    Parameters
    ----------
    tolerance : float
        Gain or loss, in own money, that leaves it indifferent.
    """

    def __init__(self, model: NegotiationModel, party: Party, tolerance: float) -> None:
        super().__init__(model, party)
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
        super().__init__(model, party)
        self.seat = seat
        draw = model.draw
        lower, upper = np.array(party.lower), np.array(party.upper)
        drawn = lower + (upper - lower) * model.streams.uniforms(f"{party.name} weights", len(lower))
        pinned = model.scenario_spec.document.values
        for k, name in enumerate(party.weights):
            if name in pinned and pinned[name].pinned:
                drawn[k] = pinned[name].value
        self.weights = party.on_grid(drawn)
        self.floor_share = draw(behaviour.floor.share, f"{self.name} floor") if behaviour.floor else 0.0
        self.later_floor_factor = draw(behaviour.floor.second_phase_factor, "") if behaviour.floor else 1.0
        self.line_strength = draw(behaviour.line.strength, f"{self.name} line") if behaviour.line else 0.0
        self.line_share = draw(behaviour.line.share, "") if behaviour.line else 0.0
        extension = behaviour.extension
        self.extension_belief = draw(extension.belief, f"{self.name} extension") if extension else 0.0
        self.hope = draw(extension.hope, f"{self.name} hope") if extension else 0.0
        cost = behaviour.delay_cost
        self.delay = DelayCost(draw(cost.start, ""), draw(cost.end, ""), model.timetable.deadline or 1.0) if cost else DelayCost()
        self.tactic, self.tactic_parameters, self.script = self._tactic(behaviour.tactics)
        accept = behaviour.acceptance
        self.acceptance = accept.name
        self.acceptance_parameters = {k: draw(v, "") for k, v in (accept.model_extra or {}).items()}
        self.line: float | None = None
        self.history: list[Turn] = []
        self.turns_taken = 0
        self.last_aspiration: float | None = None
        self._in_force = InForce(
            np.array([day for day, _ in model.timetable.in_force]),
            np.array([self.flow(model.reference(name)) for _, name in model.timetable.in_force]),
        )
        self._known = {name: self.flow(c) for name, c in model.problem.references.items()}
        own = party.flows(model.menu.components, self.weights)
        self.menu = Menu(own, own, model.menu.codes)
        self.beliefs: dict[int, Belief] = {}
        self._estimates: dict[int, Array] = {}
        self._reserves: dict[int, float] = {}
        self._belief_rule = behaviour.belief

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
        rule = self._belief_rule
        given = {k: model.draw(v, "") for k, v in (rule.model_extra or {}).items()}
        for other in others:
            lower, upper = np.array(other.party.lower), np.array(other.party.upper)
            count = int(given.get("hypotheses", 24 if rule.name == "bayesian" else 1))
            u = model.streams.uniforms(f"{self.name} belief about {other.name}", count, len(lower))
            setting = Setting(
                true=other.weights,
                draws=lower + (upper - lower) * u,
                components=model.menu.components[:, other.party.columns],
                levels=model.menu_levels,
                n_levels=model.problem.space.shape,
            )
            typed = {k: int(v) if k == "hypotheses" else v for k, v in given.items()}
            self.beliefs[other.seat] = BELIEFS[rule.name](setting, **typed)

    def observe(self, seat: int, move: Move, components: Array | None) -> None:
        """Remember a turn, one's own or another's, and learn from what another seat tabled."""
        code = move.code if isinstance(move, Offer) else None
        own = None if components is None else self.flow(components)
        self.history.append(Turn(seat == self.seat, code, own))
        if code is not None and components is not None and seat != self.seat:
            other = self.talks.negotiators[seat]
            levels = self.talks.problem.space.decode(code)
            self.beliefs[seat].observe(components[other.party.columns], levels, self.talks.tau)
            self._estimates.pop(seat, None)

    def refresh(self) -> None:
        """Work out reserve, best attainable flow and floor for today, from today's belief."""
        talks = self.talks
        stale = False
        for other in talks.negotiators:
            if other.seat == self.seat:
                continue
            if other.seat not in self._estimates:
                columns = other.party.columns
                self._estimates[other.seat] = self.beliefs[other.seat].estimate(
                    talks.menu.components[:, columns], talks.menu_levels
                )
                stale = True
            reserve = talks.plain_reserve(other, self._believed_weights(other))
            stale |= self._reserves.get(other.seat) != reserve and len(talks.negotiators) > 2
            self._reserves[other.seat] = reserve
        if stale:
            self.menu = self.menu.rescored(self._score())
        attainable = self.menu.best(self._score_floor())
        no_deal = self._known[talks.no_deal_today()]
        plain = self._plain_reserve(no_deal if attainable is None else attainable)
        if self.line is None:
            self.line = plain + self.line_share * max(0.0, (plain if attainable is None else attainable) - plain)
        strength = self.line_strength * talks.line_factor(self.name)
        self.reserve = with_line(plain, self.line, strength)
        self.best = max(self.reserve, self.reserve if attainable is None else attainable)
        share = self.floor_share * (self.later_floor_factor if talks.phase == 2 else 1.0)
        self.floor = min(self.best, self.reserve + share * (self.best - self.reserve))

    def _believed_weights(self, other: Negotiator) -> Array:
        return self.beliefs[other.seat].weights

    def _score(self) -> Array:
        """What the others are believed to get: one other's flow, or the smallest share of what each could gain."""
        if len(self._estimates) == 1:
            return next(iter(self._estimates.values()))
        shares = [
            (flows - self._reserves[seat]) / (float(np.ptp(flows)) or 1.0) for seat, flows in sorted(self._estimates.items())
        ]
        return np.asarray(np.min(shares, axis=0))

    def _score_floor(self) -> float:
        return next(iter(self._reserves.values())) if len(self._reserves) == 1 else 0.0

    def _plain_reserve(self, attainable: float) -> float:
        """Reserve without public line; weighs a moved deadline by the belief in it and adds the hope."""
        talks = self.talks
        day, horizon = talks.day, talks.timetable.horizon
        stays = self._known[talks.no_deal_today()]
        fixed = reserve_flow(day, talks.deadline, horizon, self._in_force, self.delay, stays)
        if talks.phase == 2:
            return fixed
        if talks.letter_known:
            moved_to = [] if talks.moved_to is None else [(talks.moved_to, 1.0)]
            chance = 1.0 if moved_to else 0.0
        else:
            moved_to = [(m.day, m.probability) for m in talks.timetable.moves]
            chance = self.extension_belief if sum(p for _, p in moved_to) > 0 else 0.0
        if chance == 0.0:
            return fixed
        from negosim.scenario.timetable import MOVED

        moved = self._known[MOVED]
        hoped = moved + self.hope * max(0.0, attainable - moved)
        total = sum(p for _, p in moved_to)
        later = sum(
            p / total * reserve_flow(day, deadline, horizon, self._in_force, self.delay, hoped) for deadline, p in moved_to
        )
        return (1.0 - chance) * fixed + chance * later

    def view(self) -> View:
        """Return what the tactic sees."""
        talks = self.talks
        return View(
            tau=talks.tau,
            reserve=self.reserve,
            floor=self.floor,
            best=self.best,
            ceiling=self.menu.ceiling,
            history=tuple(self.history),
            n_turns=talks.turns_of(self.seat, phase=1),
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
            Time is up: the move is read as a yes or a no, and counts as no turn.
        """
        if self.script is not None:
            if not closing:
                self.turns_taken += 1
            return self._scripted(standing, self.turns_taken - (0 if closing else 1))
        self.refresh()
        view = self.view()
        asked = BIDDING[self.tactic](view, **self.tactic_parameters)
        choice = self.menu.bid(asked)
        bid = None if choice is None else self.talks.menu.components[choice]
        if not closing:
            self.aspiration = self.last_aspiration = asked
            self.turns_taken += 1
        if standing is not None:
            offer = self.flow(standing)
            rule = ACCEPTANCE[self.acceptance]
            own = None if bid is None else self.flow(bid)
            if offer >= self.reserve and rule(view, offer, own, asked, **self.acceptance_parameters):
                return Accept()
        return Pass() if choice is None else Offer(int(self.talks.menu.codes[choice]))

    def _scripted(self, standing: Array | None, turn: int) -> Move:
        assert self.script is not None
        move = self.script.move(turn)
        if isinstance(move, Accept) and standing is None:
            raise NegosimError(f"the script of {self.name} accepts at its turn {turn + 1}, but nothing stands to be accepted")
        return move

"""The talks as a Mesa model: one step is one dated round with its exchanges.

A round: dated events take effect; groups turn to their governments at the home table; the seats take turns, as many
exchanges as the calendar says, until one move makes a deal; then every party looks at the packages on the table. After the
last exchange of a phase the seats that have not answered say yes or no. Without a deal the deadline is carried out, or a
second phase starts if it was moved. A signed package that changes law is voted on.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from negosim.core.problem import Problem
from negosim.core.protocol import PROTOCOLS, Accept, Offer
from negosim.scenario import schema
from negosim.scenario.home import levels_today, pressing
from negosim.scenario.load import Scenario, as_scenario, names_of, recent_scenario
from negosim.sim.agents import Participant, Stakeholder
from negosim.sim.home import HomeTable, factors_of
from negosim.sim.lines import StandingLines
from negosim.sim.log import action_of, collector, keep_move, keep_round
from negosim.sim.negotiator import Negotiator
from negosim.sim.parliament import Parliament
from negosim.sim.principal import reopened
from negosim.sim.streams import Streams

Array = NDArray[np.float64]


class NegotiationModel(mesa.Model):
    """One negotiation of a scenario.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario, a folder, or the name of one that ships.
    overrides : str or iterable of str
        Names from the scenario's overrides.toml (only with a name or folder); a string may list several, split by commas.
    settings : mapping, optional
        Dotted keys and values to set (only with a name or folder).
    rng : int
        The seed; 0 where Mesa gives none, so that a batch needs seeds of its own for its runs to differ. All chance comes
        from named streams keyed by it, never from Mesa's generators.
    collect : bool
        Fill Mesa's data collector after each round; a record of the talks is kept either way.

    Attributes
    ----------
    round : int
        Rounds held so far.
    day, date
        Of the current round.
    deal : dict or None
        The package agreed on and in force, issue → level.
    signed : dict or None
        The package signed, also where a vote at home then failed.
    drawn : dict of str to float
        The number that this run uses of every value that it drew.
    negotiators : list of Negotiator
        In speaking order.
    offers : list of dict
        One entry a move.

    Examples
    --------
    >>> model = NegotiationModel("two_neighbours", rng=1)
    >>> while model.running:
    ...     model.step()
    >>> model.round > 0
    True
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        overrides: str | Iterable[str] = (),
        settings: Mapping[str, Any] | None = None,
        rng: int | None = 0,
        *,
        collect: bool = True,
    ) -> None:
        streams = Streams(0 if rng is None else rng)
        super().__init__(rng=streams.seed)
        if isinstance(scenario, Scenario):
            spec = as_scenario(scenario, overrides, settings)
        else:
            spec = recent_scenario(scenario, names_of(overrides), settings or {})
        # Mesa keeps attributes called `scenario` for itself.
        self.scenario_spec = spec
        self.problem, self.timetable = spec.problem, spec.timetable
        self.references = np.stack(list(self.problem.references.values()))
        self.streams = streams
        self.collects = collect
        self.round = 0
        self.phase = 1
        self.exchange = 0
        self.tau = 0.0
        self.drawn: dict[str, float] = {}
        self.negotiators: list[Negotiator] = []
        self.deadline = self.timetable.deadline
        self.moved_to = self._letter()
        self._days = self._first_days = self.timetable.phase(-1.0, self.deadline)
        self._round_of_phase = 0
        self._turn_to(self._days[0])
        self.lines = StandingLines(self)
        self.on_table: dict[str, list[float]] = {}
        self.tabled: dict[str, int] = {}
        self.offers: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.home_moves: list[dict[str, Any]] = []
        self.pressures: list[dict[str, Any]] = []
        self.signed_code: int | None = None
        self.deal_components: Array | None = None
        self.vote: dict[str, Any] | None = None
        document = spec.document
        self.parliament = Parliament(self)
        behaviours: dict[str, schema.Behaviour] = {**document.parties}
        behaviours.update({name: group.behaviour for name, group in document.groups.items()})
        try:
            for k, name in enumerate(self.problem.seats):
                self.negotiators.append(Negotiator(self, self.problem.party(name), behaviours[name], k))
            for negotiator in self.negotiators:
                negotiator.meet([n for n in self.negotiators if n is not negotiator])
            self.stakeholders = [
                Stakeholder(self, self.problem.party(name), self._tolerance(document.parties[name]))
                for name in document.party_order()
                if name not in self.problem.seats
            ]
        finally:
            release(self)  # every agent has its number now
        self._valuations = np.stack([p.vector for p in self.participants])
        self.today = levels_today(spec)
        self.home = [HomeTable(self, name, group, home) for name, (group, home) in pressing(document).items()]
        self.protocol = PROTOCOLS[document.protocol.kind]
        self.table = self.protocol.start(len(self.negotiators))
        self.running = True
        self.datacollector = collector(self.problem.seats)

    def __repr__(self) -> str:
        """Return which talks these are and where they stand."""
        stands = "over" if not self.running else f"round {self.round}"
        return f"<NegotiationModel {self.scenario_spec.name}, seed {self.streams.seed}: {stands}>"

    def central(self, given: float | str) -> float:
        """Return a number of the scenario, a sourced value by its central value."""
        return self.scenario_spec.number(given)

    def draw(self, given: float | str, stream: str = "") -> float:
        """Return a number of the scenario; with a stream, a sourced value is drawn from its range unless it is pinned."""
        if not stream or not isinstance(given, str):
            return self.central(given)
        value = self.scenario_spec.document.values[given[1:]]
        if value.pinned:
            return value.value
        self.drawn[given[1:]] = self.streams.uniform(stream, *value.range)
        return self.drawn[given[1:]]

    def _tolerance(self, party: schema.Party) -> float:
        return 0.0 if party.size is None else self.central(party.tolerance) * self.central(party.size)

    def _letter(self) -> float | None:
        """Draw whether, and to which day, the deadline is moved."""
        if not self.timetable.moves:
            return None
        u = self.streams.uniform("deadline")
        total = 0.0
        for move in self.timetable.moves:
            total += move.probability
            if u < total:
                return move.day
        return None

    @property
    def current(self) -> Problem:
        """The problem with the lines that stand; the talks choose from its menu."""
        return self.lines.problem

    @property
    def deadlocked(self) -> bool:
        """Whether the red lines of all parties together leave no package."""
        return self.lines.deadlocked

    def forget(self) -> None:
        """Let all negotiators work out their choices anew."""
        for negotiator in self.negotiators:
            negotiator.forget()

    def press(self, negotiator: Negotiator) -> None:
        """Let events and pressure move the weights of a negotiator."""
        if negotiator.press(factors_of(self, negotiator)):
            self._valuations[negotiator.place] = negotiator.vector

    def _turn_to(self, day: float) -> None:
        """Let a day come: what is known on it, and what no deal means."""
        self.day = day
        self.letter_known = day >= self.timetable.announced
        stands = [change for change in self.timetable.no_deal if change.known <= day][-1]
        self.no_deal_if_moved = stands.moved
        moved = self.moved_to is not None and self.letter_known
        self.no_deal_today = stands.moved if moved else stands.reference

    @property
    def date(self) -> dt.date | None:
        """Date of the current round; None without dates."""
        return self.timetable.date(self.day)

    @property
    def agreement(self) -> bool:
        """Whether the talks ended with a deal that came into force."""
        return self.deal_components is not None

    @property
    def ending(self) -> str:
        """How the talks ended: with a ``deal``, with one that was signed and ``rejected`` at home, or with ``no_deal``."""
        return "deal" if self.agreement else "no_deal" if self.signed_code is None else "rejected"

    @property
    def deal(self) -> dict[str, float | str] | None:
        """The package agreed on and in force, or None."""
        return self.signed if self.agreement else None

    @property
    def signed(self) -> dict[str, float | str] | None:
        """The package signed, or None."""
        return None if self.signed_code is None else self.problem.space.package(self.signed_code)

    @property
    def gains(self) -> dict[str, float]:
        """Gain of every party over no deal as it stands today; zero without a deal."""
        return {p.name: self.gain(p.place) for p in self.participants}

    def gain(self, place: int) -> float:
        """Return the gain of the participant at a place; zero without a deal."""
        if self.deal_components is None:
            return 0.0
        p = self.participants[place]
        return p.flow(self.deal_components) - p.no_deal

    @property
    def participants(self) -> list[Participant]:
        """Everyone: the negotiators in speaking order, then the stakeholders."""
        return [*self.negotiators, *self.stakeholders]

    def line_factor(self, party: str) -> float:
        """Return by how much events have changed the cost of a party's public line."""
        return math.prod(f for day, who, f in self.timetable.line_factors if who == party and day <= self.day)

    @property
    def expected_end(self) -> tuple[float, str]:
        """The day on which no deal starts as far as is known, and the situation it means."""
        if self.phase == 1 and self.letter_known and self.moved_to is not None:
            return self.moved_to, self.no_deal_if_moved
        return self.deadline, self.no_deal_today

    def exchanges(self) -> int:
        """Return the number of exchanges of the current phase."""
        return len(self._days) * self.timetable.exchanges_per_round

    def first_phase_turns(self, seat: int) -> int:
        """Return how many turns a seat has in the first phase."""
        total = len(self._first_days) * self.timetable.exchanges_per_round
        return len(range(seat, total, len(self.negotiators)))

    def turns_left(self, seat: int) -> int:
        """Return how many turns a seat has left in this phase, the current exchange included."""
        ahead = (seat - self.table.mover) % len(self.negotiators)
        return max(1, len(range(self.exchange + ahead, self.exchanges(), len(self.negotiators))))

    def step(self) -> None:
        """Hold one round; nothing happens once the talks are over."""
        if not self.running:
            return
        self._new_day(self._days[self._round_of_phase])
        self.round += 1
        self._clock()
        for table in self.home:
            table.hold()
        for _ in range(self.timetable.exchanges_per_round):
            self._exchange()
            if self.signed_code is not None:
                break
        self._round_of_phase += 1
        last = self._round_of_phase == len(self._days)
        if last and self.signed_code is None:
            self._closing_answer()
        self.on_table = {seat: self.flows_of(self.current.components_of(code)) for seat, code in self.tabled.items()}
        self.agents.do("watch")
        keep_round(self)
        if self.collects:
            self.datacollector.collect(self)
        if self.signed_code is not None:
            self.running = False
        elif last:
            self._end_phase()

    def _new_day(self, day: float) -> None:
        """Let a day come, with its events: lines, weights, and what a vote may take away."""
        before, no_deal = (self.day if self.round else -math.inf), self.no_deal_today
        self._turn_to(day)
        self.lines.dated_events(before)
        for negotiator in self.negotiators:
            self.press(negotiator)
        if self.parliament.turn_to_day() or no_deal != self.no_deal_today:
            self.forget()

    def _clock(self) -> None:
        """Set the share of the way of concession for the coming exchange."""
        n = self.exchanges()
        share = self.exchange / (n - 1) if n > 1 else 1.0
        start = self.timetable.second_phase_start if self.phase == 2 else 0.0
        self.tau = start + (1.0 - start) * share

    def _exchange(self) -> None:
        self._clock()
        mover = self.negotiators[self.table.mover]
        standing, chance = self._standing()
        move = mover.move(standing, chance=chance)
        stood = self.table.standing
        self.table = self.protocol.step(self.table, move)
        code = move.code if isinstance(move, Offer) else stood if isinstance(move, Accept) else None
        components = None if code is None else self.current.components_of(code)
        flows = None if components is None else self.flows_of(components)
        tabled = isinstance(move, Offer)
        if tabled and flows is not None and code is not None:
            self.tabled[mover.name] = code
        seen = keep_move(self, mover, action_of(move), code, components)
        for n in self.negotiators:
            if tabled:
                n.observe(mover.seat, code, components, None if seen is None else seen[n.seat])
            else:
                n.observe(mover.seat, None, None, None)
        self.exchange += 1
        self._settle()

    def _standing(self) -> tuple[Array | None, float]:
        """Return the components of the package that stands, if no red line forbids it, and its chance to pass at home."""
        code = self.table.standing
        if code is None or self.lines.forbids(code):
            return None, 1.0
        components = self.current.components_of(code)
        return components, self.parliament.chance(code, components)

    def flows_of(self, components: Array) -> list[float]:
        """Return the flow of a package to every participant, in their order."""
        return list((self._valuations @ components).tolist())

    def _closing_answer(self) -> None:
        asked = self.protocol.unanswered(self.table)
        if not asked or self.table.standing is None:
            return
        code = self.table.standing
        standing, chance = self._standing()
        answers = []
        for seat in asked:
            negotiator = self.negotiators[seat]
            yes = isinstance(negotiator.move(standing, closing=True, chance=chance), Accept)
            answers.append(yes)
            said = "accept" if yes else "reject"
            keep_move(self, negotiator, said, code, self.current.components_of(code), closing=True)
        self.table = self.protocol.close(self.table, answers)
        self._settle()

    def _settle(self) -> None:
        """Sign what all have accepted, unless somebody above them re-opens it; then let it be voted on."""
        code = self.table.deal
        if code is not None:
            code = reopened(self, code)
        if code is None:
            return
        self.signed_code = code
        components = self.current.components_of(code)
        self.vote = self.parliament.vote(code, components)
        if self.vote is None or self.vote["passed"]:
            self.deal_components = components

    def _end_phase(self) -> None:
        if self.phase == 2 or self.moved_to is None:
            self.running = False
            return
        self.phase = 2
        self._days = self.timetable.phase(self.deadline, self.moved_to)
        self.deadline = self.moved_to
        self.exchange = self._round_of_phase = 0


def release(model: mesa.Model) -> None:
    """Let a model go: Mesa 3.3 keeps every model for ever in the table by which it numbers agents."""
    getattr(mesa.Agent, "_ids", {}).pop(model, None)

"""The talks as a Mesa model: one step is one dated round with its exchanges.

A round: dated events take effect; the seats take turns, as many exchanges as the calendar says, until one move makes a deal;
then every party looks at the packages on the table. After the last exchange of a phase the seats that have not answered say
yes or no. Without a deal the deadline is carried out, or a second phase starts if it was moved.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from negosim.core.protocol import PROTOCOLS, Accept, Move, Offer, Pass
from negosim.scenario import schema
from negosim.scenario.load import Scenario, as_scenario, find_folder, load_scenario, names_of
from negosim.sim.agents import Negotiator, Participant, Stakeholder
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
        The package agreed on, issue → level.
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
            spec = _loaded(scenario, names_of(overrides), settings or {})
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
        self.deadline = self.timetable.deadline
        self.moved_to = self._letter()
        self._days = self._first_days = self.timetable.phase(-1.0, self.deadline)
        self._round_of_phase = 0
        self._turn_to(self._days[0])
        self.on_table: dict[str, list[float]] = {}
        self.offers: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.deal_code: int | None = None
        self.deal_components: Array | None = None
        document = spec.document
        behaviours: dict[str, schema.Behaviour] = {**document.parties}
        behaviours.update({name: group.behaviour for name, group in document.groups.items()})
        try:
            self.negotiators = [
                Negotiator(self, self.problem.party(name), behaviours[name], k)
                for k, name in enumerate(self.problem.seats)
            ]
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
        self.protocol = PROTOCOLS[document.protocol.kind]
        self.table = self.protocol.start(len(self.negotiators))
        self.running = True
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "round": "round",
                "date": "date",
                "day": "day",
                "phase": "phase",
                "agreement": "agreement",
                "deal": "deal",
                **{f"gain_{seat}": _gain_reporter(seat) for seat in self.problem.seats},
            },
            agent_reporters={
                "party": "name",
                "stance": "stance",
                "gain_on_table": "gain_on_table",
                "reserve": "reserve",
                "aspiration": "aspiration",
            },
        )

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
        return value.value if value.pinned else self.streams.uniform(stream, *value.range)

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
        """Whether the talks ended with a deal."""
        return self.deal_code is not None

    @property
    def deal(self) -> dict[str, float | str] | None:
        """The package agreed on, or None."""
        return None if self.deal_code is None else self.problem.space.package(self.deal_code)

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
        self._turn_to(self._days[self._round_of_phase])
        self.round += 1
        for _ in range(self.timetable.exchanges_per_round):
            self._exchange()
            if self.agreement:
                break
        self._round_of_phase += 1
        last = self._round_of_phase == len(self._days)
        if last and not self.agreement:
            self._closing_answer()
        self.agents.do("watch")
        self._keep()
        if self.collects:
            self.datacollector.collect(self)
        if self.agreement:
            self.running = False
        elif last:
            self._end_phase()

    def _exchange(self) -> None:
        n = self.exchanges()
        share = self.exchange / (n - 1) if n > 1 else 1.0
        start = self.timetable.second_phase_start if self.phase == 2 else 0.0
        self.tau = start + (1.0 - start) * share
        mover = self.negotiators[self.table.mover]
        standing = None if self.table.standing is None else self.problem.components_of(self.table.standing)
        move = mover.move(standing)
        self.table = self.protocol.step(self.table, move)
        code = move.code if isinstance(move, Offer) else None
        tabled = None if code is None else self.problem.components_of(code)
        flows = self._flows(standing if isinstance(move, Accept) else tabled)
        if tabled is not None and flows is not None:
            self.on_table[mover.name] = flows
        self._record(mover, move, flows)
        for n in self.negotiators:
            n.observe(mover.seat, code, tabled, None if tabled is None or flows is None else flows[n.place])
        self.exchange += 1
        self._settle()

    def _flows(self, components: Array | None) -> list[float] | None:
        """Return the flow of a package to every participant, in their order."""
        return None if components is None else (self._valuations @ components).tolist()

    def _closing_answer(self) -> None:
        asked = self.protocol.unanswered(self.table)
        if not asked or self.table.standing is None:
            return
        standing = self.problem.components_of(self.table.standing)
        flows = self._flows(standing)
        answers = []
        for seat in asked:
            negotiator = self.negotiators[seat]
            yes = isinstance(negotiator.move(standing, closing=True), Accept)
            answers.append(yes)
            self._record(negotiator, Accept() if yes else Pass(), flows, closing=True)
        self.table = self.protocol.close(self.table, answers)
        self._settle()

    def _settle(self) -> None:
        if self.table.deal is not None:
            self.deal_code = self.table.deal
            self.deal_components = self.problem.components_of(self.table.deal)

    def _end_phase(self) -> None:
        if self.phase == 2 or self.moved_to is None:
            self.running = False
            return
        self.phase = 2
        self._days = self.timetable.phase(self.deadline, self.moved_to)
        self.deadline = self.moved_to
        self.exchange = self._round_of_phase = 0

    def _record(self, mover: Negotiator, move: Move, flows: list[float] | None, *, closing: bool = False) -> None:
        action = {Offer: "offer", Accept: "accept", Pass: "pass"}[type(move)]
        if closing and action == "pass":
            action = "reject"
        self.offers.append(
            {
                "round": self.round,
                "day": self.day,
                "phase": self.phase,
                "exchange": self.exchange + 1 if not closing else self.exchange,
                "by": mover.name,
                "action": action,
                "closing": closing,
                "code": None if flows is None else self.table.standing,
                "flows": None if flows is None else flows[: len(self.negotiators)],
                "no_deal": self.no_deal_today,
            }
        )

    def _keep(self) -> None:
        for p in self.participants:
            self.history.append(
                {
                    "round": self.round,
                    "day": self.day,
                    "party": p.name,
                    "no_deal": p.no_deal,
                    "reserve": p.reserve,
                    "floor": p.floor,
                    "aspiration": p.aspiration,
                    "best": p.best,
                    "gains": p.gains,
                    "stance": p.stance,
                }
            )


def _gain_reporter(seat: str) -> Callable[[NegotiationModel], float]:
    return lambda model: model.gain(model.problem.seats.index(seat))


def release(model: mesa.Model) -> None:
    """Let a model go: Mesa 3.3 keeps every model for ever in the table by which it numbers agents."""
    getattr(mesa.Agent, "_ids", {}).pop(model, None)


_RECENT: dict[str, Scenario] = {}
"""The scenarios last loaded by name, oldest first: the runs of a batch share the work."""
_KEPT = 8


def _loaded(scenario: str | Path, overrides: tuple[str, ...], settings: Mapping[str, Any]) -> Scenario:
    folder = find_folder(scenario)
    files = sorted((str(f), f.stat().st_mtime_ns, f.stat().st_size) for f in folder.rglob("*.toml"))
    key = repr((files, overrides, list(settings.items())))
    if key not in _RECENT:
        _RECENT[key] = load_scenario(folder, overrides, settings)
        while len(_RECENT) > _KEPT:
            del _RECENT[next(iter(_RECENT))]
    return _RECENT[key]

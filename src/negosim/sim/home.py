"""The home table: before each round every group looks at the packages on the main table and turns to its government.

A member of a group feels a threat where a package falls short of its claim. When a threat is high enough to lobby, the
group demands: limits on issues, or a sum of money. Its government weighs three answers by what each leaves it, its best
attainable flow under the weights that the group's pressure would then give it, less what a payment costs: a commitment to
the limits, a payment, or a refusal. If the answer takes the threat away the group stays quiet; otherwise its members lobby
and mobilise, which raises weights of the government and, when pressure is high, forces a commitment on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negosim.core.home import least_sum, loosest_limits
from negosim.core.lines import Line
from negosim.core.mobilisation import Mood, Thresholds, moved, remembered, threat_of, weight_factor
from negosim.scenario.home import limits_of
from negosim.sim.attainable import attainable
from negosim.sim.lines import red_or_public

if TYPE_CHECKING:
    from negosim.core.problem import Problem
    from negosim.scenario import schema
    from negosim.scenario.politics import Home
    from negosim.sim.agents import Participant
    from negosim.sim.model import NegotiationModel
    from negosim.sim.negotiator import Negotiator

Array = NDArray[np.float64]
GRANTED = "granted"
"""Key, after the group's name, of the lines that a government declared on its demand."""


@dataclass(frozen=True)
class Package:
    """A package that a group looks at: its code, and what it gives each member."""

    code: int
    flows: dict[str, float]


@dataclass(frozen=True)
class Answer:
    """What a government may answer: the lines it declares, the sum it has then promised, and what that leaves it."""

    action: str
    lines: tuple[Line, ...]
    paid: float
    threats: dict[str, float]
    worth: float


class HomeTable:
    """A group and its government.

    Attributes
    ----------
    name, label : str
    government : Negotiator
    members : list of Participant
    moods : dict of str to Mood
        Level and threat of every member.
    pressure : float
        Mean level, each member weighted by what packages can do to it, 0 to 2.
    paid : float
        Sum promised so far.
    """

    def __init__(self, model: NegotiationModel, name: str, group: schema.Group, home: Home) -> None:
        number = model.central
        self._model, self._home, self.name, self.label = model, home, name, group.label
        self._spec = model.scenario_spec
        self._on = self._spec.document.mechanisms
        by_name = {p.name: p for p in model.participants}
        self.government: Negotiator = next(n for n in model.negotiators if n.name == home.government)
        self.members: list[Participant] = [by_name[member] for member in group.members]
        ranges = {m.name: model.problem.ranges[m.name] for m in self.members}
        stakes = {name: high - low for name, (low, high) in ranges.items()}
        total = math.fsum(stakes.values())
        self.shares = {name: stake / total if total > 0.0 else 1.0 / len(stakes) for name, stake in stakes.items()}
        self._best = {name: high for name, (_, high) in ranges.items()}
        sizes = {m: self._spec.document.parties[m].size for m in group.members}
        self._alarm = {m: number(home.alarm) * number(size or 0.0) for m, size in sizes.items()}
        self._claim, self._ripening, self._memory = number(home.claim), number(home.ripening), number(home.memory)
        self._credence, self._cost, self._boost = number(home.credence), number(home.cost), number(home.boost)
        self.thresholds = Thresholds(
            number(home.lobbying), number(home.mobilised), number(home.down), round(number(home.dwell))
        )
        self._raises = {weight: number(share) for weight, share in home.raises.items()}
        space = model.problem.space
        asked = [(issue, False) for issue in home.at_least] + [(issue, True) for issue in home.at_most]
        self._issues = [(space.index(issue), at_most) for issue, at_most in asked if issue in space.names]
        self._today = model.today
        self._until = model.timetable.event_days[home.until] if home.until else math.inf
        self._forces_at = number(home.forces_at)
        payment = home.payment
        self._amounts = tuple(number(a) for a in payment.amounts) if payment else (0.0,)
        self._relief = number(payment.relief) if payment else 0.0
        self._funds = number(payment.cost_of_funds) if payment else 0.0
        self._calms = number(payment.calms) if payment else 0.0
        self._felt: dict[str, float] = {}
        self._looked_at: dict[int, Package] = {}
        self._granted: tuple[Line, ...] = ()
        self._demands: dict[tuple[str, float], tuple[Line, ...]] = {}
        self._refused: tuple[tuple[Line, ...], float, float] | None = None
        self.moods = {m.name: Mood() for m in self.members}
        self.pressure = 0.0
        self.paid = 0.0
        self.lapsed = False

    def factor(self, weight: str, pressure: float | None = None) -> float:
        """Return what its pressure, as it is or as given, multiplies a private weight of its government by."""
        if weight not in self._raises or not self._on.mobilisation:
            return 1.0
        ahead = self._home.until and self._model.day < self._until
        felt = self.pressure if pressure is None else pressure
        return weight_factor(felt, self._raises[weight], self._boost if ahead else 0.0)

    @property
    def calming(self) -> float:
        """Share of its government's hurry that what it was paid takes away."""
        return self._calms * self.paid / self._amounts[-1] if self.paid else 0.0

    def hold(self) -> None:
        """Look at the packages on the table, negotiate at home, and move levels."""
        lapsing = self._model.day >= self._until and not self.lapsed
        if lapsing:
            self._lapse()
        packages = self._packages()
        if not packages:
            return
        credible = self._credible(packages, self._model.lines.of(self.government.name))
        felt = self._felt = self._threats(packages, credible, self.paid)
        threats = {m: remembered(self.moods[m].threat, now, self._memory) for m, now in felt.items()}
        if self._on.home_table and not lapsing and max(threats.values()) >= self.thresholds.lobbying:
            threats = self._negotiate(packages, credible, threats)
        self._settle(threats)

    def _packages(self) -> list[Package]:
        """Return the last offer of every other seat, and what the government would table next."""
        model = self._model
        own = self.government.next_bid()
        codes = [code for seat, code in model.tabled.items() if seat != self.government.name]
        if not codes:
            return []
        return [self._seen(code) for code in [*codes, *([] if own is None else [own])]]

    def _seen(self, code: int) -> Package:
        """Return what a package gives the members, who value it the same on every day."""
        if code not in self._looked_at:
            components = self._model.current.components_of(code)
            self._looked_at[code] = Package(code, {m.name: m.flow(components) for m in self.members})
        return self._looked_at[code]

    def _credible(self, packages: list[Package], lines: Iterable[Line]) -> list[float]:
        """Return how far each package is to be feared while the government has declared these lines."""
        shares = []
        for package in packages:
            crossed = [line for line in lines if self._model.lines.crosses(line, package.code)]
            shares.append(0.0 if any(line.red for line in crossed) else 1.0 - self._credence if crossed else 1.0)
        return shares

    def _threats(self, packages: list[Package], credible: list[float], paid: float) -> dict[str, float]:
        """Return the threat that packages are to every member once a sum is paid."""
        model = self._model
        elapsed = min(1.0, model.day / model.timetable.deadline) if model.timetable.deadline > 0.0 else 1.0
        threats = {}
        for member in self.members:
            claim = self._claim_of(member) - self.shares[member.name] * self._relief * paid
            alarm = self._alarm[member.name]
            felt = [
                share * threat_of(claim - package.flows[member.name], alarm, self._ripening, elapsed)
                for share, package in zip(credible, packages, strict=True)
            ]
            threats[member.name] = math.fsum(felt) / len(felt)
        return threats

    def _claim_of(self, member: Participant) -> float:
        without = member.no_deal
        return without + self._claim * (self._best[member.name] - without) - member.tolerance

    def _negotiate(self, packages: list[Package], credible: list[float], threats: dict[str, float]) -> dict[str, float]:
        """Table a demand, let the government answer, and return the threats that are left."""
        model, government = self._model, self.government
        possible = [p for p in packages if not model.lines.forbids(p.code)]
        alarmed = [m for m in self.members if threats[m.name] >= self.thresholds.lobbying]
        demanded = dict.fromkeys(line for m in alarmed for line in self._demanded(m))
        strictest: dict[tuple[int, bool], Line] = {}
        for line in demanded:
            known = strictest.get((line.issue, line.above))
            if known is None or (line.level < known.level if line.above else line.level > known.level):
                strictest[line.issue, line.above] = line
        wanted = tuple(
            line
            for line in strictest.values()
            if any(model.lines.crosses(line, p.code) for p in possible)
            and not model.lines.covers(government.name, line)
        )
        claim = math.fsum(self._claim_of(m) for m in self.members)
        least = min((math.fsum(p.flows.values()) for p in possible), default=claim)
        shortfall = claim - least
        amount = least_sum(self._amounts, self._relief, shortfall) if shortfall > 0.0 else 0.0
        red = any(line.red for line in wanted)
        if red and not model.problem.leaves_packages([*model.lines.all(), *self._merged(wanted)]):
            wanted = ()
        if not wanted and amount <= self.paid:
            return threats
        demand = (wanted, amount, self.pressure)
        if demand == self._refused:
            return threats
        self._keep("demand", wanted, amount if amount > self.paid else None)
        answers = self._answers(packages, credible, threats, wanted, amount)
        taken = max(answers, key=lambda answer: answer.worth)  # the first of equals
        if taken.action == "commitment":
            self._granted = self._merged(wanted)
            self._keep("commitment", wanted)
            model.lines.declare(
                government.name,
                f"{self.name} {GRANTED}",
                f"demand of {self.label}",
                self._granted,
                f"demand of {self.label}",
            )
        elif taken.action == "payment":
            self._keep("payment", (), taken.paid)
            self.paid = taken.paid
            calmed = math.fsum(home.calming for home in model.home if home.government is government)
            government.hurry.calmed = min(1.0, calmed)
        else:
            self._keep("refusal")
        self._refused = demand if taken.action == "refusal" else None
        quiet = max(taken.threats.values()) < self.thresholds.lobbying
        self._keep("acceptance" if quiet else "protest")
        return taken.threats

    def _demanded(self, member: Participant) -> tuple[Line, ...]:
        """Return the limits that a member demands, which change only with its claim."""
        key = member.name, self._claim_of(member)
        if key not in self._demands:
            cost = red_or_public(self._home.commitment, self._cost)
            limits = loosest_limits(self._model.problem, member.vector, self._today, key[1], self._issues)
            self._demands[key] = tuple(
                Line(self.government.name, issue, level, at_most, cost) for issue, at_most, level in limits
            )
        return self._demands[key]

    def _merged(self, wanted: tuple[Line, ...]) -> tuple[Line, ...]:
        """Return the lines granted so far with stricter ones in their place."""
        replaced = {(line.issue, line.above) for line in wanted}
        return (*(line for line in self._granted if (line.issue, line.above) not in replaced), *wanted)

    def _answers(
        self,
        packages: list[Package],
        credible: list[float],
        threats: dict[str, float],
        wanted: tuple[Line, ...],
        amount: float,
    ) -> list[Answer]:
        """Return the government's answers, those that it prefers among equals first."""
        model, government = self._model, self.government
        options: list[tuple[str, tuple[Line, ...], float]] = []
        if wanted:
            options.append(("commitment", wanted, self.paid))
        options += [("payment", (), a) for a in self._amounts if self.paid < a <= amount]
        options.append(("refusal", (), self.paid))
        answers = []
        free: list[tuple[float, float]] = []
        for action, lines, paid in options:
            left = threats
            if action == "commitment":
                promised = [*model.lines.of(government.name), *lines]
                left = self._left(self._threats(packages, self._credible(packages, promised), paid))
            elif action == "payment":
                left = self._left(self._threats(packages, credible, paid))
            pressure = self._pressure(self._moods(left))
            price = self._funds * self._relief * (paid - self.paid)
            if any(pressure >= less and price >= cheaper for less, cheaper in free):
                continue  # no better than an earlier answer that binds nothing: pressure only ever takes something away
            factors = factors_of(model, government, {self.name: pressure})
            best, code = attainable(government, model.current, factors)
            if code is not None and any(model.lines.crosses(line, code) for line in lines):
                best, _ = attainable(government, self._with(lines), factors)
            else:
                free.append((pressure, price))
            answers.append(Answer(action, lines, paid, left, best - price))
        return answers

    def _left(self, felt: dict[str, float]) -> dict[str, float]:
        """Return the threats after an answer: one that takes today's threat away is the end of old threats, too."""
        if max(felt.values()) < self.thresholds.lobbying <= max(self._felt.values()):
            return felt
        return {m: remembered(self.moods[m].threat, now, self._memory) for m, now in felt.items()}

    def _with(self, wanted: tuple[Line, ...]) -> Problem:
        """Return the problem as it would be with lines granted."""
        model = self._model
        kept = model.lines.without(self.government.name, f"{self.name} {GRANTED}")
        return model.problem.under([*kept, *self._merged(wanted)])

    def _moods(self, threats: dict[str, float]) -> dict[str, Mood]:
        return {m: moved(self.moods[m], threat, self.thresholds) for m, threat in threats.items()}

    def _pressure(self, moods: dict[str, Mood]) -> float:
        return math.fsum(self.shares[m] * mood.level for m, mood in moods.items())

    def _settle(self, threats: dict[str, float]) -> None:
        """Move levels, and let high pressure force a commitment."""
        model, home, before = self._model, self._home, self.pressure
        self.moods = self._moods(threats)
        self.pressure = self._pressure(self.moods)
        if self.pressure != before:
            model.press(self.government)
        if not home.forces or not self._on.mobilisation or model.day >= self._until:
            return
        key = f"{self.name} {home.forces}"
        commitment = self._spec.document.parties[home.government].commitments[home.forces]
        if self.pressure >= self._forces_at:
            lines = limits_of(self._spec, home.government, commitment)
            lines = [
                line for line in lines if not line.red or model.problem.leaves_packages([*model.lines.all(), line])
            ]
            if model.lines.declare(home.government, key, commitment.label, lines, f"pressure of {self.label}"):
                self._keep("forced", tuple(lines))
        elif gone := model.lines.release(home.government, key):
            self._keep("lapse", tuple(gone))

    def _lapse(self) -> None:
        """Let everything go that was granted or forced until a date that has come."""
        self.lapsed = True
        model, home = self._model, self._home
        for key in (f"{self.name} {GRANTED}", f"{self.name} {home.forces}"):
            if gone := model.lines.release(home.government, key):
                self._keep("lapse", tuple(gone))
        self._granted = ()

    def _keep(self, action: str, lines: tuple[Line, ...] = (), amount: float | None = None) -> None:
        model = self._model
        entry: dict[str, Any] = {
            "round": model.round,
            "day": model.day,
            "group": self.name,
            "government": self.government.name,
            "action": action,
            "lines": lines,
            "amount": amount,
        }
        model.home_moves.append(entry)


def factors_of(model: NegotiationModel, negotiator: Negotiator, pressures: Mapping[str, float] | None = None) -> Array:
    """Return what events and pressure multiply the private weights of a negotiator by, shape (f,).

    ``pressures`` takes the place of the pressure of the groups that it names.
    """
    factors = []
    for weight in negotiator.party.weights:
        changes = model.timetable.weight_factors
        factor = math.prod(f for day, name, f in changes if name == weight and day <= model.day)
        for home in model.home:
            if home.government is negotiator:
                factor *= home.factor(weight, (pressures or {}).get(home.name))
        factors.append(factor)
    return np.array(factors, dtype=np.float64)

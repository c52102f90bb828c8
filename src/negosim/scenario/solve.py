"""Theory without a simulation: the efficient packages of a scenario and the solutions of bargaining theory on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negosim.core import solutions
from negosim.core.efficient import undominated
from negosim.core.problem import NO_DEAL, Packages, Problem
from negosim.core.ratification import chance_to_pass
from negosim.core.space import Level
from negosim.scenario.home import standing_at_start
from negosim.scenario.load import Scenario, as_scenario
from negosim.scenario.timetable import STATUS_QUO, situations

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SOLUTIONS: Mapping[str, str] = {
    "nash": "Nash",
    "kalai_smorodinsky": "Kalai–Smorodinsky",
    "egalitarian": "egalitarian",
    "utilitarian": "utilitarian",
}
"""Solutions by name, with the words for tables and figures."""


@dataclass(frozen=True, repr=False)
class Solution:
    """Efficient packages and solutions of a problem at given weights.

    Attributes
    ----------
    problem : Problem
    packages : Packages
        The efficient set among the seats, N packages.
    flows : ndarray, shape (N, P)
        Flow of each package for each seat, in the seat's money.
    reserve : ndarray, shape (P,)
        Flow of no deal.
    winners : dict of str to ndarray or None
        For each solution the positions of all packages that tie for it; None if no package is as good as no deal for all.
    status_quo : ndarray, shape (P,), or None
        Flow of the status quo, where the scenario has one.
    levels : mapping of str to mapping
        Level of every issue under no deal and the status quo, where a scenario says so.
    chance : ndarray, shape (N,)
        Chance of each package to pass a vote at home, 1 where it needs none; flows are what is expected with it.
    """

    problem: Problem
    packages: Packages
    flows: Array
    reserve: Array
    winners: dict[str, Indices | None]
    status_quo: Array | None
    levels: Mapping[str, Mapping[str, Level]]
    chance: Array

    @property
    def n_rational(self) -> int:
        """Number of efficient packages that are at least as good as no deal for every seat."""
        return int(np.all(self.flows >= self.reserve, axis=1).sum())

    def rows(self) -> list[dict[str, Any]]:
        """Return the table of situations and solutions: name, level of every issue, flow and gain of every seat."""
        rows = [self.row("no deal", self.levels.get("no deal", {}), self.reserve)]
        if self.status_quo is not None:
            rows.insert(0, self.row("status quo", self.levels["status quo"], self.status_quo))
        for name, label in SOLUTIONS.items():
            found = self.winners[name]
            for k in [] if found is None else found.tolist():
                package = self.problem.space.package(int(self.packages.codes[k]))
                rows.append(self.row(label, package, self.flows[k], float(self.chance[k])))
        return rows

    def row(self, name: str, levels: Mapping[str, Level], flows: Array, chance: float | None = None) -> dict[str, Any]:
        """Return one row of the table: a name, the level of every issue, flow and gain of every seat, chance to pass."""
        row: dict[str, Any] = {"package": name}
        row.update({issue: levels.get(issue) for issue in self.problem.space.names})
        row.update({f"flow_{seat}": float(f) for seat, f in zip(self.problem.seats, flows, strict=True)})
        gains = flows - self.reserve
        row.update({f"gain_{seat}": float(g) for seat, g in zip(self.problem.seats, gains, strict=True)})
        row["chance"] = chance
        return row

    @property
    def table(self) -> pd.DataFrame:
        """Situations and solutions, one row a package."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    @property
    def frontier(self) -> pd.DataFrame:
        """The efficient packages, one row each: level of every issue, gain of every seat over no deal."""
        import pandas as pd

        space = self.problem.space
        indices = space.decode(self.packages.codes)
        columns: dict[str, Any] = {
            issue.name: np.array(issue.levels, dtype=object if isinstance(issue.levels[0], str) else None)[
                indices[:, i]
            ]
            for i, issue in enumerate(space.issues)
        }
        for k, seat in enumerate(self.problem.seats):
            columns[f"gain_{seat}"] = self.flows[:, k] - self.reserve[k]
        columns["chance"] = self.chance
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        size = self.problem.space.size
        return f"<Solution: {size:,} packages, {len(self.packages):,} efficient, {self.n_rational:,} of them rational>"

    def _repr_html_(self) -> str:
        head = f"<p>{self.problem.space.size:,} outcomes, {len(self.packages):,} efficient</p>"
        return head + str(self.table.to_html(index=False, na_rep="–", float_format="{:g}".format))


def solve(
    scenario: Scenario | Problem | str | Path,
    weights: Mapping[str, ArrayLike] | None = None,
    no_deal: str = NO_DEAL,
    problem: Problem | None = None,
    stance: float | None = None,
) -> Solution:
    """Find the efficient packages of a scenario, or of a problem posed in code, and the solutions on them.

    Parameters
    ----------
    scenario : Scenario, Problem, str or Path
        A problem, or a scenario, loaded or by folder or name.
    weights : mapping of str to array_like, optional
        Private weights of seats; the central ones by default.
    no_deal : str
        The situation that no deal means (see `negosim.scenario.timetable`).
    problem : Problem, optional
        Of a scenario under the lines that stand; by default those that stand from the start.
    stance : float, optional
        Stance of parliament that is expected; the scenario's central one by default.

    Returns
    -------
    Solution

    Examples
    --------
    >>> solve("two_neighbours").n_rational > 0
    True
    >>> pie = Problem.from_tables({"share": (0, 1, 2)}, {"ann": {"share": (0, 1, 2)}, "bob": {"share": (2, 1, 0)}})
    >>> solve(pie).rows()[1]["package"], solve(pie).rows()[1]["share"]
    ('Nash', 1)
    """
    levels: Mapping[str, Mapping[str, Level]] = {}
    if isinstance(scenario, Problem):
        problem = scenario
    else:
        scenario = as_scenario(scenario)
        problem, levels = problem or scenario.problem.under(standing_at_start(scenario)), situations(scenario)
        if stance is None and scenario.document.ratification is not None:
            stance = scenario.number(scenario.document.ratification.stance)
    packages = problem.frontier(weights)
    seats = [problem.party(name) for name in problem.seats]
    chosen = [None if weights is None or p.name not in weights else p.on_grid(weights[p.name]) for p in seats]
    flows = np.stack([p.flows(packages.components, w) for p, w in zip(seats, chosen, strict=True)], axis=1)

    def at(name: str) -> Array:
        return np.array([p.flows(problem.references[name], w) for p, w in zip(seats, chosen, strict=True)])

    reserve = at(no_deal)
    chance = np.ones(len(packages))
    voted = problem.needing_vote(problem.space.decode(packages.codes))
    if len(voted):
        chance[voted] = chance_to_pass((stance or 0.0) + problem.support(packages.components[voted]))
        flows = np.where(chance[:, np.newaxis] < 1.0, reserve + chance[:, np.newaxis] * (flows - reserve), flows)
        kept = undominated(flows, packages.codes)
        packages = Packages(packages.codes[kept], packages.components[kept])
        flows, chance = flows[kept], chance[kept]
    scale = np.array([p.scale for p in seats])
    shown = {name: levels[key] for name, key in (("no deal", no_deal), ("status quo", STATUS_QUO)) if key in levels}
    status_quo = at(STATUS_QUO) if STATUS_QUO in levels else None
    return Solution(problem, packages, flows, reserve, winners(flows, reserve, scale), status_quo, shown, chance)


def winners(flows: Array, reserve: Array, scale: Array) -> dict[str, Indices | None]:
    """Return all solutions on listed points.

    Parameters
    ----------
    flows : ndarray, shape (N, P)
    reserve : ndarray, shape (P,)
    scale : ndarray, shape (P,)
        Turns each seat's money into a common one; only the egalitarian and the utilitarian solution depend on it.
    """
    found: dict[str, Callable[[], Indices | None]] = {
        "nash": lambda: solutions.nash(flows, reserve),
        "kalai_smorodinsky": lambda: solutions.kalai_smorodinsky(flows, reserve),
        "egalitarian": lambda: solutions.egalitarian(flows, reserve, scale),
        "utilitarian": lambda: solutions.utilitarian(flows, reserve, scale),
    }
    return {name: found[name]() for name in SOLUTIONS}

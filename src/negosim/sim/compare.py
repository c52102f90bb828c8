"""The same seeds played under a scenario and under each of its overrides.

Every use of chance in run s draws from the same streams under all of them, so run s of an override differs from run s of the
base by the override and what follows from it; differences are those of pairs of runs.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from negosim.core.intervals import Share, paired_difference, wilson
from negosim.errors import NegosimError
from negosim.scenario.load import Scenario, find_folder, load_scenario, names_of
from negosim.sim.ended import REJECTED, Ended, Stopped, headline_issue, play
from negosim.sim.processes import Processes, Tell, silent

BASE = "base"


@dataclass(frozen=True, repr=False)
class Row:
    """All runs under one override.

    Attributes
    ----------
    name : str
        The override, several joined by commas, or ``base``.
    asks : str
        What it asks.
    seats : dict of str to str
        Who negotiates, with labels.
    runs : tuple of Ended or Stopped
        One a seed, in order.
    """

    name: str
    asks: str
    seats: Mapping[str, str]
    runs: tuple[Ended | Stopped, ...]

    @property
    def ended(self) -> list[Ended]:
        """The runs that came to an end."""
        return [run for run in self.runs if isinstance(run, Ended)]

    @property
    def deals(self) -> list[Ended]:
        """The runs that ended with a deal in force."""
        return [run for run in self.ended if run.deal]

    @property
    def failed(self) -> dict[int, str]:
        """Seeds whose runs failed, and why."""
        return {seed: run.reason for seed, run in enumerate(self.runs) if isinstance(run, Stopped)}

    def share(self, claim: Callable[[Ended], bool]) -> Share | None:
        """Return the share of runs of which something is true; None without runs."""
        return wilson(sum(map(claim, self.ended)), len(self.ended))

    @property
    def by_first_deadline(self) -> Share | None:
        """Deals that were made before the deadline moved."""
        return self.share(lambda run: run.deal and run.phase == 1)

    @property
    def deal(self) -> Share | None:
        """Deals in force, whenever they were made."""
        return self.share(lambda run: run.deal)

    @property
    def rejected(self) -> Share | None:
        """Deals that were signed and failed at home."""
        return self.share(lambda run: run.ending == REJECTED)

    def difference(self, base: Row) -> Share | None:
        """Return by how much the share of deals differs from that of another row, seed by seed."""
        pairs = [
            (mine.deal, other.deal)
            for mine, other in zip(self.runs, base.runs, strict=True)
            if isinstance(mine, Ended) and isinstance(other, Ended)
        ]
        return paired_difference(Counter(pairs))

    @property
    def median_deal(self) -> Ended | None:
        """The deal with as many before as after it, by day; the earlier of two."""
        deals = sorted(self.deals, key=lambda run: run.day)
        return deals[(len(deals) - 1) // 2] if deals else None

    @property
    def level(self) -> dict[str, float | str] | None:
        """Mean and tenth and ninetieth percentile of the issue in deals; of words, the most frequent and its share."""
        levels = [run.level for run in self.deals if run.level is not None]
        if not levels:
            return None
        if isinstance(levels[0], str):
            word, times = min(Counter(levels).items(), key=lambda item: (-item[1], str(item[0])))
            return {"most_frequent": word, "share": times / len(levels)}
        low, high = np.percentile(np.array(levels, dtype=np.float64), [10, 90], method="inverted_cdf")
        return {"mean": statistics.fmean(map(float, levels)), "p10": float(low), "p90": float(high)}

    @property
    def attained(self) -> dict[str, float | None]:
        """Mean over deals, for each seat, of what it got of the gain it could have had at most."""
        found: dict[str, float | None] = {}
        for seat in self.seats:
            shares = [share for run in self.deals if (share := run.shares.get(seat)) is not None]
            found[seat] = statistics.fmean(shares) if shares else None
        return found


@dataclass(frozen=True, repr=False)
class Comparison:
    """A scenario and its overrides, side by side.

    Attributes
    ----------
    scenario, title : str
    settings : dict of str to value
        Set in all rows.
    seeds : int
        Number of runs in each row: seeds 0 to ``seeds - 1``.
    issue, issue_label, issue_unit : str
        The issue whose level is reported.
    rows : tuple of Row
        The base first.
    """

    scenario: str
    title: str
    settings: Mapping[str, Any]
    seeds: int
    issue: str
    issue_label: str
    issue_unit: str
    rows: tuple[Row, ...]

    @property
    def failed(self) -> bool:
        """Whether any run failed."""
        return any(row.failed for row in self.rows)

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.rows) - 1} overrides of {self.scenario} over {self.seeds} seeds>"


@dataclass(frozen=True)
class Plan:
    """What is compared, by its ingredients; each process loads a row when it comes to it and keeps the last."""

    folder: Path
    rows: tuple[tuple[str, ...], ...]
    settings: Mapping[str, Any] = field(hash=False)
    issue: str = ""

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def scenario(self, row: int) -> Scenario:
        """Return the scenario of a row."""
        kept = vars(self).get("_last")
        if kept is None or kept[0] != row:
            vars(self)["_last"] = kept = (row, load_scenario(self.folder, self.rows[row], self.settings))
        loaded: Scenario = kept[1]
        return loaded


def compare(
    scenario: str | Path,
    overrides: Iterable[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    seeds: int = 200,
    issue: str = "",
    workers: int = 1,
    tell: Tell = silent,
) -> Comparison:
    """Play the same seeds under a scenario and under each of some overrides.

    Parameters
    ----------
    scenario : str or Path
        A folder, or the name of a scenario that ships.
    overrides : iterable of str, optional
        One row each; several names joined by commas are applied together. By default every override of the scenario.
    settings : mapping, optional
        Dotted keys and values to set in all rows.
    seeds : int
        Number of runs in each row.
    issue : str
        The issue whose level is reported; the first on the table by default.
    workers : int
        Processes to use; the result is the same for any number.
    tell : callable
        Hears of progress: what is being done, how many are done, how many there are.

    Returns
    -------
    Comparison

    Raises
    ------
    NegosimError
        Something about the scenario, an override or the issue is wrong.

    Examples
    --------
    >>> found = compare("two_neighbours", ["hard_coastalia", "hard_coastalia,hard_uplandia"], seeds=3)
    >>> [(row.name, row.deal.share) for row in found.rows]
    [('base', 1.0), ('hard_coastalia', 1.0), ('hard_coastalia,hard_uplandia', 0.0)]
    """
    if seeds < 1:
        raise NegosimError(f"seeds: found {seeds}, allowed: 1 or more")
    folder = find_folder(scenario)
    base = load_scenario(folder, (), settings)
    document = base.document
    asked = [names_of(name) for name in (document.overrides if overrides is None else overrides)]
    rows = ((), *dict.fromkeys(names for names in asked if names))
    plan = Plan(folder, rows, dict(settings or {}), headline_issue(document, issue))
    specs = [base, *(load_scenario(folder, names, settings) for names in rows[1:])]
    pieces = max(1, math.ceil(2 * workers / len(rows))) if workers > 1 else 1
    cuts = [round(k * seeds / pieces) for k in range(pieces + 1)]
    tasks = [(k, range(a, b)) for k in range(len(rows)) for a, b in pairwise(cuts) if a < b]
    with Processes(plan, min(workers, len(tasks))) as processes:
        parts = processes.each("overrides played" if pieces == 1 else "parts of overrides played", _play, tasks, tell)
    runs: list[list[Ended | Stopped]] = [[] for _ in rows]
    for (k, _), part in zip(tasks, parts, strict=True):
        runs[k] += part
    headline = document.issues[plan.issue]
    return Comparison(
        scenario=base.name,
        title=document.title,
        settings=plan.settings,
        seeds=seeds,
        issue=plan.issue,
        issue_label=headline.label,
        issue_unit=headline.unit,
        rows=tuple(
            Row(
                ",".join(names) or BASE,
                " ".join(document.overrides[name].asks for name in names),
                _seats(spec),
                tuple(done),
            )
            for names, spec, done in zip(rows, specs, runs, strict=True)
        ),
    )


def _play(plan: Plan, task: tuple[int, range]) -> list[Ended | Stopped]:
    row, seeds = task
    scenario = plan.scenario(row)
    return [play(scenario, seed, plan.issue) for seed in seeds]


def _seats(scenario: Scenario) -> dict[str, str]:
    document = scenario.document
    parties, groups = document.parties, document.groups
    return {seat: groups[seat].label if seat in groups else parties[seat].label for seat in document.seats}

"""What would flip a run: each value moved through its range by itself, everything else and all chance alike.

A run draws every number from a stream of its own (`negosim.sim.streams`), so two runs with the same seed differ by what was
changed and by what follows from it. A value starts from what the run used: the number that chance drew for it, or else its
central one. It is moved to both ends of its range. Where an end changes how the talks end (deal, no deal, rejected at home),
bisection finds where between start and end that happens. Talks answer in steps and need not answer in one direction: there
may be more crossings than the one found, and none is looked for between two points with the same ending.

A value that cannot move by itself, such as one of several probabilities that add up to one, is left out with the reason.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from negosim.errors import NegosimError, nearest
from negosim.output import FLOAT_FORMAT
from negosim.scenario.load import Scenario, find_folder, names_of
from negosim.sim.ended import Ended, Stopped, ended, headline_issue
from negosim.sim.folder import write_whole
from negosim.sim.moved import COLUMNS, Crossing, Moved, row
from negosim.sim.processes import Processes, Tell, silent
from negosim.sim.record import Record, negotiate, record_of
from negosim.sim.replay import Replay

TOLERANCE = 1e-3
"""How closely a threshold is found, as a share of the value's range."""
WORTH_PROCESSES = 3.0
"""Seconds of work below which starting other processes takes longer than it saves."""


@dataclass(frozen=True, repr=False)
class Flip:
    """What would flip a run.

    Attributes
    ----------
    record : Record
        The run.
    issue : str
        Whose level is reported.
    base : Ended
    moved : tuple of Moved
        Every value that could be moved, in the order of the scenario.
    skipped : dict of str to str
        Values that cannot be moved by themselves, and why.
    broken : dict of str to str
        Values whose runs failed, and how.
    """

    record: Record
    issue: str
    base: Ended
    moved: tuple[Moved, ...]
    skipped: Mapping[str, str]
    broken: Mapping[str, str]

    @property
    def flips(self) -> list[Moved]:
        """The values that change the ending, nearest threshold first."""
        return sorted((m for m in self.moved if m.crossings), key=lambda m: (m.nearest, m.value))

    @property
    def movers(self) -> list[Moved]:
        """The values that change the level of the issue, largest change first."""
        return sorted((m for m in self.moved if m.spread), key=lambda m: (-(m.spread or 0.0), m.value))

    @property
    def table(self) -> pd.DataFrame:
        """One row a value, those left out included."""
        rows = [row(m) for m in self.moved]
        rows += [{"value": name, "left_out": why} for name, why in {**self.skipped, **self.broken}.items()]
        return pd.DataFrame(rows, columns=COLUMNS)

    def save(self, folder: str | Path) -> Path:
        """Write the run, and flip.csv beside its tables.

        Raises
        ------
        NegosimError
            The folder holds something else; nothing is written.
        """
        target = self.record.save(folder)
        write_whole(target / "flip.csv", self.table.to_csv(index=False, float_format=FLOAT_FORMAT))
        return target

    def __repr__(self) -> str:
        return f"<Flip of {self.record!r}: {len(self.flips)} of {len(self.moved)} values change the ending>"


def flip(
    scenario: str | Path,
    overrides: str | Iterable[str] = (),
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    *,
    issue: str = "",
    values: Iterable[str] | None = None,
    workers: int = 1,
    tell: Tell = silent,
) -> Flip:
    """Find the single values that would change how a run ends, and what each does to one issue.

    Parameters
    ----------
    scenario : str or Path
        A folder, or the name of a scenario that ships.
    overrides : str or iterable of str
        Named patches of the scenario.
    settings : mapping, optional
        Dotted keys and values to set.
    seed : int
        Of the run, and of every run with one value moved.
    issue : str
        The issue whose level is reported; the first on the table by default.
    values : iterable of str, optional
        Values to move; by default all that have a range, are not fixed by an override or a setting, and are not inert.
    workers : int
        Processes to use at most; the result is the same for any number.
    tell : callable
        Hears of progress: what is being done, how many are done, how many there are.

    Returns
    -------
    Flip

    Raises
    ------
    NegosimError
        Something about the scenario, the issue or the values is wrong.

    Examples
    --------
    >>> found = flip("two_neighbours", seed=1)
    >>> [m.value for m in found.moved], found.flips
    (['fishing_weight'], [])
    """
    began = time.perf_counter()
    replay = Replay(find_folder(scenario), names_of(overrides), dict(settings or {}), seed)
    spec = replay.scenario
    replay = replace(replay, issue=headline_issue(spec.document, issue))
    vars(replay)["scenario"] = spec
    chosen = candidates(spec, values)
    model = negotiate(spec, seed)
    once = time.perf_counter() - began
    record = record_of(model)
    base = ended(record.outcome, replay.issue)
    starts = {name: model.drawn.get(name, spec.document.values[name].value) for name in chosen}
    if 3 * len(chosen) * once < WORTH_PROCESSES:
        workers = 1
    with Processes(replay, min(workers, max(len(chosen), 1))) as processes:
        tried = processes.each("values moved", _try, list(starts.items()), tell)
        moved, skipped, broken = _sorted_out(spec, starts, model.drawn, base, tried, replay.issue)
        tasks = [(m, end) for m in moved for end in _other_endings(m)]
        found = processes.each("thresholds found", _narrow, tasks, tell)
    crossings: dict[str, list[Crossing]] = {}
    for (m, _), crossing in zip(tasks, found, strict=True):
        crossings.setdefault(m.value, []).append(crossing)
    moved = [replace(m, crossings=tuple(crossings.get(m.value, ()))) for m in moved]
    return Flip(record, replay.issue, base, tuple(moved), skipped, broken)


def candidates(scenario: Scenario, values: Iterable[str] | None = None) -> list[str]:
    """Return the values that can be moved: with a range, not fixed, not inert; of those asked for, if any are.

    Raises
    ------
    NegosimError
        A value that is asked for does not exist or cannot be moved.
    """
    known = scenario.document.values
    movable = [n for n, v in known.items() if v.range[0] < v.range[1] and not v.pinned and not v.inert]
    if values is None:
        return movable
    asked = list(values)
    for name in asked:
        if name not in known:
            raise NegosimError(f"no value '{name}'{nearest(name, known)}")
        if name not in movable:
            v = known[name]
            why = "is fixed by an override or a setting" if v.pinned else "is inert" if v.inert else "has no range"
            raise NegosimError(f"the value '{name}' {why}, so it cannot be moved")
    return [name for name in movable if name in asked]


Tried = tuple[Ended | Stopped, Ended | Stopped, Ended | Stopped]


def _try(replay: Replay, task: tuple[str, float]) -> Tried:
    """Play the run with a value at its start and at both ends of its range."""
    name, start = task
    low, high = replay.scenario.document.values[name].range
    at_start = replay.at(name, start)
    if isinstance(at_start, Stopped):
        return at_start, at_start, at_start
    at_low, at_high = (at_start if end == start else replay.at(name, end) for end in (low, high))
    return at_start, at_low, at_high


def _sorted_out(
    scenario: Scenario,
    starts: Mapping[str, float],
    drawn: Mapping[str, float],
    base: Ended,
    tried: Iterable[Tried],
    issue: str,
) -> tuple[list[Moved], dict[str, str], dict[str, str]]:
    """Part the values that were moved from those that could not be, and from those whose runs failed."""
    moved: list[Moved] = []
    skipped: dict[str, str] = {}
    broken: dict[str, str] = {}
    levels = scenario.document.issues[issue].levels
    for (name, start), (at_start, at_low, at_high) in zip(starts.items(), tried, strict=True):
        stopped = [end for end in (at_start, at_low, at_high) if isinstance(end, Stopped)]
        if failed := [end.reason for end in stopped if end.broken]:
            broken[name] = failed[0]
        at_ends = [None if isinstance(end, Stopped) else end for end in (at_low, at_high)]
        if isinstance(at_start, Stopped) or not any(end for end in at_ends if end is not at_start):
            skipped |= {} if name in broken else {name: stopped[0].reason}
            continue
        value = scenario.document.values[name]
        moved.append(
            Moved(
                value=name,
                unit=value.unit,
                range=(value.range[0], value.range[1]),
                start=start,
                drawn=name in drawn,
                at_start=at_start,
                at_low=at_ends[0],
                at_high=at_ends[1],
                same_start=at_start == base,
                refused=stopped[0].reason if stopped else "",
                spread=_spread([at_start, *at_ends], levels),
            )
        )
    return moved, skipped, broken


def _spread(ends: Iterable[Ended | None], levels: tuple[float | str, ...]) -> float | None:
    """Return how far apart the levels lie that deals reach; None where fewer than two end in a deal."""
    reached = [end.level for end in ends if end is not None and end.level is not None]
    if len(reached) < 2:
        return None
    places = [float(levels.index(level) if isinstance(level, str) else level) for level in reached]
    return max(places) - min(places)


def _other_endings(m: Moved) -> list[tuple[float, str]]:
    """Return the ends of a value's range at which the talks end differently, and how."""
    ends = zip(m.range, (m.at_low, m.at_high), strict=True)
    return [(number, end.ending) for number, end in ends if end is not None and end.ending != m.at_start.ending]


def _narrow(replay: Replay, task: tuple[Moved, tuple[float, str]]) -> Crossing:
    """Halve the way from the start to an end until the change of the ending is found."""
    m, (beyond, ending) = task
    before = m.start
    side = "below" if beyond < before else "above"
    while abs(beyond - before) > TOLERANCE * (m.range[1] - m.range[0]):
        middle = (before + beyond) / 2.0
        end = replay.at(m.value, middle)
        if isinstance(end, Stopped):
            break
        if end.ending == m.at_start.ending:
            before = middle
        else:
            beyond, ending = middle, end.ending
    return Crossing(side, ending, (before, beyond))

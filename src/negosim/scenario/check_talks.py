"""Can the talks be held? Tactics, acceptance strategies and beliefs with their parameters, and dates in order."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from negosim.core.acceptance import ACCEPTANCE
from negosim.core.beliefs import BELIEFS
from negosim.core.parameters import LIMITS, Interval, parameters
from negosim.core.tactics import BIDDING
from negosim.errors import NegosimError, nearest
from negosim.scenario import schema
from negosim.scenario.check_flows import quantity, unknown
from negosim.scenario.fields import number
from negosim.scenario.read import Complaint, KeyPath
from negosim.scenario.sources import named

BOUNDS = {
    ("line", "strength"): (0.0, math.inf),
    ("line", "share"): (0.0, 1.0),
    ("extension", "belief"): (0.0, 1.0),
    ("extension", "hope"): (0.0, math.inf),
    ("floor", "share"): (0.0, 1.0),
    ("floor", "second_phase_factor"): (0.0, math.inf),
}
"""What the numbers of a party's behaviour may be; a value has to lie there with its whole range."""


def behaviour_complaints(document: schema.Document, folder: Path) -> Iterator[Complaint]:
    """Yield what is wrong with how parties and groups negotiate."""
    holders: list[tuple[KeyPath, schema.Behaviour]] = [(("parties", n), p) for n, p in document.parties.items()]
    holders += [(("groups", n, "behaviour"), g.behaviour) for n, g in document.groups.items()]
    for where, behaviour in holders:
        chances = []
        for k, tactic in enumerate(behaviour.tactics):
            here: KeyPath = (*where, "tactics", k)
            given = tactic.model_extra or {}
            if tactic.name == "scripted":
                yield from _script(document, folder, given, here)
            else:
                yield from _rule(document, BIDDING, "tactic", tactic.name, given, here)
            chances.append(quantity(document, tactic.probability))
            yield from _within(document, tactic.probability, 0.0, 1.0, (*here, "probability"), spread=False)
        known = [chance for chance in chances if chance is not None and 0.0 <= chance <= 1.0]
        total = math.fsum(known)
        if len(known) == len(chances) and not math.isclose(total, 1.0, abs_tol=1e-9):
            yield (
                (*where, "tactics"),
                f"the probabilities of the tactics add up to {total:g}, they have to add up to 1",
            )
        for what, table, key, rule in (
            ("acceptance strategy", ACCEPTANCE, "acceptance", behaviour.acceptance),
            ("opponent model", BELIEFS, "belief", behaviour.belief),
        ):
            yield from _rule(document, table, what, rule.name, rule.model_extra or {}, (*where, key))
        for (section, key), (low, high) in BOUNDS.items():
            given_number = getattr(getattr(behaviour, section), key, None)
            if given_number is not None:
                yield from _within(document, given_number, low, high, (*where, section, key))


def _within(
    document: schema.Document, given: float | str, low: float, high: float, here: KeyPath, *, spread: bool = True
) -> Iterator[Complaint]:
    """Yield a complaint if a number, or anything a run may draw from the range of a value, is out of bounds."""
    allowed = f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"
    for found, what in _drawn(document, given) if spread else [(quantity(document, given), "")]:
        if found is not None and not low <= found <= high:
            yield here, f"found {found:g}{what}, allowed: {allowed}"
            return


def _drawn(document: schema.Document, given: float | str) -> list[tuple[float | None, str]]:
    """Return the number given or the central value and both ends of a value's range, with words for each."""
    value, name = named(document, given), str(given)[1:]
    if value is None:
        return [(quantity(document, given), "")]
    if value.pinned:
        return [(value.value, f", the value '{name}'")]
    ends = f" in the range of '{name}'"
    return [(value.value, f", the value '{name}'"), (value.range[0], ends), (value.range[1], ends)]


def _rule(
    document: schema.Document, table: Any, what: str, name: str, given: dict[str, Any], here: KeyPath
) -> Iterator[Complaint]:
    """Check a named rule and its parameters, with the central and the extreme values of each."""
    if name not in table:
        extra = ["scripted"] if table is BIDDING else []
        yield (*here, "name"), unknown(what, name, [*table, *extra])
        return
    known = parameters(table[name])
    for key, written in given.items():
        where = (*here, key)
        if key not in known:
            yield where, f"unknown key{nearest(key, known)}; {name} takes: {', '.join(known) or 'no parameters'}"
            continue
        try:
            number(written)
        except ValueError as error:
            yield where, str(error)
            continue
        for found, from_value in _drawn(document, written):
            if found is not None and found not in LIMITS[key]:
                yield where, f"found {found:g}{from_value}, allowed: {_limits(LIMITS[key])}"
                break
            if found is not None and known[key][0] is int and found % 1:
                yield where, f"found {found:g}{from_value}, allowed: a whole number"
                break


def _limits(limits: Interval) -> str:
    if math.isinf(limits.high):
        return f"{limits.low:g} or more" if limits.closed else f"above {limits.low:g}"
    return str(limits)


def _script(document: schema.Document, folder: Path, given: dict[str, Any], here: KeyPath) -> Iterator[Complaint]:
    from negosim.scenario.script import read_script

    for key in given:
        if key != "script":
            yield (*here, key), f"unknown key{nearest(key, ['script'])}; a scripted player takes: script"
    file = given.get("script")
    if not isinstance(file, str) or not file:
        if not any(key != "script" for key in given):
            yield (*here, "script"), "is missing; give the name of a CSV file in the scenario's folder"
        return
    if not (folder / file).is_file():
        listed = sorted(found.name for found in folder.glob("*.csv"))
        yield (*here, "script"), unknown("file", file, listed)
        return
    try:
        read_script(document, folder / file)
    except NegosimError as error:
        yield (*here, "script"), str(error)


def date_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield what is wrong with the calendar, the deadline and the events."""
    calendar = document.calendar
    if isinstance(calendar.rounds, int):
        yield from _undated(document)
    elif not calendar.rounds:
        yield ("calendar", "rounds"), "found an empty list; give at least one date"
    elif calendar.start is None:
        yield ("calendar", "start"), "is missing; rounds have dates, and days count from the start"
    else:
        yield from _dated(document, calendar.start, calendar.rounds)


def _undated(document: schema.Document) -> Iterator[Complaint]:
    dated = ["calendar.start"] if document.calendar.start is not None else []
    dated += ["deadline"] if document.deadline is not None else []
    dated += [f"events.{name}" for name in document.events]
    if dated:
        yield (
            ("calendar", "rounds"),
            f"found {document.calendar.rounds} rounds without dates, but these have dates: {', '.join(dated)}; list the dates "
            "of the rounds, or remove the others",
        )
        return
    for key in ("horizon_years", "in_force_at_start"):
        if key in document.calendar.model_fields_set:
            yield (
                ("calendar", key),
                "says nothing, as the rounds have no dates; list the dates of the rounds, or remove it",
            )


def _dated(document: schema.Document, start: dt.date, rounds: list[dt.date]) -> Iterator[Complaint]:
    deadline = document.deadline
    for k, (a, b) in enumerate(pairwise(rounds)):
        if b <= a:
            yield ("calendar", "rounds", k + 1), f"{b} does not come after {a}; dates of rounds have to rise"
    if rounds[0] < start:
        yield ("calendar", "rounds", 0), f"{rounds[0]} comes before the start of the calendar, {start}"
    last, what = rounds[-1], "the last round"
    if deadline is not None:
        yield from _deadline(document, deadline, start, rounds[0])
        last, what = deadline.date, "the deadline"
        for move in deadline.moves:
            if move.to > last:
                last, what = move.to, "the latest date to which the deadline may move"
    years = quantity(document, document.calendar.horizon_years)
    if years is not None and years * 365.0 <= (last - start).days:
        yield (
            ("calendar", "horizon_years"),
            f"found {years:g} years, {years * 365:.0f} days; the horizon has to lie after {what}, {last}, "
            f"{(last - start).days} days after the start",
        )
    for name, event in document.events.items():
        if event.date < start:
            yield (
                ("events", name, "date"),
                f"{event.date} comes before the start of the calendar, {start}; what is in force by then stands in "
                "calendar.in_force_at_start",
            )
        if event.announced and event.announced > event.date:
            yield (
                ("events", name, "announced"),
                f"{event.announced} comes after the event itself, {event.date}; leave it out where nobody knew before",
            )
        if event.hindsight and document.cut_off and event.date <= document.cut_off:
            yield (
                ("events", name, "hindsight"),
                f"{event.date} is not after the cut-off, {document.cut_off}, so it is no hindsight",
            )


def _deadline(
    document: schema.Document, deadline: schema.Deadline, start: dt.date, first: dt.date
) -> Iterator[Complaint]:
    here: KeyPath = ("deadline",)
    if deadline.date < first:
        yield (*here, "date"), f"{deadline.date} comes before the first round, {first}"
    elif deadline.announced and not start <= deadline.announced <= deadline.date:
        yield (
            (*here, "announced"),
            f"{deadline.announced} lies outside the time from the start to the deadline, {start} to {deadline.date}",
        )
    total = 0.0
    for j, move in enumerate(deadline.moves):
        chance = quantity(document, move.probability)
        total += chance if chance is not None and 0.0 <= chance <= 1.0 else 0.0
        yield from _within(document, move.probability, 0.0, 1.0, (*here, "moves", j, "probability"), spread=False)
        if move.to <= deadline.date:
            yield (*here, "moves", j, "to"), f"{move.to} does not come after the deadline, {deadline.date}"
        if move.to in [other.to for other in deadline.moves[:j]]:
            yield (*here, "moves", j, "to"), f"{move.to} stands twice"
    if total > 1.0 + 1e-9:
        yield (*here, "moves"), f"the probabilities add up to {total:g}, allowed: at most 1"
    yield from _within(document, deadline.second_phase_start, 0.0, 1.0, (*here, "second_phase_start"), spread=False)
